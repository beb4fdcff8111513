#!/usr/bin/env bash
# Rules of the venue, changed one at a time in a copy of one source file: each change must turn at
# least one golden script red.
# test-presets: dev
. "$(dirname "$0")/../support/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
. tests/support/mutants.sh

# The first script that the changed program fails, or nothing. Those of the area come first.
first_red()
{
    local script
    for script in tests/golden/$1_*.txt tests/golden/*.txt; do
        timeout 20 "$TMP/match" --check "$script" >/dev/null 2>&1 || { basename "$script" .txt; return; }
    done
}

mutate()
{
    local name=$1 file=$2 why red=
    if ! why=$(mutant "$file" "$3" "$4" 2>&1); then
        not_ok "$name" "does not build: $(echo "$why" | head -n 2 | tr '\n' ' ')"
        return
    fi
    case $file in
    risk/*) red=$(first_red risk) ;;
    *money*) red=$(first_red money) ;;
    *) red=$(first_red book) ;;
    esac
    if [ -n "$red" ]; then
        echo "# $name: red is $red"
        ok "$name"
    else
        not_ok "$name" "no golden script notices it"
    fi
}

cat >"$TMP/main.c" <<'C'
#include "tools/assay/commands.h"
int main(int argc, char **argv) { return cmd_match(argc, argv); }
C
if ! mutants_build match "$TMP/main.c" tools/assay/cmd_match.c 2>"$TMP/log"; then
    not_ok build "$(head -n 3 "$TMP/log" | tr '\n' ' ')"
    tap_done
fi
red=$(first_red book)
[ -z "$red" ] && ok unchanged || not_ok unchanged "$red is red without a change"

. tests/support/mutations.sh
tap_done
