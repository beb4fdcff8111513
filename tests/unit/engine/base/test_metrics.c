#include "engine/base/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char text[1 << 18];

static int
make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/assay_test_metrics_XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
    (void)state;
    char command[128];
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static struct metrics *
open_metrics(const char *name)
{
    char path[128];
    struct metrics *m = NULL;
    struct error err = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(metrics_open(&m, path, &err), 0);
    return m;
}

static void
test_metrics_are_printed_by_name_with_their_process(void **state)
{
    (void)state;
    struct metrics *engine = open_metrics("metrics-engine");
    struct metrics *web = open_metrics("metrics-web");
    struct metrics *other = open_metrics("not-metrics");
    metric_add(metrics_add(engine, METRIC_COUNTER, "assay_orders_total", ""), 41);
    metric_add(metrics_add(engine, METRIC_COUNTER, "assay_orders_total", ""), 1);
    metric_set(metrics_add(engine, METRIC_GAUGE, "assay_lag", "tile=\"journal\""), -5);
    metric_set(metrics_add(web, METRIC_GAUGE, "assay_lag", "tile=\"ws\""), 7);
    metric_set(metrics_add(other, METRIC_GAUGE, "assay_secret", ""), 7);
    struct error err = {0};
    int64_t n = metrics_print_folder(folder, text, sizeof(text), &err);
    assert_int_equal(n, strlen(text));
    assert_string_equal(text, "# TYPE assay_lag gauge\n"
                              "assay_lag{process=\"engine\",tile=\"journal\"} -5\n"
                              "assay_lag{process=\"web\",tile=\"ws\"} 7\n"
                              "# TYPE assay_orders_total counter\n"
                              "assay_orders_total{process=\"engine\"} 42\n"
                              "# TYPE assay_process_up gauge\n"
                              "assay_process_up{process=\"engine\"} 1\n"
                              "assay_process_up{process=\"web\"} 1\n");
    metrics_close(engine);
    metrics_close(web);
    metrics_close(other);
}

static void
test_metrics_of_a_dead_process_say_so(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        metric_set(metrics_add(open_metrics("metrics-gone"), METRIC_GAUGE, "assay_x", ""), 3);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    struct error err = {0};
    assert_true(metrics_print_folder(folder, text, sizeof(text), &err) > 0);
    assert_non_null(strstr(text, "assay_process_up{process=\"gone\"} 0\n"));
    assert_non_null(strstr(text, "assay_x{process=\"gone\"} 3\n"));
}

static void
test_metrics_file_with_rubbish_is_passed_over(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/metrics-bad", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void)fputs("nothing of ours", file);
    (void)fclose(file);
    struct metrics *m = open_metrics("metrics-ok");
    struct metric *bad = metrics_add(m, METRIC_GAUGE, "assay_y", "");
    bad->label[3] = '\n';
    bad->label[0] = bad->label[1] = bad->label[2] = 'x';
    struct error err = {0};
    assert_true(metrics_print_folder(folder, text, sizeof(text), &err) > 0);
    assert_null(strstr(text, "assay_y"));
    assert_null(strstr(text, "process=\"bad\""));
    metrics_close(m);
}

static void
test_metrics_say_when_the_room_is_too_small(void **state)
{
    (void)state;
    struct metrics *m = open_metrics("metrics-engine");
    struct error err = {0};
    assert_int_equal(metrics_print_folder(folder, text, 10, &err), ERR_NO_SPACE);
    assert_int_equal(metrics_print_folder("/nonexistent", text, sizeof(text), &err), ERR_IO);
    metrics_close(m);
}

static void
test_metrics_private_memory_needs_no_file(void **state)
{
    (void)state;
    struct metrics *m = NULL;
    struct error err = {0};
    assert_int_equal(metrics_open(&m, "", &err), 0);
    struct metric *a = metrics_add(m, METRIC_COUNTER, "assay_a", "");
    assert_ptr_equal(metrics_add(m, METRIC_COUNTER, "assay_a", ""), a);
    assert_true(metrics_add(m, METRIC_COUNTER, "assay_a", "x=\"1\"") != a);
    metrics_close(m);
}

int
main(void)
{
#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_metrics_are_printed_by_name_with_their_process),
        FOLDER_TEST(test_metrics_of_a_dead_process_say_so),
        FOLDER_TEST(test_metrics_file_with_rubbish_is_passed_over),
        FOLDER_TEST(test_metrics_say_when_the_room_is_too_small),
        cmocka_unit_test(test_metrics_private_memory_needs_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
