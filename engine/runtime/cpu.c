#include "engine/runtime/cpu.h"

#include <ctype.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
cpu_allowed(int *out, int max)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return 0;
    }
    int cnt = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && cnt < max; cpu++) {
        if (CPU_ISSET((size_t)cpu, &set)) {
            out[cnt++] = cpu;
        }
    }
    return cnt;
}

/* Whether a line of /proc/interrupts belongs to a disk, by what drivers call themselves there. */
static bool
is_disk(const char *name)
{
    static const char *const drivers[] = {"ahci",  "ata_piix", "mpt2sas",    "mpt3sas",
                                          "blkif", "megasas",  "vmw_pvscsi", "-req."};
    for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        if (strstr(name, drivers[i]) != NULL) {
            return true;
        }
    }
    if (strstr(name, "virtio") != NULL && strstr(name, "-request") != NULL) {
        return true; /* virtio-scsi */
    }
    const char *nvme = strstr(name, "nvme"); /* nvme0q1; queue 0 is for administration */
    const char *queue = nvme == NULL ? NULL : strchr(nvme, 'q');
    return queue != NULL && strtol(queue + 1, NULL, 10) > 0;
}

/* The head line: CPU0 CPU2 ...; returns how many columns. */
static int
read_columns(const char *line, int *cpus)
{
    int cnt = 0;
    const char *at = line;
    while ((at = strstr(at, "CPU")) != NULL && cnt < CPU_MAX) {
        at += strlen("CPU");
        cpus[cnt++] = (int)strtol(at, NULL, 10);
    }
    return cnt;
}

static void
add_line(char *line, int column_cnt, uint64_t *counts)
{
    char *at = strchr(line, ':');
    if (at == NULL || !isdigit((unsigned char)at[-1])) {
        return; /* not a device's */
    }
    at++;
    const char *name = at;
    uint64_t row[CPU_MAX];
    for (int i = 0; i < column_cnt; i++) {
        char *end;
        row[i] = strtoull(at, &end, 10);
        if (end == at) {
            return;
        }
        at = end;
        name = at;
    }
    if (is_disk(name)) {
        for (int i = 0; i < column_cnt; i++) {
            counts[i] += row[i];
        }
    }
}

int
cpu_of_disk_in(const char *interrupts)
{
    char *text = strdup(interrupts);
    if (text == NULL) {
        return -1;
    }
    int cpus[CPU_MAX];
    uint64_t counts[CPU_MAX] = {0};
    char *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    int column_cnt = line == NULL ? 0 : read_columns(line, cpus);
    while ((line = strtok_r(NULL, "\n", &rest)) != NULL) {
        add_line(line, column_cnt, counts);
    }
    free(text);
    uint64_t sum = 0;
    int most = 0;
    for (int i = 0; i < column_cnt; i++) {
        sum += counts[i];
        most = counts[i] > counts[most] ? i : most;
    }
    /* Nine tenths on one core: that one serves the disk. */
    return sum > 0 && counts[most] >= sum - sum / 10 ? cpus[most] : -1;
}

int
cpu_of_disk(void)
{
    FILE *file = fopen("/proc/interrupts", "re");
    if (file == NULL) {
        return -1;
    }
    enum { TEXT_MAX = 1 << 20 };
    char *text = malloc(TEXT_MAX);
    int cpu = -1;
    if (text != NULL) {
        size_t n = fread(text, 1, TEXT_MAX - 1, file);
        text[n] = '\0';
        cpu = cpu_of_disk_in(text);
        free(text);
    }
    (void)fclose(file);
    return cpu;
}
