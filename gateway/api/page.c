#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/api/fanout_priv.h"

/* The page at `/`: files of gateway/page, built in (local.cmake), or read from a folder at each
 * request. Only these names are served, whatever the folder holds. */

#define PAGE_FILE(symbol)                                                                          \
    extern const unsigned char symbol[];                                                           \
    extern const size_t symbol##_bytes;
PAGE_FILE(page_index_html)
PAGE_FILE(page_style_css)
PAGE_FILE(page_app_js)
PAGE_FILE(page_feed_js)
PAGE_FILE(page_book_js)
PAGE_FILE(page_call_js)
PAGE_FILE(page_charts_js)
PAGE_FILE(page_format_js)
#undef PAGE_FILE

static const struct {
    const char *path, *file, *type;
    const unsigned char *bytes;
    const size_t *size;
} files[] = {
    {"/", "index.html", "text/html; charset=utf-8", page_index_html, &page_index_html_bytes},
    {"/style.css", "style.css", "text/css; charset=utf-8", page_style_css, &page_style_css_bytes},
    {"/app.js", "app.js", "text/javascript; charset=utf-8", page_app_js, &page_app_js_bytes},
    {"/feed.js", "feed.js", "text/javascript; charset=utf-8", page_feed_js, &page_feed_js_bytes},
    {"/book.js", "book.js", "text/javascript; charset=utf-8", page_book_js, &page_book_js_bytes},
    {"/call.js", "call.js", "text/javascript; charset=utf-8", page_call_js, &page_call_js_bytes},
    {"/charts.js", "charts.js", "text/javascript; charset=utf-8", page_charts_js,
     &page_charts_js_bytes},
    {"/format.js", "format.js", "text/javascript; charset=utf-8", page_format_js,
     &page_format_js_bytes},
};

/* The page may load and connect to nothing but this server. */
static const char page_headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-cache\r\n";

/* What the file holds, in memory of malloc; NULL when it cannot be read. */
static char *
read_file(const char *folder, const char *name, size_t *bytes)
{
    char path[4096];
    struct stat st;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return NULL;
    }
    bool good = fstat(fd, &st) == 0 && st.st_size <= 4 << 20;
    size_t size = good ? (size_t)st.st_size : 0;
    char *text = good ? malloc(size + 1) : NULL;
    good = text != NULL && read(fd, text, size) == (ssize_t)size;
    (void)close(fd);
    if (!good) {
        free(text);
        return NULL;
    }
    *bytes = size;
    return text;
}

int
page_serve(struct fanout *f, struct http_conn *conn, const struct http_request *r)
{
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (!http_text_is(&r->path, files[i].path) ||
            (r->method != HTTP_GET && r->method != HTTP_HEAD)) {
            continue;
        }
        struct http_answer a = {.status = 200,
                                .type = files[i].type,
                                .headers = page_headers,
                                .body = (const char *)files[i].bytes,
                                .bytes = *files[i].size};
        char *text = NULL;
        if (f->page_folder != NULL) {
            text = read_file(f->page_folder, files[i].file, &a.bytes);
        }
        if (text != NULL) {
            a.body = text;
        }
        http_answer(conn, &a);
        free(text);
        return 1;
    }
    return 0;
}
