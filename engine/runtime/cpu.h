#ifndef ENGINE_RUNTIME_CPU_H
#define ENGINE_RUNTIME_CPU_H

/* Which cores there are, and which one serves the disk: the topology never lets a tile spin there.
 * source: measured: a group commit takes 139 us with the spinner elsewhere and 6 ms beside it */
enum { CPU_MAX = 1024 };

/* The cores that this process may use, ascending; returns how many (at most max). */
int cpu_allowed(int *out, int max);

/* The core that serves (nearly) all interrupts of disks; -1 when there is none such: not known, or
 * every core serves its own. Best effort. */
int cpu_of_disk(void);

/* The same of a text in the form of /proc/interrupts, for tests. */
int cpu_of_disk_in(const char *interrupts);

#endif
