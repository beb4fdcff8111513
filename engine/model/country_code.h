#ifndef ENGINE_MODEL_COUNTRY_CODE_H
#define ENGINE_MODEL_COUNTRY_CODE_H

#include <stdbool.h>

/* Whether a text is an officially assigned country code of ISO 3166-1 alpha-2: two capital letters.
 * Reserved codes are none (UK: GB is assigned), so that a rule never names what no account has. */
bool country_code_known(const char *code);

#endif
