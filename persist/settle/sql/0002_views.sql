-- What a settlement job asks for, in decimals and with names.

CREATE FUNCTION decimals(units bigint, scale integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT round(units::numeric / power(10::numeric, scale), scale) $$;

CREATE FUNCTION utc(time_ns bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT timestamptz '1970-01-01 00:00:00+00' + (time_ns / 1000) * interval '1 microsecond' $$;

CREATE VIEW account_labels AS
    SELECT a.account_id, coalesce(n.name, CASE a.kind WHEN 2 THEN 'venue ' WHEN 3 THEN 'issue '
        ELSE 'account ' END || a.account_id) AS name, a.tenant_id, a.status, a.kind,
        coalesce(p.frozen, 0) AS frozen
    FROM accounts a LEFT JOIN account_names n USING (account_id)
        LEFT JOIN account_profiles p USING (account_id);

-- What each account has. available = settled - held.
CREATE VIEW positions AS
    SELECT b.account_id, l.name AS account, a.symbol AS asset,
        decimals(b.settled_units, a.scale) AS settled,
        decimals(b.held_units, a.scale) AS held,
        decimals(b.settled_units - b.held_units, a.scale) AS available,
        decimals(b.pending_in_units, a.scale) AS pending_in,
        decimals(b.pending_out_units, a.scale) AS pending_out,
        b.event_seq
    FROM balances b JOIN assets a USING (asset_id) LEFT JOIN account_labels l USING (account_id);

CREATE VIEW trades AS
    SELECT f.event_seq, f.trade_id, utc(f.time_ns) AS time, f.trade_day, f.settle_day,
        i.symbol, decimals(f.price_units, i.price_scale) AS price,
        decimals(f.qty_units, a.scale) AS qty, a.symbol AS asset,
        decimals(f.notional_units, c.scale) AS notional, c.symbol AS currency,
        bl.name AS buyer, decimals(f.buy_fee_units, c.scale) AS buy_fee, f.buy_client_id,
        sl.name AS seller, decimals(f.sell_fee_units, c.scale) AS sell_fee, f.sell_client_id,
        CASE f.aggressor WHEN 1 THEN 'buy' WHEN 2 THEN 'sell' ELSE '' END AS aggressor
    FROM fills f JOIN instruments i USING (instrument_id)
        JOIN assets a ON a.asset_id = f.asset_id JOIN assets c ON c.asset_id = f.currency_id
        LEFT JOIN account_labels bl ON bl.account_id = f.buy_account_id
        LEFT JOIN account_labels sl ON sl.account_id = f.sell_account_id;

CREATE VIEW trades_by_day AS
    SELECT f.trade_day, i.symbol, count(*) AS trades, decimals(sum(f.qty_units)::bigint, a.scale) AS qty,
        decimals(sum(f.notional_units)::bigint, c.scale) AS notional, c.symbol AS currency,
        decimals(sum(f.buy_fee_units + f.sell_fee_units)::bigint, c.scale) AS fees
    FROM fills f JOIN instruments i USING (instrument_id)
        JOIN assets a ON a.asset_id = f.asset_id JOIN assets c ON c.asset_id = f.currency_id
    GROUP BY f.trade_day, i.symbol, a.scale, c.scale, c.symbol;

-- What each account has to deliver (-) and receives (+) per settlement day, netted over its fills,
-- fees included. settled: delivered at the fill, or nothing of it is pending any more.
CREATE VIEW settlement_instructions AS
    WITH legs AS (
        SELECT f.settle_day, f.settle_cycle, p.account_id, p.asset_id, p.amount_units, f.event_seq
        FROM fills f JOIN postings p USING (event_seq)
        WHERE p.leg <= 7
    )
    SELECT g.settle_day, g.account_id, l.name AS account, a.symbol AS asset,
        decimals(sum(g.amount_units)::bigint, a.scale) AS net, count(DISTINCT g.event_seq) AS fills,
        CASE WHEN bool_and(g.settle_cycle = 0)
            OR coalesce(min(b.pending_in_units) = 0 AND min(b.pending_out_units) = 0, false)
            THEN 'settled' ELSE 'unsettled' END AS state
    FROM legs g JOIN assets a USING (asset_id)
        LEFT JOIN account_labels l USING (account_id)
        LEFT JOIN balances b ON b.account_id = g.account_id AND b.asset_id = g.asset_id
    GROUP BY g.settle_day, g.account_id, l.name, a.symbol, a.scale;

-- settled + pending is zero, in the postings and in the balances: what went in somewhere came out
-- somewhere. Each is zero by itself when nothing is half settled.
CREATE VIEW ledger_sums AS
    SELECT a.asset_id, a.symbol AS asset,
        coalesce(p.settled, 0) AS postings_settled, coalesce(p.pending, 0) AS postings_pending,
        coalesce(b.settled, 0) AS balances_settled, coalesce(b.pending, 0) AS balances_pending,
        coalesce(p.settled, 0) + coalesce(p.pending, 0) = 0
            AND coalesce(b.settled, 0) = coalesce(p.settled, 0)
            AND coalesce(b.pending, 0) = coalesce(p.pending, 0) AS balanced
    FROM assets a
        LEFT JOIN (SELECT asset_id, coalesce(sum(amount_units) FILTER (WHERE book = 1), 0) AS settled,
            coalesce(sum(amount_units) FILTER (WHERE book = 2), 0) AS pending
            FROM postings GROUP BY asset_id) p USING (asset_id)
        LEFT JOIN (SELECT asset_id, sum(settled_units) AS settled,
            sum(pending_in_units - pending_out_units) AS pending
            FROM balances GROUP BY asset_id) b USING (asset_id);

CREATE VIEW rejects_by_reason AS
    SELECT r.reason, coalesce(n.name, '') AS name, coalesce(n.text, '') AS text, count(*) AS cnt,
        utc(max(r.time_ns)) AS latest
    FROM rejects r LEFT JOIN reasons n USING (reason)
    GROUP BY r.reason, n.name, n.text;

-- One account's book: every change of its settled balances from one instant to another, with the
-- balance after each.
CREATE FUNCTION account_statement(account bigint, from_time timestamptz, to_time timestamptz)
    RETURNS TABLE (at timestamptz, event_seq bigint, kind text, detail text, asset text,
        amount numeric, balance numeric)
    LANGUAGE sql STABLE AS $$
    WITH bounds AS (
        SELECT (extract(epoch FROM from_time) * 1000000)::bigint * 1000 AS from_ns,
            (extract(epoch FROM to_time) * 1000000)::bigint * 1000 AS to_ns
    ), mine AS (
        SELECT p.*, sum(p.amount_units) OVER (PARTITION BY p.asset_id
            ORDER BY p.event_seq, p.leg) AS after_units
        FROM postings p WHERE p.account_id = account AND p.book = 1
    )
    SELECT utc(m.time_ns), m.event_seq, k.name,
        CASE WHEN f.event_seq IS NOT NULL THEN
            CASE WHEN m.leg IN (1, 4, 5) THEN 'buy ' WHEN m.leg IN (2, 3, 6) THEN 'sell '
                ELSE 'income ' END
            || decimals(f.qty_units, fa.scale) || ' ' || i.symbol || ' at '
            || decimals(f.price_units, i.price_scale)
        ELSE nullif(v.client_id, '') END,
        a.symbol, decimals(m.amount_units, a.scale), decimals(m.after_units::bigint, a.scale)
    FROM mine m CROSS JOIN bounds
        JOIN assets a ON a.asset_id = m.asset_id
        LEFT JOIN posting_kinds k ON k.kind = m.kind
        LEFT JOIN fills f ON f.event_seq = m.event_seq AND m.leg <= 7
        LEFT JOIN instruments i ON i.instrument_id = f.instrument_id
        LEFT JOIN assets fa ON fa.asset_id = f.asset_id
        LEFT JOIN movements v ON v.event_seq = m.event_seq AND m.leg > 7
    WHERE m.time_ns >= bounds.from_ns AND m.time_ns < bounds.to_ns
    ORDER BY m.event_seq, m.leg
$$;

-- How far the books are, and of which venue.
CREATE VIEW writer AS
    SELECT venue, last_seq, epoch, utc(last_time_ns) AS last_event, committed_at, business_day,
        fill_cnt FROM checkpoint;
