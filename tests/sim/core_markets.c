#include "tests/sim/core_markets.h"

/* Instrument 2's calls end by themselves, at random and later; instrument 3 is called and opened by
 * the hour. */
void
define_calls(uint32_t id, union any_command *x)
{
    if (id != 3) {
        venue_command(x, COMMAND_AUCTION_RULES);
        x->auction_rules.instrument_id = id;
        x->auction_rules.indicative_ms = 3000;
        x->auction_rules.call_ms = id == 2 ? 60000 : 0;
        x->auction_rules.random_end_ms = 10000;
        x->auction_rules.extension_ms = 15000;
        x->auction_rules.extension_max = 2;
        x->auction_rules.range_ppm = 10000;
    } else {
        venue_command(x, COMMAND_TIMETABLE);
        x->timetable.instrument_id = id;
        x->timetable.table.offset_cnt = 1;
        x->timetable.table.entry_cnt = 8;
        for (uint32_t i = 0; i < 8; i++)
            x->timetable.table.entries[i] = (struct timetable_entry){
                .second = i * 10800,
                .days = 127,
                .state = (uint8_t)(i % 2 == 1 ? TRADING_OPEN : TRADING_CALL_OPENING + i / 2)};
    }
    x->cmd.actor_id = VENUE_BOSS;
}

/* The first in a halt too, the second within bounds, the third is the last price. */
void
define_deals(uint32_t id, union any_command *x)
{
    venue_command(x, COMMAND_DEAL_RULES);
    x->cmd.actor_id = VENUE_BOSS;
    x->deal_rules.instrument_id = id;
    x->deal_rules.kind_mask =
        1u << DEAL_BLOCK | 1u << DEAL_PRIMARY | 1u << DEAL_TRANSFER | 1u << DEAL_REQUEST;
    x->deal_rules.deal_flags = id == 1 ? DEAL_WHEN_HALTED : id == 3 ? DEAL_SETS_LAST : 0;
    x->deal_rules.collar_ppm = id == 1 ? 0 : 10000;
    x->deal_rules.max_lots = id == 2 ? 50 : 0;
}

/* Instrument 1 refuses, 2 is interrupted until its call ends by itself. */
void
define_bands(uint32_t id, union any_command *x)
{
    venue_command(x, COMMAND_PRICE_BANDS);
    x->cmd.actor_id = VENUE_BOSS;
    x->price_bands.instrument_id = id;
    x->price_bands.bands = (struct price_bands){.static_ppm = id == 1 ? 20000 : 0,
                                                .dynamic_ticks = id == 2 ? 4 : 0,
                                                .wide_ppm = id == 2 ? 30000 : 0,
                                                .call_ms = id == 2 ? 20000 : 0,
                                                .random_end_ms = id == 2 ? 5000 : 0,
                                                .extension_ms = id == 2 ? 9000 : 0,
                                                .extension_max = id == 2,
                                                .manner = id == 1   ? BAND_REFUSE
                                                          : id == 2 ? BAND_INTERRUPT
                                                                    : BAND_OFF};
}

/* Instrument 1 has one step, 2 coarser ones as prices rise. */
void
define_ticks(uint32_t id, union any_command *x)
{
    venue_command(x, COMMAND_TICK_TABLE);
    x->cmd.actor_id = VENUE_BOSS;
    x->tick_table.instrument_id = id;
    if (id == 2)
        x->tick_table.ticks =
            (struct tick_table){.row_cnt = 2, .step_units = {5, 10}, .from_units = {0, 1000}};
}

/* Instrument 1 goes by time. */
void
define_allocation(uint32_t id, union any_command *x)
{
    venue_command(x, COMMAND_ALLOCATION);
    x->cmd.actor_id = VENUE_BOSS;
    x->allocation.instrument_id = id;
    if (id != 1)
        x->allocation.rules = (struct allocation_rules){.method = ALLOCATION_PRO_RATA,
                                                        .top_ppm = id == 2 ? 400000 : 0,
                                                        .top_max_lots = id == 2 ? 5 : 0,
                                                        .min_lots = 2};
}
