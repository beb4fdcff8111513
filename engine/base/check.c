#include "engine/base/check.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Thread_local uint64_t context_cmd_seq;
static _Atomic(void (*)(uint64_t cmd_seq, const char *text)) fail_hook;
static _Atomic uint32_t failing;

void
check_context_set(uint64_t cmd_seq)
{
    context_cmd_seq = cmd_seq;
}

void
check_on_fail(void (*hook)(uint64_t cmd_seq, const char *text))
{
    atomic_store_explicit(&fail_hook, hook, memory_order_release); /* pairs with check_fail */
}

_Noreturn void
check_fail(const char *file, int line, const char *expr, const char *fmt, ...)
{
    char text[1024];
    va_list args;
    va_start(args, fmt);
    int used = snprintf(text, sizeof(text), "CHECK failed: %s:%d: %s", file, line, expr);
    if (used > 0 && (size_t)used < sizeof(text) && fmt[1] != '\0') {
        size_t at = (size_t)used;
        (void)snprintf(text + at, sizeof(text) - at, ":");
        at = strlen(text);
        (void)vsnprintf(text + at, sizeof(text) - at, fmt, args);
    }
    va_end(args);
    size_t at = strlen(text);
    if (context_cmd_seq != 0) {
        (void)snprintf(text + at, sizeof(text) - at, " (applying command %llu)",
                       (unsigned long long)context_cmd_seq);
        at = strlen(text);
    }
    char end_of_line = '\n';
    if (write(STDERR_FILENO, text, at) < 0 || write(STDERR_FILENO, &end_of_line, 1) < 0) {
        /* nothing better to do than to abort */
    }
    /* The hook runs once: a check that fails inside it, or on another thread, aborts at once. */
    if (atomic_exchange_explicit(&failing, 1, memory_order_relaxed) == 0) {
        /* acquire: pairs with check_on_fail */
        void (*hook)(uint64_t, const char *) =
            atomic_load_explicit(&fail_hook, memory_order_acquire);
        if (hook != NULL) {
            hook(context_cmd_seq, text);
        }
    }
    abort();
}
