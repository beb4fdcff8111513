#ifndef TESTS_SUPPORT_SERVER_H
#define TESTS_SUPPORT_SERVER_H

#include <stdbool.h>
#include <stdint.h>

/* A private PostgreSQL for one test program, in a folder of its own under /tmp, removed at the end.
 * cmocka group fixtures; without PostgreSQL's programs the program counts as skipped. */
int server_setup(void **state);
int server_teardown(void **state);
void server_stop(void);  /* as a fault: the programs that use it find nobody there */
void server_crash(void); /* as pg_ctl stop -m immediate: what was not on disk is lost */
void server_start(void); /* again, with the same data */

/* A new empty database; the text lives until the next call. */
const char *server_new_database(void);
/* Its connection string again. */
const char *server_url(void);

/* One number from one statement, -1 when it gives none; a failed statement fails the test. */
int64_t server_number(const char *sql);
/* One text, at most 255 bytes; lives until the next call. */
const char *server_text(const char *sql);
void server_exec(const char *sql);
/* Until the statement gives true; false when the seconds are over. Nobody may answer. */
bool server_wait(int seconds, const char *sql);

#endif
