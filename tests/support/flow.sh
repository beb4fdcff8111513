# Sourced after tap.sh by scripts that need recordings or workloads.
#
#   flow_file NAME...   prints the path of $ASSAY_FLOW_DIR/NAME for the first that is there; status 1 when
#                       none is: report it with flow_missing CASE
#   flow_missing CASE   skips the case, or fails it where CI is set
#   json_number TEXT KEY    the number behind "KEY": of a flat JSON object

flow_file()
{
    local name
    [ -n "${ASSAY_FLOW_DIR:-}" ] || return 1
    for name in "$@"; do
        if [ -f "$ASSAY_FLOW_DIR/$name" ]; then
            echo "$ASSAY_FLOW_DIR/$name"
            return 0
        fi
    done
    return 1
}

flow_missing()
{
    if [ -n "${CI:-}" ]; then
        not_ok "$1" "the flow is not in ASSAY_FLOW_DIR (${ASSAY_FLOW_DIR:-not set})"
    else
        skip "$1" "the flow is not in ASSAY_FLOW_DIR (${ASSAY_FLOW_DIR:-not set})"
    fi
}

json_number()
{
    sed -n 's/.*"'"$2"'":"\{0,1\}\([0-9a-f.]*\).*/\1/p' <<<"$1"
}
