#ifndef ENGINE_BASE_PROCESS_H
#define ENGINE_BASE_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* Naming a process for good: the kernel gives process numbers out again, but never one number with
 * the same start time. */

/* When this process was started, in clock ticks since boot; 0 when there is none of that number, or
 * only a zombie. thread: any   source: proc(5), /proc/PID/stat field 22 */
uint64_t process_start(uint32_t pid);

/* Whether the process of that number and start time still runs; number or time 0 is nobody. */
bool process_alive(uint32_t pid, uint64_t start);

#endif
