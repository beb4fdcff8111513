#include "tools/assay/ctl_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/clock.h"

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* Through a descriptor of the folder, because a socket's own path may not be longer than 107 bytes.
 * */
static int
dial(const char *data_dir, int timeout_ms, int *out, struct error *err)
{
    char run[4096];
    snprintf(run, sizeof run, "%s/run", data_dir);
    int folder = open(run, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return error_set(err, ERR_NOT_FOUND, "no engine runs with the data folder %s", data_dir);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/ctl.sock", folder);
    int rc = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* An engine that stands still takes no connection once its backlog is full, and no bytes. */
    const struct timeval room = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (fd < 0) {
        rc = error_errno(err, errno, "socket");
    } else if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &room, sizeof room)) {
        rc = error_errno(err, errno, "socket");
        close(fd);
    } else if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        rc = error_set(err, ERR_NOT_FOUND,
                       "no engine runs with the data folder %s (connect to run/ctl.sock: %s)",
                       data_dir, strerror(errno));
        close(fd);
    }
    close(folder);
    if (!rc)
        *out = fd;
    return rc;
}

static int
send_all(int fd, const char *text, size_t bytes, struct error *err)
{
    while (bytes) {
        ssize_t n = send(fd, text, bytes, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, errno, "operator gateway");
        text += n;
        bytes -= (size_t)n;
    }
    return 0;
}

static int
read_line(int fd, char *line, size_t room, int timeout_ms, struct error *err)
{
    int64_t deadline = clock_mono_ns() + (int64_t)timeout_ms * CLOCK_NS_PER_MS;
    size_t used = 0;
    for (;;) {
        int64_t left_ms = (deadline - clock_mono_ns()) / CLOCK_NS_PER_MS;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return error_set(err, ERR_TIMEOUT, "the engine did not answer within %d ms",
                             timeout_ms);
        ssize_t n = read(fd, line + used, room - 1 - used);
        if (n <= 0)
            return error_set(err, ERR_CLOSED, "the engine closed the connection");
        used += (size_t)n;
        line[used] = 0;
        if (strchr(line, '\n'))
            return 0;
        if (used == room - 1)
            return error_set(err, ERR_INVALID, "the answer is too long");
    }
}

int
ctl_ask(const char *data_dir, const json_t *request, int timeout_ms, json_t **answer,
        struct error *err)
{
    int fd = -1;
    int rc = dial(data_dir, timeout_ms, &fd, err);
    if (rc)
        return rc;
    char *text = json_dumps(request, JSON_COMPACT);
    char *line = malloc(ANSWER_BYTES_MAX);
    if (!text || !line)
        rc = error_set(err, ERR_NO_SPACE, "no memory");
    if (!rc)
        rc = send_all(fd, text, strlen(text), err);
    if (!rc)
        rc = send_all(fd, "\n", 1, err);
    if (!rc)
        rc = read_line(fd, line, ANSWER_BYTES_MAX, timeout_ms, err);
    if (!rc) {
        json_error_t problem;
        json_t *a = json_loads(line, 0, &problem);
        if (a)
            *answer = a;
        else
            rc = error_set(err, ERR_INVALID, "the engine's answer is not JSON: %s", problem.text);
    }
    free(line);
    free(text);
    close(fd);
    return rc;
}
