/* Runs a fuzz target over files instead of mutations: `fuzz_x [FILE|FOLDER]...`.
 * Linked into the fuzzers of the builds that have no libFuzzer, so that they keep compiling with
 * both compilers and the corpus stays a regression test everywhere. Tries the empty input too. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t input_cnt;

static void
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    if (file == NULL || fstat(fileno(file), &st) != 0) {
        perror(path);
        exit(1);
    }
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size == 0 ? 1 : size);
    if (data == NULL || fread(data, 1, size, file) != size) {
        perror(path);
        exit(1);
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    input_cnt++;
}

static void
replay_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        replay_file(path);
        return;
    }
    struct dirent **entries;
    int entry_cnt = scandir(path, &entries, NULL, alphasort);
    if (entry_cnt < 0) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < entry_cnt; i++) {
        if (entries[i]->d_name[0] != '.') {
            char child[4096];
            (void)snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);
            replay_path(child);
        }
        free(entries[i]);
    }
    free(entries);
}

int
main(int argc, char **argv)
{
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        replay_path(argv[i]);
    }
    printf("%zu inputs\n", input_cnt + 1);
    return 0;
}
