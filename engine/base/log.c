#include "engine/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, PROCESS_NAME_MAX = 32 };

static _Atomic int least_level = LOG_INFO;
static _Atomic int stderr_on = 1;
static _Atomic int file_fd = -1;
static bool as_json;                             /* written by log_as_json, before threads start */
static char process[PROCESS_NAME_MAX] = "assay"; /* written by log_setup, before threads start */

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

void
log_setup(enum log_level least, const char *process_name, int to_stderr)
{
    (void)snprintf(process, sizeof(process), "%s", process_name);
    /* relaxed: a setting, orders nothing */
    atomic_store_explicit(&least_level, (int)least, memory_order_relaxed);
    atomic_store_explicit(&stderr_on, to_stderr, memory_order_relaxed);
}

void
log_as_json(void)
{
    as_json = true;
}

int
log_to_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        return -errno;
    }
    /* A line may be on its way into the old descriptor: put the new file behind its number. */
    int old = atomic_load_explicit(&file_fd, memory_order_relaxed);
    if (old < 0) {
        atomic_store_explicit(&file_fd, fd, memory_order_relaxed);
        return 0;
    }
    int rc = dup3(fd, old, O_CLOEXEC) < 0 ? -errno : 0;
    (void)close(fd);
    return rc;
}

static size_t
line_head(char *line, size_t line_bytes, enum log_level level, const char *area)
{
    struct timespec now;
    struct tm utc;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    int used =
        snprintf(line, line_bytes,
                 as_json ? "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ\",\"level\":\"%s\","
                           "\"process\":\"%s\",\"area\":\"%s\",\"text\":\""
                         : "%04d-%02d-%02dT%02d:%02d:%02d.%06ldZ %-5s %s %s: ",
                 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                 utc.tm_sec, now.tv_nsec / 1000, level_names[level], process, area);
    if (used < 0) {
        return 0;
    }
    return (size_t)used < line_bytes ? (size_t)used : line_bytes - 1;
}

/* The text of a JSON string, cut where it would not fit; returns where it ends. Control characters
 * are blanks already; what is not ASCII becomes '?', so that a cut or foreign text is never invalid
 * UTF-8. */
static size_t
escape(char *line, size_t at, size_t line_bytes, const char *text)
{
    for (; *text != '\0' && at + 2 < line_bytes; text++) {
        if (*text == '"' || *text == '\\') {
            line[at++] = '\\';
        }
        line[at++] = (unsigned char)*text < 0x80 ? *text : '?';
    }
    return at;
}

void
log_line(enum log_level level, const char *area, const char *fmt, ...)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) {
        return;
    }
    int saved_errno = errno;
    char text[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    for (char *at = text; *at != '\0'; at++) { /* one call is one line, whatever the text holds */
        if ((unsigned char)*at < ' ') {
            *at = ' ';
        }
    }
    size_t bytes = line_head(line, sizeof(line), level, area);
    if (as_json) {
        bytes = escape(line, bytes, sizeof(line) - sizeof("\"}\n"), text);
        memcpy(line + bytes, "\"}", 2);
        bytes += 2;
    } else {
        bytes += (size_t)snprintf(line + bytes, sizeof(line) - bytes - 1, "%s", text);
    }
    line[bytes++] = '\n';
    /* One write per line keeps lines of several threads whole. A log that cannot be written is no
     * reason to stop trading. */
    ssize_t rc = 0;
    if (atomic_load_explicit(&stderr_on, memory_order_relaxed) != 0) {
        rc = write(STDERR_FILENO, line, bytes);
    }
    int fd = atomic_load_explicit(&file_fd, memory_order_relaxed);
    if (fd >= 0) {
        rc = write(fd, line, bytes);
    }
    (void)rc;
    errno = saved_errno;
}
