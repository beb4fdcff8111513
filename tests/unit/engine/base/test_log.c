#include "engine/base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static size_t
read_file(const char *path, char *out, size_t out_bytes)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t n = fread(out, 1, out_bytes - 1, file);
    out[n] = '\0';
    (void)fclose(file);
    return n;
}

static void
test_log_writes_one_line_with_level_process_and_area(void **state)
{
    (void)state;
    char path[] = "/tmp/assay_test_log_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    log_setup(LOG_INFO, "unit", 0);
    assert_int_equal(log_to_file(path), 0);
    LOG_D("base", "not shown");
    LOG_W("base", "two\nlines %d", 5);
    char text[4096];
    (void)read_file(path, text, sizeof(text));
    assert_null(strstr(text, "not shown"));
    assert_non_null(strstr(text, "Z WARN  unit base: two lines 5\n"));
    assert_int_equal(text[4], '-');
    assert_int_equal(text[10], 'T');

    char other[] = "/tmp/assay_test_log_XXXXXX";
    fd = mkstemp(other);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(log_to_file(other), 0);
    char longer[3000];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    LOG_E("base", "%s", longer);
    size_t n = read_file(other, text, sizeof(text));
    assert_ptr_equal(strchr(text, '\n'), text + n - 1);
    assert_true(log_to_file("/nonexistent-folder/x") < 0);
    (void)unlink(path);
    (void)unlink(other);
}

static void
test_log_as_json_is_an_object_a_line_with_the_text_escaped(void **state)
{
    (void)state;
    char path[] = "/tmp/assay_test_log_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(log_to_file(path), 0);
    log_as_json();
    LOG_W("base", "say \"%s\"\n", "a\\b");
    char text[4096];
    (void)read_file(path, text, sizeof(text));
    assert_memory_equal(text, "{\"time\":\"2", 10);
    assert_non_null(strstr(text, "Z\",\"level\":\"WARN\",\"process\":\"unit\",\"area\":\"base\","
                                 "\"text\":\"say \\\"a\\\\b\\\" \"}\n"));
    char longer[3000];
    memset(longer, '"', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    LOG_E("base", "%s", longer);
    size_t n = read_file(path, text, sizeof(text));
    assert_string_equal(text + n - 3, "\"}\n");
    (void)unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_writes_one_line_with_level_process_and_area),
        cmocka_unit_test(test_log_as_json_is_an_object_a_line_with_the_text_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
