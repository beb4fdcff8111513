#include "tools/flow/flow_file.h"

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char XZ_MAGIC[6] = {0xFD, '7', 'z', 'X', 'Z', 0};

static int
read_all(struct flow_bytes *b, FILE *file, const char *path, struct error *err)
{
    size_t max = 1 << 16, length = 0;
    char *data = malloc(max);
    while (data) {
        size_t got = fread(data + length, 1, max - length - 1, file);
        length += got;
        if (got == 0)
            break;
        if (length + 1 < max)
            continue;
        if (max >= FLOW_FILE_BYTES_MAX) {
            free(data);
            return error_set(err, ERR_INVALID, "%s: larger than %d MiB", path,
                             FLOW_FILE_BYTES_MAX >> 20);
        }
        char *bigger = realloc(data, max *= 2);
        if (!bigger)
            free(data);
        data = bigger;
    }
    if (!data)
        return error_set(err, ERR_NO_SPACE, "%s: no memory to read it", path);
    if (ferror(file)) {
        free(data);
        return error_errno(err, errno, "%s: reading", path);
    }
    data[length] = 0;
    *b = (struct flow_bytes){data, length};
    return 0;
}

/* Unpacks b in place. */
static int
unpack(struct flow_bytes *b, const char *name, struct error *err)
{
    size_t max = b->length * 8 + 4096;
    for (; max / 2 < FLOW_FILE_BYTES_MAX; max *= 2) {
        uint64_t memory_max = 256ull << 20;
        size_t in = 0, out = 0;
        uint8_t *data = malloc(max + 1);
        if (!data)
            return error_set(err, ERR_NO_SPACE, "%s: no memory to unpack it", name);
        lzma_ret rc =
            lzma_stream_buffer_decode(&memory_max, LZMA_CONCATENATED, NULL,
                                      (const uint8_t *)b->data, &in, b->length, data, &out, max);
        if (rc == LZMA_OK) {
            free(b->data);
            data[out] = 0;
            *b = (struct flow_bytes){(char *)data, out};
            return 0;
        }
        free(data);
        if (rc != LZMA_BUF_ERROR) /* that one: the output did not fit */
            return error_set(err, ERR_INVALID, "%s: not a whole .xz file (lzma error %d)", name,
                             (int)rc);
    }
    return error_set(err, ERR_INVALID, "%s: unpacks to more than %d MiB", name,
                     FLOW_FILE_BYTES_MAX >> 20);
}

static int
unpack_if_packed(struct flow_bytes *b, const char *name, struct error *err)
{
    if (b->length < sizeof XZ_MAGIC || memcmp(b->data, XZ_MAGIC, sizeof XZ_MAGIC) != 0)
        return 0;
    int rc = unpack(b, name, err);
    if (rc < 0)
        flow_bytes_free(b);
    return rc;
}

int
flow_bytes_read(struct flow_bytes *b, const char *path, struct error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return error_errno(err, errno, "%s", path);
    int rc = read_all(b, file, path, err);
    fclose(file);
    return rc < 0 ? rc : unpack_if_packed(b, path, err);
}

int
flow_bytes_from(struct flow_bytes *b, const void *data, size_t length, const char *name,
                struct error *err)
{
    char *copy = malloc(length + 1);
    if (!copy)
        return error_set(err, ERR_NO_SPACE, "%s: no memory to read it", name);
    memcpy(copy, data, length);
    copy[length] = 0;
    *b = (struct flow_bytes){copy, length};
    return unpack_if_packed(b, name, err);
}

void
flow_bytes_free(struct flow_bytes *b)
{
    free(b->data);
    *b = (struct flow_bytes){0};
}

int
flow_lines_next(struct flow_lines *l, struct flow_line *out)
{
    if (l->at >= l->end)
        return 0;
    size_t left = (size_t)(l->end - l->at);
    const char *stop = memchr(l->at, '\n', left);
    size_t length = stop ? (size_t)(stop - l->at) : left;
    *out = (struct flow_line){l->at, length};
    if (length > 0 && out->text[length - 1] == '\r')
        out->length--;
    l->at = stop ? stop + 1 : l->end;
    l->number++;
    return 1;
}
