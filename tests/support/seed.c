#include "tests/support/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct seed
seed_from_args(int argc, char **argv)
{
    struct seed s = {0};
    const char *given =
        argc == 3 && strcmp(argv[1], "--seed") == 0 ? argv[2] : getenv("ASSAY_SEED");
    if (given != NULL) {
        s.state = strtoull(given, NULL, 0);
    } else if (getrandom(&s.state, sizeof(s.state), 0) != (ssize_t)sizeof(s.state)) {
        s.state = 1;
    }
    printf("--seed %llu\n", (unsigned long long)s.state);
    (void)fflush(stdout);
    return s;
}

uint64_t
count_from_env(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    uint64_t count = text != NULL ? strtoull(text, NULL, 10) : 0;
    return count != 0 ? count : usual;
}

uint64_t
seed_next(struct seed *s)
{
    s->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = s->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t
seed_below(struct seed *s, uint64_t bound)
{
    return seed_next(s) % bound;
}
