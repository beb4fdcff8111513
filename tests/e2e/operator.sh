#!/usr/bin/env bash
# test-presets: asan
# test-timeout: 120
# What an operator does with a running engine, alone and with a second person.
set -u
cd "$(dirname "$0")/../.."
. tests/support/tap.sh
. tests/support/venue.sh

venue_config 's/^operators:/operators:\n  - {id: 2, name: second, uid: 65534, roles: [view, accounts]}/' \
    's/^    name: Alder.*/&\n    quote_limits: [{instrument: ETH-AUD, fills: 9, window_ms: 1000, value: "50000"}]/' \
    's/^  name: demo/  name: demo\n  four_eyes: [transfers]/'
mkdir -p "$VENUE/data"
"$ASSAY_BIN" run engine --config "$VENUE/venue.yaml" --data "$VENUE/data" --fix-port 0 >"$VENUE/engine.log" 2>&1 &
engine=$!
started $engine
answers() { venue_ctl status; }
wait_for 60 answers || { sed 's/^/# /' "$VENUE/engine.log"; not_ok engine_starts "see above"; tap_done; }

second() { setpriv --reuid=65534 --regid=65534 --clear-groups "$ASSAY_BIN" ctl --data "$VENUE/data" "$@"; }
protected() { "$ASSAY_BIN" journal dump --data "$VENUE/data" --count 1000 | grep -q 'QUOTE_LIMITS .*fill_max=9'; }
protected && ok a_maker_is_protected_from_the_start || not_ok a_maker_is_protected_from_the_start "no QUOTE_LIMITS in the journal"
says status_tells_where_it_stands 0 "ETH-AUD" venue_ctl status
says halt_is_carried_out 0 "event_seq" venue_ctl halt ETH-AUD
halted() { venue_ctl --json status | grep -q '"symbol":"ETH-AUD","state":"halted"'; }
wait_for 5 halted && ok status_shows_the_halt || not_ok status_shows_the_halt "not shown"
says resume_is_carried_out 0 "event_seq" venue_ctl resume ETH-AUD
says call_is_carried_out 0 "event_seq" venue_ctl call ETH-AUD opening
called() { venue_ctl --json status | grep -q '"symbol":"ETH-AUD","state":"call_opening"'; }
wait_for 5 called && ok status_shows_the_call || not_ok status_shows_the_call "not shown"
says no_such_call_is_named 2 "kind" venue_ctl call ETH-AUD sudden
says resume_ends_the_call 0 "event_seq" venue_ctl resume ETH-AUD
says unknown_instrument_is_named 2 "'NO-SUCH' is neither a symbol nor 'all'" venue_ctl halt NO-SUCH
says unknown_instrument_has_one_code 2 '"error":' venue_ctl --json halt NO-SUCH
says unknown_request_is_json_too 2 '"error":' venue_ctl --json frob
says amount_too_precise_is_named 2 "at most 2 decimals" venue_ctl deposit 201 AUD 1.005 id=a0
says deposit_is_carried_out 0 "event_seq" venue_ctl deposit 201 AUD 10.50 id=a1
says same_deposit_again_is_safe 0 "" venue_ctl deposit 201 AUD 10.50 id=a1
says same_id_other_amount_is_refused 1 "client id used before with other content" venue_ctl deposit 201 AUD 11 id=a1
says account_is_frozen 0 "event_seq" venue_ctl account 201 freeze=full
says unassigned_country_is_named 2 "country: 'UK': expected a code of ISO 3166-1" venue_ctl account 201 country=UK
says checkpoint_gives_digests 0 "digests" venue_ctl checkpoint
says rules_are_switched 0 "event_seq" venue_ctl rules 1
says rules_are_switched_back 0 "event_seq" venue_ctl rules 2
says unknown_rules_are_refused 1 "outside its range" venue_ctl rules 99
says a_role_is_missing 1 "not allowed for this actor's role" second halt ETH-AUD
says who_is_no_operator_is_told 2 "is no operator" setpriv --reuid=12345 --clear-groups --regid=12345 \
    "$ASSAY_BIN" ctl --data "$VENUE/data" status

# kill switches; the second person may not, the first may alone
says a_kill_switch_needs_a_role 1 "not allowed for this actor's role" second kill account 202
says kill_switch_is_engaged 0 "canceled" venue_ctl kill account 202
says engaged_twice_is_refused 1 "not possible in the present state" venue_ctl kill account 202
says tenant_is_stopped 0 "canceled" venue_ctl kill tenant 1
says instrument_is_stopped 0 "canceled" venue_ctl kill instrument ETH-AUD
says venue_is_stopped 0 "canceled" venue_ctl kill venue
says status_shows_what_is_stopped 0 '"kill_switches":["account 202","tenant 1","instrument ETH-AUD","venue"]' \
    venue_ctl --json status
says venue_is_lifted 0 "event_seq" venue_ctl lift venue
says instrument_is_lifted 0 "event_seq" venue_ctl lift instrument ETH-AUD
says tenant_is_lifted 0 "event_seq" venue_ctl lift tenant 1
says account_is_lifted 0 "event_seq" venue_ctl lift account 202
says lifted_twice_is_refused 1 "not possible in the present state" venue_ctl lift account 202
says kill_without_a_scope_is_named 2 "scope" venue_ctl kill all 7
says kill_of_nobody_is_named 2 "there is no instrument 'NO-SUCH'" venue_ctl kill instrument NO-SUCH
says mass_cancel_says_how_many 0 "canceled         0" venue_ctl mass-cancel instrument=all
says quote_cancel_says_how_many 0 "canceled         0" venue_ctl quote-cancel account=101
says a_maker_is_protected 0 "event_seq" venue_ctl quote-limits ETH-AUD account=101 fills=5 window_ms=1000 \
    qty=10 value=40000 net=5
says protection_without_a_window_is_refused 1 "outside its range" venue_ctl quote-limits ETH-AUD account=101 fills=5

# rules of one market: told in the journal as they are, and refused by the core when they make no sense
says a_band_is_set 0 "event_seq" venue_ctl bands ETH-AUD manner=interrupt dynamic_ppm=20000 length_ms=60000
says a_band_of_no_width_is_refused 1 "outside its range" venue_ctl bands ETH-AUD manner=refuse
says a_manner_is_named 2 "manner: expected one of: off, refuse, interrupt" venue_ctl bands ETH-AUD manner=sudden
says a_band_needs_a_role 1 "not allowed for this actor's role" second bands ETH-AUD
says a_band_is_taken_away 0 "event_seq" venue_ctl bands ETH-AUD
says steps_are_set 0 "event_seq" venue_ctl ticks DOT-AUD table=0:0.0001,10:0.0005
says a_table_is_one 2 "table: expected FROM:STEP" venue_ctl ticks DOT-AUD table=0:0.0001,
says a_table_begins_at_nought 1 "outside its range" venue_ctl ticks DOT-AUD table=10:0.0005
says points_are_set 0 "event_seq" venue_ctl points ETH-AUD ticks=500 rests=1
# nothing of the trading state: an instrument that was halted meanwhile stays so
stateless() { "$ASSAY_BIN" journal dump --data "$VENUE/data" --count 1000 |
    grep ' INSTRUMENT .*protection_ticks=500' | grep -qv ' state='; }
stateless && ok points_say_nothing_of_the_state || not_ok points_say_nothing_of_the_state "not in the journal"
says points_that_rest_need_ticks 1 "outside its range" venue_ctl points ETH-AUD rests=1
says an_allocation_is_set 0 "event_seq" venue_ctl allocation ETH-AUD method=pro_rata min=2 top_ppm=400000 top_max=9
says an_allocation_by_time_has_no_figures 1 "outside its range" venue_ctl allocation ETH-AUD min=2
says an_allocation_is_named 2 "method: expected one of: price_time, pro_rata" venue_ctl allocation ETH-AUD method=first
says an_allocation_needs_a_role 1 "not allowed for this actor's role" second allocation ETH-AUD
says an_allocation_is_taken_away 0 "event_seq" venue_ctl allocation ETH-AUD
says a_holiday_is_set 0 "event_seq" venue_ctl calendar 3 2033-12-26 day=closed
says a_half_day_is_set 0 "event_seq" venue_ctl calendar 3 2033-12-23 times=09:00:00=open,12:30:00=closed
says a_holiday_is_called_off 0 "event_seq" venue_ctl calendar 3 2033-12-26 day=regular
says a_half_day_goes_forward 1 "outside its range" venue_ctl calendar 3 2033-12-23 times=12:30:00=open,09:00:00=closed
says a_half_day_has_states 2 "times: expected HH:MM:SS=STATE" venue_ctl calendar 3 2033-12-23 times=09:00=open
says a_holiday_is_a_date 2 "'2033-02-29' is not a date" venue_ctl calendar 3 2033-02-29 day=closed
says a_day_is_one_of_two 2 "expected day (regular, closed), or times" venue_ctl calendar 3 2033-12-26
says a_timetable_is_set 0 "event_seq" venue_ctl timetable DOT-AUD zone=+02:00 calendar=3 \
    times=09:00:00=open/1111100,17:30:00=closed/1111100
timetable() { "$ASSAY_BIN" journal dump --data "$VENUE/data" --count 1000 |
    grep ' TIMETABLE .*table.calendar_id=3' | grep 'entries\[1\].days=31' | grep -q 'offsets\[0\].offset_s=7200'; }
timetable && ok a_timetable_names_its_calendar || not_ok a_timetable_names_its_calendar "not in the journal"
says a_timetable_has_states 2 "times: expected HH:MM:SS=STATE" venue_ctl timetable DOT-AUD times=09:00:00=open/11111
says a_timetable_has_a_zone 2 "'No/Where' is not known" venue_ctl timetable DOT-AUD zone=No/Where times=09:00:00=open
says a_timetable_is_taken_away 0 "event_seq" venue_ctl timetable DOT-AUD
says a_calendar_needs_a_role 1 "not allowed for this actor's role" second calendar 3 2033-12-26 day=closed
says mass_cancel_of_nothing_named_is_refused 2 "expected account, instrument, session or side" venue_ctl mass-cancel

# a negotiated trade needs an instrument that takes it
deal="deal ETH-AUD kind=block account=101 side=buy qty=0.5 price=4000 with=102 id=deal-1 with_id=deal-2"
says a_deal_is_not_taken_by_itself 1 "takes no negotiated trades of this kind" venue_ctl $deal
says deal_rules_need_a_role 1 "not allowed for this actor's role" second deal-rules ETH-AUD kinds=block
says a_kind_of_deal_is_named 2 "kinds: expected block" venue_ctl deal-rules ETH-AUD kinds=blok
says deal_rules_are_set 0 "event_seq" venue_ctl deal-rules ETH-AUD kinds=block,primary
says a_deal_is_made 0 "trade" venue_ctl $deal
says the_same_deal_again_is_safe 0 "event_seq" venue_ctl $deal
says another_deal_under_its_id_is_refused 1 "client id used before" venue_ctl ${deal/0.5/0.6}

# a transfer needs two people
says transfer_alone_is_refused 1 "needs the approval of a second person" venue_ctl transfer 202 AUD 5 to=201 id=t1
proposal=$(venue_ctl --json propose transfer 202 AUD 5 to=201 id=t2 | sed -n 's/.*"proposal":\([0-9]*\).*/\1/p')
[ -n "$proposal" ] && ok transfer_is_proposed || not_ok transfer_is_proposed "no number came back"
says own_proposal_is_not_approved 1 "" venue_ctl approve "$proposal"
says second_person_approves 0 "proposal" second approve "$proposal"
says other_amount_than_approved_is_refused 1 "" venue_ctl transfer 202 AUD 6 to=201 id=t2 approval="$proposal"
says approved_transfer_is_carried_out 0 "amount_units" venue_ctl transfer 202 AUD 5 to=201 id=t2 approval="$proposal"

kill -TERM $engine
wait_for 30 tap_gone $engine && ok engine_ends || not_ok engine_ends "still there"
says no_engine_is_said 2 "no engine runs with the data folder" venue_ctl status
tap_done
