#ifndef ENGINE_RUNTIME_AWAKE_H
#define ENGINE_RUNTIME_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/error.h"

/* Keeps idle cores from being halted while the venue is busy. A thread that is woken on another
 * core waits until that core runs again: from a halt that takes 20 to 60 us on a virtual machine,
 * from the kernel's polling idle loop 4; and an order crosses four threads. Asked for through
 * PM QoS (/dev/cpu_dma_latency), which needs the right to write that device; the kernel forgets the
 * wish when the process ends, however it ends. The cost is power: so only while orders come.
 * source: Linux, Documentation/power/pm_qos_interface.rst   thread: one */
enum awake_policy { AWAKE_BUSY = 1, AWAKE_ALWAYS = 2, AWAKE_OFF = 3 };

struct awake {
    enum awake_policy policy;
    int fd; /* -1: cannot, or must not */
    bool held;
    uint64_t work;   /* at the last look */
    int64_t look_ns; /* of it */
    int64_t busy_ns; /* when it was busy last */
};

/* path: NULL = the system's device. errors: ERR_PERMISSION, ERR_NOT_FOUND, ERR_IO: then it does
 * nothing, and may be used all the same. */
int awake_open(struct awake *a, enum awake_policy policy, const char *path,
               struct error *err) ERROR_MUST_USE;
void awake_close(struct awake *a);

/* To be called about ten times a second with how much the core has done so far. */
void awake_follow(struct awake *a, uint64_t work, int64_t mono_ns);

#endif
