#include "tools/assay/flow_options.h"

#include <inttypes.h>
#include <string.h>

#include "tools/flow/flow_field.h"

const char flow_options_help[] =
    "  where the orders come from:\n"
    "    FILE             a flow file, a binary workload, or a recording (Independent Reserve, "
    "CME\n"
    "                     market by order, Bitstamp), packed as .xz or not\n"
    "    --recorded       the recording that ships with Assay: Independent Reserve, 2022-04-03\n"
    "    --no-takers      without the takers that are added to it\n"
    "    --generate       the project's own generator:\n"
    "      --orders N       operations (100000)\n"
    "      --symbols A,B    of the demo venue's (BTC-AUD,ACME-AUD)\n"
    "      --crossing PCT   orders that cross (10)\n"
    "      --cancels PCT    (40)\n"
    "      --replaces PCT   (5)\n"
    "      --resting N      orders in a book at most (1000)\n"
    "    --clients N      clients that the orders are dealt to (8)\n"
    "    --seed N         of everything random (1)\n";

int
option_number(const char *name, const char *value, uint64_t least, uint64_t most, uint64_t *out,
              struct error *err)
{
    uint64_t number = 0;
    if (!flow_field_u64(&(struct flow_line){value, strlen(value)}, &number) || number < least ||
        number > most)
        return error_set(err, ERR_INVALID,
                         "--%s %s: expected a whole number from %" PRIu64 " to %" PRIu64, name,
                         value, least, most);
    *out = number;
    return 0;
}

/* A share of 0 is told from "not given". */
static int
percent(const char *name, const char *value, uint32_t *out, struct error *err)
{
    uint64_t number = 0;
    int rc = option_number(name, value, 0, 95, &number, err);
    if (rc == 0)
        *out = number == 0 ? UINT32_MAX : (uint32_t)number;
    return rc;
}

static int
number_u32(const char *name, const char *value, uint32_t most, uint32_t *out, struct error *err)
{
    uint64_t number = 0;
    int rc = option_number(name, value, 1, most, &number, err);
    if (rc == 0)
        *out = (uint32_t)number;
    return rc;
}

static int
take_clients(struct flow_options *o, const char *value, struct error *err)
{
    int rc = number_u32("clients", value, FLOW_CLIENT_MAX, &o->read.client_cnt, err);
    o->made.client_cnt = o->read.client_cnt;
    return rc;
}

static int
take_seed(struct flow_options *o, const char *value, struct error *err)
{
    int rc = option_number("seed", value, 1, UINT64_MAX, &o->read.seed, err);
    o->made.seed = o->read.seed;
    return rc;
}

int
flow_options_take(struct flow_options *o, int option, const char *value, struct error *err)
{
    switch (option - FLOW_OPTION_FIRST) {
    case 0:
        o->recording = true;
        return 0;
    case 1:
        o->generate = true;
        return 0;
    case 2:
        return take_seed(o, value, err);
    case 3:
        return option_number("orders", value, 1, 1u << 30, &o->made.op_cnt, err);
    case 4:
        return take_clients(o, value, err);
    case 5:
        return percent("crossing", value, &o->made.crossing_pct, err);
    case 6:
        return percent("cancels", value, &o->made.cancel_pct, err);
    case 7:
        return percent("replaces", value, &o->made.replace_pct, err);
    case 8:
        return number_u32("resting", value, 1u << 24, &o->made.resting_max, err);
    case 9:
        o->made.symbols = value;
        return 0;
    default:
        o->read.no_takers = 1;
        return 0;
    }
}

int
flow_options_make(const struct flow_options *o, struct flow *f, struct error *err)
{
    if ((o->path != NULL) + o->recording + o->generate != 1)
        return error_set(err, ERR_INVALID,
                         "name one of: a FILE, --recorded, --generate (--help tells more)");
    if (o->recording)
        return flow_read_shipped(f, &o->read, err);
    if (o->generate)
        return flow_generate(f, &o->made, err);
    return flow_read(f, o->path, &o->read, err);
}
