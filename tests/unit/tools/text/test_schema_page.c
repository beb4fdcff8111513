#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tools/text/schema_page.h"

/* Tests run in the repository's root. */
static void
test_schema_page_is_what_docs_hold(void **state)
{
    (void)state;
    char *made = NULL;
    size_t made_bytes = 0;
    FILE *memory = open_memstream(&made, &made_bytes);
    assert_non_null(memory);
    schema_page_print(memory);
    assert_int_equal(fclose(memory), 0);

    FILE *file = fopen("docs/schema.md", "r");
    assert_non_null(file);
    char *kept = calloc(1, made_bytes + 2);
    assert_non_null(kept);
    size_t kept_bytes = fread(kept, 1, made_bytes + 1, file);
    assert_int_equal(fclose(file), 0);
    if (kept_bytes != made_bytes || memcmp(kept, made, made_bytes) != 0)
        fail_msg("docs/schema.md is not current: assay schema > docs/schema.md");
    free(kept);
    free(made);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_page_is_what_docs_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
