#!/usr/bin/env bash
# Every check of tools/check.sh can fail: a violation of each is planted in a copy of the tree.
# test-presets: none
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. tests/support/tap.sh

tree=$TMP/tree
mkdir "$tree"
tar -cf - --exclude=./build --exclude=./.git --exclude=node_modules --exclude=./data . |
    tar -xf - -C "$tree"

report()
{
    "$tree/tools/check.sh" --only "$1" 2>&1
}

# planted CHECK NAME FILE EXPECTED: the check fails, and one line names file and cause.
planted()
{
    local output
    if output=$(report "$1"); then
        not_ok "$2" "check $1 did not notice"
    elif ! grep -F -- "$3" <<<"$output" | grep -qF -- "$4"; then
        not_ok "$2" "check $1 failed without naming $3 and '$4': $(head -c 300 <<<"$output")"
    else
        ok "$2"
    fi
}

# plant CHECK NAME FILE EXPECTED <content: a new file, looked for, taken away again.
plant()
{
    mkdir -p "$(dirname "$tree/$3")"
    cat >"$tree/$3"
    planted "$@"
    rm "$tree/$3"
}

for name in scripts words length readme includes format headers; do
    if output=$(report $name); then
        ok "unspoilt_tree_passes_$name"
    else
        not_ok "unspoilt_tree_passes_$name" "$(tail -n 3 <<<"$output" | tr '\n' ' ')"
    fi
done

# --- words ---
machine=/wor # not written out: this file is checked too
for word in TODO FIXME XXX HACK "not implemented" placeholder "issue 12" ${machine}k/main ${machine}k/other/x /home/somebody; do
    plant words "words_reports_${word//[^a-zA-Z0-9]/_}" engine/base/planted.h "$word" <<<"/* $word */"
done
plant words words_reports_volatile engine/base/planted.h 'volatile' <<<'extern volatile int planted;'
plant words words_reports_typedef_struct engine/base/planted.h 'typedef struct' <<<'typedef struct a b;'
plant words words_reports_sleep_in_c_test tests/unit/test_planted.c 'usleep' <<<'    usleep(10);'
plant words words_reports_sleep_in_script tests/e2e/planted.sh 'sleep' <<<'    sleep 1'
plant words words_reports_timeout_in_js tests/ws/planted.mjs 'setTimeout' <<<'setTimeout(f, 100);'

# --- length ---
{
    printf 'int\nplanted_long(void)\n{\n'
    printf '    f();\n%.0s' {1..70}
    printf '}\n'
} | plant length length_reports_long_function engine/base/planted.c 'planted_long() has 73 lines'
printf '/* %0100d */\n' 0 | plant length length_reports_wide_line engine/base/planted.c '106 columns'
printf '\n%.0s' {1..801} | plant length length_reports_long_file engine/base/planted.c '801 lines'
echo "function engine/base/planted.c:planted_long" >>"$tree/tools/check_allow.txt"
planted length length_wants_a_reason_for_exceptions tools/check_allow.txt 'reason'
cp tools/check_allow.txt "$tree/tools/"

# --- includes ---
while read -r from target; do
    mkdir -p "$tree/$(dirname "$from")" "$tree/$(dirname "$target")"
    [ -f "$tree/$target" ] || { : >"$tree/$target" && made=$target; }
    plant includes "includes_reports_${from%/*}_to_${target%/*}" "$from" "may not include $target" \
        <<<"#include \"$target\""
    [ -z "${made:-}" ] || rm "$tree/$made"
    made=
done <<'END'
engine/base/planted.h engine/model/planted_target.h
engine/model/planted.h engine/book/planted_target.h
engine/book/planted.h engine/ledger/planted_target.h
engine/ledger/planted.h engine/book/planted_target.h
engine/core/planted.h risk/planted_target.h
engine/stream/planted.h persist/journal/planted_target.h
engine/runtime/planted.h gateway/net/planted_target.h
risk/planted.h engine/book/planted_target.h
risk/planted.h engine/core/planted_target.h
persist/settle/planted.h engine/core/planted_target.h
persist/journal/planted.h persist/settle/planted_target.h
gateway/net/planted.h gateway/fix/planted_target.h
gateway/fix/planted.h gateway/api/planted_target.h
gateway/api/planted.h engine/core/planted_target.h
END
: >"$tree/engine/base/planted.h"
plant includes includes_wants_own_header_first engine/base/planted.c 'own header comes first' <<'END'
#include <stdint.h>

#include "engine/base/planted.h"
END
rm "$tree/engine/base/planted.h"
: >"$tree/engine/base/planted.h"
plant includes includes_wants_root_paths engine/base/other.h 'does not exist from the repository root' \
    <<<'#include "planted.h"'
rm "$tree/engine/base/planted.h"
: >"$tree/engine/base/planted_priv.h"
plant includes includes_keeps_private_headers engine/model/planted.h 'is private to its folder' \
    <<<'#include "engine/base/planted_priv.h"'
rm "$tree/engine/base/planted_priv.h"
plant includes includes_wants_a_row elsewhere/planted.c 'no row of the table' <<<'int planted;'

# --- format, headers, readme, scripts ---
plant format format_reports_bad_layout engine/base/planted.c 'clang-format' <<<'int  planted( void ){return 1;}'
plant headers headers_reports_missing_include engine/base/planted.h 'uint64_t' <<<'uint64_t planted(void);'
plant headers headers_reports_missing_guard engine/base/planted.h 'planted' <<<'struct planted { int a; };'
mkdir -p "$tree/persist/planted"
: >"$tree/persist/planted/x.c"
planted readme readme_reports_folder_without persist/planted/README.md 'missing'
rm -r "$tree/persist/planted"
plant scripts scripts_reports_bad_syntax tools/planted.sh 'planted.sh' <<<'if true; then'
plant scripts scripts_reports_missing_mode tools/planted.sh 'not executable' <<<'true'

# --- objects ---
object()
{
    gcc -std=gnu17 -O3 -march=x86-64-v2 -c -x c -o "$TMP/$1.o" - && tools/check_objects.sh "$TMP/$1.o"
}
object_planted()
{
    local output
    if output=$(object "$1"); then
        not_ok "$1" "check_objects.sh did not notice"
    elif grep -qF -- "$2" <<<"$output"; then
        ok "$1"
    else
        not_ok "$1" "expected '$2' in: $output"
    fi
}
if output=$(object objects_pass 2>&1 <<'END'
#include <string.h>
#include <stdint.h>
struct a { uint64_t x[40]; };
__int128 planted_mul(__int128 a, __int128 b) { return a / b; }
void planted_copy(struct a *to, const struct a *from) { *to = *from; }
int planted_same(const char *a, const char *b) { return memcmp(a, b, 100); }
void planted_min(int *a, int n) { for (int i = 0; i < n; i++) a[i] = a[i] < 7 ? a[i] * 3 : 7; }
END
); then
    ok objects_passes_plain_code
else
    not_ok objects_passes_plain_code "$output"
fi
object_planted objects_reports_malloc 'reaches for malloc' \
    <<<'#include <stdlib.h>
void *planted(void) { return malloc(8); }'
object_planted objects_reports_clock 'reaches for clock_gettime' \
    <<<'#include <time.h>
int planted(struct timespec *t) { return clock_gettime(CLOCK_REALTIME, t); }'
object_planted objects_reports_stdio 'reaches for snprintf' \
    <<<'#include <stdio.h>
int planted(char *b, unsigned long n, int x) { return snprintf(b, n, "%d", x); }'
object_planted objects_reports_sort_that_allocates 'reaches for qsort' \
    <<<'#include <stdlib.h>
void planted(int *a, int (*c)(const void *, const void *)) { qsort(a, 9, sizeof(*a), c); }'
object_planted objects_reports_double 'floating point in <planted>: mulsd' \
    <<<'double planted(double a) { return a * 3; }'
object_planted objects_reports_conversion 'floating point in <planted>: cvt' \
    <<<'long planted(long a) { return (long)((double)a); }'
object_planted objects_reports_packed 'floating point in <planted>: addps' \
    <<<'void planted(float *a, float *b) { for (int i = 0; i < 64; i++) a[i] += b[i]; }'
object_planted objects_reports_long_double 'floating point in <planted>: fld' \
    <<<'long double planted(long double a) { return a * a; }'

tap_done
