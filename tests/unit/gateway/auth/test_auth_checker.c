/* ctest-labels: tsan */
#include "gateway/auth/auth_checker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "gateway/auth/auth_password.h"

static const char HASH[] = "$argon2id$v=19$m=1024,t=2,p=1$YXNzYXlkZW1vc2FsdDE$"
                           "yK77r/kx28n3Gk0mS3/e9ow5g2ZqP/RgSOs+xkUydqk"; /* of "demo" */
static struct error err;

static struct auth_result
next_result(struct auth_checker *c, struct bell *bell)
{
    struct auth_result r;
    int64_t end = clock_mono_ns() + 20LL * CLOCK_NS_PER_S;
    for (;;) {
        uint32_t seen = bell_seen(bell);
        if (auth_checker_result(c, &r)) {
            bell_cancel(bell);
            return r;
        }
        bell_wait(bell, seen, end);
        assert_true(clock_mono_ns() < end);
    }
}

static void
test_checker_answers_in_order(void **state)
{
    (void)state;
    struct bell bell;
    bell_init(&bell, -1);
    struct auth_checker *c;
    assert_int_equal(auth_checker_open(&c, 8, &bell, &err), 0);
    assert_int_equal(auth_checker_submit(c, 1, HASH, "demo", 4), 0);
    assert_int_equal(auth_checker_submit(c, 2, HASH, "nope", 4), 0);
    assert_int_equal(auth_checker_submit(c, 3, NULL, "demo", 4), 0);
    assert_int_equal(auth_checker_submit(c, 4, HASH, "demo", 4), 0);
    for (uint64_t ticket = 1; ticket <= 4; ticket++) {
        struct auth_result r = next_result(c, &bell);
        assert_int_equal(r.ticket, ticket);
        assert_int_equal(r.good, ticket == 1 || ticket == 4);
    }
    auth_checker_close(c);
}

static void
test_checker_refuses_beyond_its_queue(void **state)
{
    (void)state;
    struct bell bell;
    bell_init(&bell, -1);
    struct auth_checker *c;
    assert_int_equal(auth_checker_open(&c, 4, &bell, &err), 0);
    uint64_t taken = 0;
    while (taken < 100 && auth_checker_submit(c, taken + 1, HASH, "demo", 4) == 0)
        taken++;
    assert_int_equal(taken, 3); /* counted until the result is fetched, so none is lost */
    for (uint64_t ticket = 1; ticket <= taken; ticket++)
        assert_int_equal(next_result(c, &bell).ticket, ticket);
    assert_int_equal(auth_checker_submit(c, 9, HASH, "demo", 4), 0);
    char longest[AUTH_PASSWORD_MAX + 1] = {0};
    assert_int_equal(auth_checker_submit(c, 10, HASH, longest, sizeof(longest)), ERR_INVALID);
    auth_checker_close(c); /* with one still waiting */
}

static void
test_checker_wants_a_power_of_two(void **state)
{
    (void)state;
    struct auth_checker *c;
    assert_int_equal(auth_checker_open(&c, 5, NULL, &err), ERR_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checker_answers_in_order),
        cmocka_unit_test(test_checker_refuses_beyond_its_queue),
        cmocka_unit_test(test_checker_wants_a_power_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
