#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/auth/auth_password.h"
#include "tools/assay/commands.h"
#include "tools/assay/subcommand.h"

static const char help[] =
    "assay hash-password: the Argon2id hash of a password, for fix.sessions[].password_hash\n"
    "\n"
    "usage: assay hash-password     reads one line from standard input, without showing it\n"
    "\n"
    "example:\n"
    "  echo secret | assay hash-password\n"
    "\n"
    "exit codes: 0 done, 2 no password, or it cannot be hashed\n";

/* Reads a line with the terminal's echo off, when it is a terminal. */
static bool
read_secret(char *out, int bytes)
{
    struct termios before, silent;
    bool terminal = !tcgetattr(STDIN_FILENO, &before);
    if (terminal) {
        fputs("password: ", stderr);
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    bool got = fgets(out, bytes, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    return got;
}

int
cmd_hash_password(int argc, char **argv)
{
    if (argc > 1) {
        bool asked = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
        fputs(help, asked ? stdout : stderr);
        return asked ? EXIT_OK : EXIT_USAGE;
    }
    char line[AUTH_PASSWORD_MAX + 2], hash[AUTH_HASH_MAX];
    struct error err = {0};
    if (!read_secret(line, sizeof line))
        return fputs("assay hash-password: expected a line\n", stderr), EXIT_USAGE;
    size_t bytes = strcspn(line, "\n");
    int rc = auth_password_hash(line, bytes, hash, &err);
    explicit_bzero(line, sizeof line);
    if (rc) {
        fprintf(stderr, "assay hash-password: %s\n", err.text);
        return EXIT_USAGE;
    }
    puts(hash);
    return EXIT_OK;
}
