#include "engine/runtime/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
test_cpu_of_virtio_disk_is_the_one_that_serves_its_requests(void **state)
{
    (void)state;
    const char *text =
        "           CPU0       CPU1       \n"
        " 31:          0        676 PCI-MSIX-0000:00:01.0   3-edge      virtio0-stats\n"
        " 36:          3     489938 PCI-MSIX-0000:00:02.0   1-edge      virtio1-req.0\n"
        " 39:     890000          0 PCI-MSIX-0000:00:03.0   2-edge      virtio2-output.0\n"
        "LOC:     183178     195213   Local timer interrupts\n"
        "ERR:          0\n";
    assert_int_equal(cpu_of_disk_in(text), 1);
}

static void
test_cpu_of_nvme_with_a_queue_for_each_core_is_none(void **state)
{
    (void)state;
    const char *text = "           CPU0       CPU1       CPU2\n"
                       " 30:        900          0          0 PCI-MSI 1-edge nvme0q0\n"
                       " 31:       1000          0          0 PCI-MSI 1-edge nvme0q1\n"
                       " 32:          0       1200          0 PCI-MSI 2-edge nvme0q2\n"
                       " 33:          0          0        900 PCI-MSI 3-edge nvme0q3\n";
    assert_int_equal(cpu_of_disk_in(text), -1);
}

static void
test_cpu_columns_may_leave_out_cores(void **state)
{
    (void)state;
    const char *text = "     CPU1  CPU3\n"
                       " 7:     0   500  IO-APIC ahci[0000:00:1f.2]\n";
    assert_int_equal(cpu_of_disk_in(text), 3);
}

static void
test_cpu_of_disk_is_not_known_without_lines(void **state)
{
    (void)state;
    assert_int_equal(cpu_of_disk_in(""), -1);
    assert_int_equal(cpu_of_disk_in("   CPU0\n 1:   5  ttyS0\n"), -1);
    assert_int_equal(cpu_of_disk_in("   CPU0\n 1:\n"), -1);
}

static void
test_cpu_allowed_lists_at_least_one(void **state)
{
    (void)state;
    int cpus[CPU_MAX];
    int cnt = cpu_allowed(cpus, CPU_MAX);
    assert_true(cnt >= 1);
    for (int i = 1; i < cnt; i++) {
        assert_true(cpus[i] > cpus[i - 1]);
    }
    assert_int_equal(cpu_allowed(cpus, 1), 1);
    int disk = cpu_of_disk();
    assert_true(disk >= -1 && disk < CPU_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu_of_virtio_disk_is_the_one_that_serves_its_requests),
        cmocka_unit_test(test_cpu_of_nvme_with_a_queue_for_each_core_is_none),
        cmocka_unit_test(test_cpu_columns_may_leave_out_cores),
        cmocka_unit_test(test_cpu_of_disk_is_not_known_without_lines),
        cmocka_unit_test(test_cpu_allowed_lists_at_least_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
