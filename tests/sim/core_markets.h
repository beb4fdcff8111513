#ifndef TESTS_SIM_CORE_MARKETS_H
#define TESTS_SIM_CORE_MARKETS_H

#include "tests/support/core_fixture.h"

/* How each of the three instruments of sim_core.c trades: the command that says so. */
void define_calls(uint32_t id, union any_command *x);
void define_deals(uint32_t id, union any_command *x);
void define_bands(uint32_t id, union any_command *x);
void define_ticks(uint32_t id, union any_command *x);
void define_allocation(uint32_t id, union any_command *x);

#endif
