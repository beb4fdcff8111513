#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/net/net_priv.h"

/* Fields of a line of /proc/net/tcp. source: proc(5) */
enum { FIELD_LOCAL = 1, FIELD_STATE = 3, FIELD_INODE = 9, FIELD_CNT };
enum { TCP_STATE_LISTEN = 0x0A, INODE_TEXT_MAX = 24 };

static bool
hex_is(const char *text, unsigned long expected)
{
    char *end;
    return strtoul(text, &end, 16) == expected && end != text && *end == '\0';
}

/* The inode of a socket that listens on the port. */
static bool
listening_inode(const char *path, uint16_t port, char inode[INODE_TEXT_MAX])
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    char line[512];
    bool found = false;
    while (!found && fgets(line, sizeof(line), f) != NULL) {
        char *field[FIELD_CNT], *rest = line;
        size_t cnt = 0;
        while (cnt < FIELD_CNT && (field[cnt] = strtok_r(rest, " \n", &rest)) != NULL)
            cnt++;
        const char *local_port = cnt == FIELD_CNT ? strchr(field[FIELD_LOCAL], ':') : NULL;
        found = local_port != NULL && hex_is(local_port + 1, port) &&
                hex_is(field[FIELD_STATE], TCP_STATE_LISTEN);
        if (found)
            snprintf(inode, INODE_TEXT_MAX, "%s", field[FIELD_INODE]);
    }
    fclose(f);
    return found;
}

static bool
process_holds(const char *pid, const char *socket_name)
{
    char path[300];
    snprintf(path, sizeof(path), "/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    bool found = false;
    const struct dirent *e;
    while (!found && (e = readdir(dir)) != NULL) {
        char target[64];
        ssize_t bytes = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);
        if (bytes > 0) {
            target[bytes] = '\0';
            found = strcmp(target, socket_name) == 0;
        }
    }
    closedir(dir);
    return found;
}

static void
process_name(const char *pid, char out[32])
{
    char path[300];
    snprintf(path, sizeof(path), "/proc/%s/comm", pid);
    FILE *f = fopen(path, "re");
    out[0] = '\0';
    if (f == NULL)
        return;
    if (fgets(out, 32, f) != NULL)
        out[strcspn(out, "\n")] = '\0';
    fclose(f);
}

bool
net_port_owner(uint16_t port, char *out, size_t out_bytes)
{
    char inode[INODE_TEXT_MAX];
    if (!listening_inode("/proc/net/tcp", port, inode) &&
        !listening_inode("/proc/net/tcp6", port, inode))
        return false;
    char socket_name[48];
    snprintf(socket_name, sizeof(socket_name), "socket:[%s]", inode);
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return false;
    bool found = false;
    const struct dirent *e;
    while (!found && (e = readdir(proc)) != NULL) {
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || !process_holds(e->d_name, socket_name))
            continue;
        char name[32];
        process_name(e->d_name, name);
        snprintf(out, out_bytes, "process %.20s (%s)", e->d_name, name);
        found = true;
    }
    closedir(proc);
    return found;
}
