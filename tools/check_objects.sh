#!/usr/bin/env bash
# The deciding code reaches for no heap, clock, stdio or floating point.
#
#   tools/check_objects.sh OBJECT...
#
# Looks at what the compiler made of engine/model, book, ledger, core and risk/: a symbol that none
# of these objects defines must be in the list below; an instruction that calculates in floating
# point must not occur (moves and shuffles may: compilers copy with them).
set -euo pipefail

# What may be reached for: memory and string functions that neither allocate nor print, 128-bit
# division, and of engine/base: checks, error texts (operating errors at start), checksums, the
# caller's memory.
ALLOWED='^(mem(cpy|set|move|cmp|chr)|bcmp|str(len|nlen|cmp|ncmp|chr)|bsearch|abort
|__(mem(cpy|set|move)_chk|stack_chk_fail|u?(div|mod|divmod)ti4|u?(div|mod)ti3)
|_GLOBAL_OFFSET_TABLE_
|check_.*|error_.*|crc32c.*|arena_.*|hash_.*|sha256(_.*)?|XXH.*)$'
ALLOWED=${ALLOWED//$'\n'/}

# Mnemonics that calculate, compare or convert: SSE/AVX scalar and packed, FMA, x87.
FLOATING='^(v?(add|sub|mul|div|sqrt|min|max|rcp|rsqrt|round|dp|hadd|hsub|addsub)[sp][sd]
|v?u?comis[sd]|v?cmp[a-z]*[sp][sd]|v?cvt[a-z0-9]+|vfn?m(add|sub)[a-z0-9]*
|f(ld|ild|st|stp|ist|istp|isttp|add|iadd|sub|isub|mul|imul|div|idiv|com|ucom|chs|abs|sqrt|xch)[a-z0-9]*)$'
FLOATING=${FLOATING//$'\n'/}

if [ $# -eq 0 ]; then
    echo "usage: tools/check_objects.sh OBJECT..." >&2
    exit 2
fi

wrong=0
defined=$(nm --defined-only "$@" | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort -u)
for object in "$@"; do
    reached=$(nm -u "$object" | awk '{ print $NF }' | sort -u | comm -23 - <(echo "$defined") |
        grep -Ev "$ALLOWED" || true)
    for symbol in $reached; do
        echo "${object#*.dir/}: reaches for $symbol, which is not on the list in tools/check_objects.sh"
        wrong=1
    done
    objdump -d --no-show-raw-insn "$object" | awk -v floating="$FLOATING" -v object="${object#*.dir/}" '
        /^[0-9a-f]+ <.*>:$/ { name = $2; next }
        /^ *[0-9a-f]+:/ {
            at = 2
            while ($at ~ /^(lock|rep[a-z]*|bnd|notrack|data16|[cdefgs]s)$/) at++
            if ($at ~ floating && !((name, $at) in seen)) {
                seen[name, $at]
                printf "%s: floating point in %s %s\n", object, name, $at
                wrong = 1
            }
        }
        END { exit wrong }' || wrong=1
done
exit $wrong
