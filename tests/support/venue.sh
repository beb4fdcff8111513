# Sourced by test scripts, after tap.sh: a whole venue of this script alone, under $TMP, on free ports.
#
#   venue_config [SED...]      writes $VENUE/venue.yaml: the demo venue, changed by sed scripts
#   venue_up [ARGS...]         starts `assay up` on it and waits until it is open
#   venue_down                 asks it to end, and waits until it has
#   venue_fix, venue_api       host:port of the gateways      venue_url   PostgreSQL's connection string
#   venue_pid engine|settle|fanout     process id of a process of the venue
#   venue_sql QUERY            one value or rows from the books
#   venue_settled              true when the books hold everything that was released
#
# $VENUE is the folder, $VENUE/data the data folder, $VENUE/up.log what `assay up` said.

VENUE=$TMP/venue
mkdir -p "$VENUE"
chmod 755 "$TMP" "$VENUE" # PostgreSQL runs as another user

venue_config()
{
    local script
    "$ASSAY_BIN" config demo >"$VENUE/venue.yaml"
    for script in "$@"; do sed -i "$script" "$VENUE/venue.yaml"; done
}

venue_open() { grep -q '^The venue is open' "$VENUE/up.log"; }
venue_open_or_gone() { venue_open || tap_gone "$VENUE_PID"; }

venue_up()
{
    [ -f "$VENUE/venue.yaml" ] || venue_config
    : >"$VENUE/up.log"
    "$ASSAY_BIN" up --config "$VENUE/venue.yaml" --data "$VENUE/data" --fix-port 0 --api-port 0 \
        "$@" >"$VENUE/up.log" 2>&1 &
    VENUE_PID=$!
    started "$VENUE_PID"
    wait_for 120 venue_open_or_gone && venue_open && return 0
    sed 's/^/# /' "$VENUE/up.log"
    return 1
}

venue_down()
{
    kill -TERM "$VENUE_PID" 2>/dev/null
    wait_for 60 tap_gone "$VENUE_PID" || return 1
    wait "$VENUE_PID" && venue_undisturbed
}

# Tests kill (9) and plant assertions (6); a process of the venue that ends by another signal is a bug.
venue_undisturbed() { ! grep 'ended (signal [0-9]' "$VENUE/up.log" | grep -v 'ended (signal [69] '; }

venue_fix() { cat "$VENUE/data/run/fix.address"; }
venue_api() { cat "$VENUE/data/run/api.address"; }
venue_url() { cat "$VENUE/data/postgres/url"; }
venue_pid() { pgrep -f "^$ASSAY_BIN run $1 --data $(readlink -f "$VENUE/data")"; }
venue_sql() { psql -AtX "$(venue_url)" -c "$1"; }
venue_ctl() { "$ASSAY_BIN" ctl --data "$VENUE/data" "$@"; }

venue_released() { venue_ctl --json status | sed 's/.*"event_seq":\([0-9]*\).*/\1/'; }
venue_settled()
{
    local seq
    seq=$(venue_released) && [ "$(venue_sql 'select last_seq from checkpoint')" -ge "$seq" ]
}
