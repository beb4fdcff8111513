#ifndef RISK_RULES_H
#define RISK_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* The rules as data, for those who print decisions (assay match, assay explain, the console). An
 * order is judged by every rule of its stage; the deciding one is the first that fails, in the
 * order of this table. Numbers are part of the journal's format (event_decision.rule and its bit
 * sets): never reused, below 64. */

enum risk_rule_id {
    /* admission of an order; the first six are asked again when resting orders are swept */
    RISK_ACCOUNT_STATUS = 1,
    RISK_FREEZE = 2,
    RISK_KYC_LEVEL = 3,
    RISK_KYC_EXPIRY = 4,
    RISK_JURISDICTION = 5,
    RISK_INVESTOR_CLASS = 6,
    RISK_ORDER_QTY = 7,
    RISK_ORDER_VALUE = 8,
    RISK_COLLAR = 9,
    RISK_FUNDS = 10,
    RISK_OPEN_ORDERS = 11,
    RISK_MESSAGE_RATE = 12,
    /* value that leaves an account by withdrawal or transfer */
    RISK_MOVE_STATUS = 33,
    RISK_MOVE_FREEZE = 34,
    RISK_MOVE_KYC = 35,
};

enum risk_unit {                        /* of a rule's actual and limit */
                 RISK_UNIT_STATUS = 1,  /* enum account_status */
                 RISK_UNIT_FREEZE = 2,  /* enum freeze: what is frozen, and the side asked for */
                 RISK_UNIT_LEVEL = 3,   /* KYC level */
                 RISK_UNIT_TIME = 4,    /* UTC ns: expiry, and now */
                 RISK_UNIT_COUNTRY = 5, /* packed country, and the instrument's country mode */
                 RISK_UNIT_CLASS = 6,   /* enum investor_class, and the mask of those allowed */
                 RISK_UNIT_LOTS = 7,
                 RISK_UNIT_CASH = 8,  /* smallest units of the instrument's currency */
                 RISK_UNIT_PRICE = 9, /* price units, and the bound that is passed */
                 RISK_UNIT_HOLD =
                     10, /* smallest units of what the order holds: buys currency, sells asset */
                 RISK_UNIT_COUNT = 11,
};

struct risk_rule {
    const char *name; /* "price_collar" */
    const char *text; /* what it demands, for people */
    uint16_t reason;  /* enum reason */
    uint8_t id;       /* enum risk_rule_id */
    uint8_t unit;     /* enum risk_unit */
    uint8_t sweep;    /* 1: asked again when resting orders are swept */
    uint8_t zero[3];
};

/* In the order in which they decide; NULL beyond the last. */
const struct risk_rule *risk_rule_at(uint32_t index);
/* NULL when there is no such rule. */
const struct risk_rule *risk_rule_find(uint16_t id);

#endif
