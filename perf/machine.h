#ifndef PERF_MACHINE_H
#define PERF_MACHINE_H

/* Prints the processor, the count of cores and the commit: what stands above every figure. */
void machine_print(void);

#endif
