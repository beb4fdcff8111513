#include "engine/model/symbol.h"

bool
symbol_well_formed(const char symbol[SYMBOL_MAX])
{
    int i = 0;
    while (i < SYMBOL_MAX && symbol[i] >= 0x21 && symbol[i] <= 0x7e)
        i++;
    while (i < SYMBOL_MAX && symbol[i] == 0)
        i++;
    return i == SYMBOL_MAX;
}
