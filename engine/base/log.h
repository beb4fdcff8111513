#ifndef ENGINE_BASE_LOG_H
#define ENGINE_BASE_LOG_H

/* Operator's log: lines on stderr (and optionally a file), UTC time, level, area, text (up to 1,023
 * bytes, the rest is cut). For starts, stops, faults and alarms; never per order, never on the
 * core's path, never with a secret. thread: any */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_setup(enum log_level least, const char *process_name, int to_stderr);
/* From now on each line is an object with time, level, process, area, text. Before threads. */
void log_as_json(void);
int log_to_file(const char *path); /* 0, or -errno */
void log_line(enum log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define LOG_D(area, ...) log_line(LOG_DEBUG, area, __VA_ARGS__)
#define LOG_I(area, ...) log_line(LOG_INFO, area, __VA_ARGS__)
#define LOG_W(area, ...) log_line(LOG_WARN, area, __VA_ARGS__)
#define LOG_E(area, ...) log_line(LOG_ERROR, area, __VA_ARGS__)

#endif
