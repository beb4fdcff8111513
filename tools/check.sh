#!/usr/bin/env bash
# The checks of the house, in order of cost. One line each: `ok NAME` or `FAIL NAME: what to do`.
#
#   tools/check.sh                 all but clang-tidy
#   tools/check.sh --tidy          clang-tidy too (minutes)
#   tools/check.sh --only format   one of them; --list names them
set -uo pipefail
cd "$(dirname "$0")/.."

CHECKS="scripts words length readme includes format headers objects"
PURE_LIBRARIES="assay_model assay_book assay_ledger assay_core assay_risk"
PURE_FOLDERS="engine/model engine/book engine/ledger engine/core risk"

# Files with this ending, without what is built or fetched.
files()
{
    find . \( -path ./build -o -path ./.git -o -name node_modules -o -path ./data -o -name .cache \) \
        -prune -o -type f -name "$1" -print | sed 's,^\./,,' | sort
}

check_scripts()
{
    local file
    for file in $(files '*.sh') .ci/run; do
        [ -f "$file" ] || continue
        bash -n "$file" || return 1
        case $file in tests/support/*) continue ;; esac
        if [ ! -x "$file" ]; then
            echo "$file: not executable (chmod +x)"
            return 1
        fi
    done
}

check_words() { python3 tools/check_source.py words; }
check_length() { python3 tools/check_source.py length; }
check_includes() { python3 tools/check_includes.py; }

# Each folder of the table that holds something, and each one directly below tools/ and tests/.
check_readme()
{
    local folder wrong=0
    for folder in engine/* risk risk/* persist/* gateway/* tools tools/* perf tests tests/*; do
        [ -d "$folder" ] && [ -n "$(find "$folder" -type f ! -name README.md -print -quit)" ] || continue
        if [ "$(grep -c . "$folder/README.md" 2>/dev/null)" -ge 3 ] 2>/dev/null; then continue; fi
        echo "$folder/README.md: missing or nearly empty (purpose, entry point, threads, what it must not do)"
        wrong=1
    done
    return $wrong
}

check_format()
{
    { files '*.c'; files '*.h'; } | xargs -r -P 2 -n 20 clang-format --dry-run -Werror
}

# Alone, twice (guards), as every target compiles.
compile_header()
{
    printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
        gcc -std=gnu17 -D_GNU_SOURCE= -DASSAY_CHECK_DEAR=1 -march=x86-64-v2 -I. -Wall -Wextra -Werror \
            -Wstrict-prototypes -Wno-unused-function -fsyntax-only -x c -
}
export -f compile_header

check_headers()
{
    files '*.h' | xargs -r -P 2 -I{} bash -c 'compile_header "$1"' _ {}
}

check_objects()
{
    local targets="" library folder objects expected
    [ -f build/release/build.ninja ] || cmake --preset release >/dev/null || return 1
    ninja -C build/release build.ninja >/dev/null || return 1
    for library in $PURE_LIBRARIES; do
        if ninja -C build/release -t query "$library" >/dev/null 2>&1; then
            targets="$targets $library"
        fi
    done
    # shellcheck disable=SC2086
    expected=$(find $PURE_FOLDERS -maxdepth 1 -name '*.c' 2>/dev/null | wc -l)
    [ "$expected" -gt 0 ] || return 0
    # shellcheck disable=SC2086
    ninja -C build/release $targets || return 1
    objects=""
    # shellcheck disable=SC2086
    for folder in $(find $PURE_FOLDERS -maxdepth 1 -name '*.c' 2>/dev/null); do
        objects="$objects $(find build/release/CMakeFiles -path "*.dir/$folder.o")"
    done
    # shellcheck disable=SC2086
    if [ "$(wc -w <<<"$objects")" -ne "$expected" ]; then
        echo "expected $expected objects of $PURE_FOLDERS, found: $objects"
        return 1
    fi
    # shellcheck disable=SC2086
    tools/check_objects.sh $objects
}

check_tidy()
{
    [ -f build/asan/compile_commands.json ] || cmake --preset asan >/dev/null || return 1
    ninja -C build/asan assay_build_info >/dev/null || return 1 # the one header that is made
    files '*.c' | grep -Ev '^(tests|perf)/' |
        xargs -r -P 2 -n 4 clang-tidy -p build/asan --quiet --warnings-as-errors='*' 2>/dev/null
}

advice()
{
    case $1 in
    scripts) echo "mend the script" ;;
    words) echo "reword, finish or take out; exceptions: tools/check_allow.txt" ;;
    length) echo "split it; exceptions with their reason: tools/check_allow.txt" ;;
    readme) echo "write the folder's README.md" ;;
    includes) echo "the table of directions is at the top of tools/check_includes.py" ;;
    format) echo "run clang-format -i on the files named" ;;
    headers) echo "each header includes what it uses" ;;
    objects) echo "the deciding code takes memory, time and numbers from its caller" ;;
    tidy) echo "mend, or NOLINT(check) with the reason beside it" ;;
    esac
}

selected=$CHECKS
while [ $# -gt 0 ]; do
    case $1 in
    --tidy) selected="$CHECKS tidy" ;;
    --only)
        selected=${2:-}
        if [[ ! " $CHECKS tidy " == *" $selected "* ]]; then
            echo "check.sh: no check is named '$selected'; there are: $CHECKS tidy" >&2
            exit 2
        fi
        shift
        ;;
    --list)
        echo "$CHECKS tidy"
        exit 0
        ;;
    -h | --help)
        sed -n '2,6s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *)
        echo "check.sh: unknown argument $1; try --help" >&2
        exit 2
        ;;
    esac
    shift
done

failed=0
for name in $selected; do
    if output=$("check_$name" 2>&1); then
        echo "ok $name"
    else
        tail -n 60 <<<"$output" | sed 's/^/    /'
        echo "FAIL $name: $(advice "$name")"
        failed=1
    fi
done
exit $failed
