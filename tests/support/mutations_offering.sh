# Sourced as mutations.sh is: rules of offerings.

mutate offering_remainders_go_by_time engine/core/core_allot.c \
    'f->extra_lots == 0 ? OFFERING_AT_ALLOT : OFFERING_AT_REST' 'OFFERING_AT_ALLOT'
mutate offering_price_takes_less_than_all engine/core/core_allot.c \
    'if (!narrow(f, f->total_lots))' 'if (!narrow(f, 1))'
mutate offering_cap_of_one_subscription engine/core/core_offering.c \
    'left -= order_at(p, at - 1)->leaves_lots;' ';'
mutate offering_lets_trade_meanwhile engine/core/core_offering.h \
    'state != TRADING_CLOSED && state != TRADING_HALTED;' 'state == TRADING_HALTED + 100;'
