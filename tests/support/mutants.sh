# Sourced after tap.sh by scripts that change rules in the source, one at a time, in a copy of one
# file, and see whether a test notices. tests/support/mutations.sh lists the changes.
#
#   mutants_build PROGRAM SOURCE...   the program without a change, in $TMP; 1 when it does not build
#   mutant FILE FROM TO               links $TMP/PROGRAM with the changed file; says why it could not
#                                     (a header: with what of engine/core is made with it)
#   mutant_start NAME COMMAND...      the command beside others, one a processor, with a $TMP of its own
#   mutants_end                       waits for all and prints what they said, in the order of their starts
#
# The sources are compiled once; what was changed comes before the libraries, which then need not
# bring it.

MUTANT_LIBRARIES="text core book risk ledger model base"
MUTANT_FLAGS="-std=gnu17 -march=x86-64-v2 -D_GNU_SOURCE= -DASSAY_CHECK_DEAR=1 -DASSAY_FAULTS=1 -I. -w"

# Puts text in place of other text that must be there exactly once: FILE FROM TO > changed
mutant_change()
{
    perl -e '
        my ($path, $old, $new) = @ARGV;
        open my $f, "<", $path or die "$path: $!\n";
        my $text = join "", <$f>;
        my $cnt = () = $text =~ /\Q$old\E/g;
        die "$path has $cnt times: $old\n" if $cnt != 1;
        my $at = index $text, $old;
        print substr($text, 0, $at), $new, substr($text, $at + length $old);
    ' -- "$@"
}

mutant_link()
{
    local archives=() library
    for library in $MUTANT_LIBRARIES; do
        archives+=("$ASSAY_BUILD/libassay_$library.a")
    done
    gcc -s -o "$TMP/$MUTANT_PROGRAM" "${MUTANT_OBJECTS[@]}" "$@" "${archives[@]}" -lck -lxxhash -ljansson
}

mutants_build()
{
    local source object
    MUTANT_PROGRAM=$1
    MUTANT_OBJECTS=()
    shift
    for source in "$@"; do
        object=$TMP/$(basename "$source" .c).o
        gcc $MUTANT_FLAGS -c "$source" -o "$object" || return 1
        MUTANT_OBJECTS+=("$object")
    done
    mutant_link
}

# Every file of the core (those that include it, where no header does), with the changed header before
# the one that is there.
mutant_header()
{
    local source sources=(engine/core/*.c)
    grep -qF "\"$1\"" engine/*/*.h risk/*.h ||
        mapfile -t sources < <(grep -lF "\"$1\"" engine/core/*.c)
    mkdir -p "$TMP/changed/$(dirname "$1")" "$TMP/objects" &&
        mutant_change "$@" >"$TMP/changed/$1" || return 1
    for source in "${sources[@]}"; do
        gcc -I"$TMP/changed" $MUTANT_FLAGS -c "$source" \
            -o "$TMP/objects/$(basename "$source" .c).o" || return 1
    done
    mutant_link "$TMP"/objects/*.o
}

mutant()
{
    case $1 in *.h) mutant_header "$@"; return ;; esac
    mutant_change "$@" >"$TMP/mutant.c" &&
        gcc $MUTANT_FLAGS -c "$TMP/mutant.c" -o "$TMP/mutant.o" && mutant_link "$TMP/mutant.o"
}

MUTANT_NAMES=()

mutant_start()
{
    local name=$1
    shift
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    MUTANT_NAMES+=("$name")
    mkdir "$TMP/$name"
    (TMP=$TMP/$name && "$@") >"$TMP/$name.said" 2>&1 &
}

mutants_end()
{
    local name
    wait
    for name in "${MUTANT_NAMES[@]}"; do
        grep -Eq '^(ok|skip|not ok) ' "$TMP/$name.said" || echo "not ok $name - no verdict" >>"$TMP/$name.said"
        ! grep -q '^not ok ' "$TMP/$name.said" || tap_failed=1
        cat "$TMP/$name.said"
    done
}
