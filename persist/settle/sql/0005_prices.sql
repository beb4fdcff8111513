-- What prices an instrument takes: its price bands, and its price steps by price.

CREATE TABLE instrument_bands (
    instrument_id bigint PRIMARY KEY,
    manner smallint NOT NULL,  -- 0 there are none, 1 refuse, 2 interrupt
    static_ppm bigint NOT NULL,  -- around the last auction's price; 0, like the ticks: no such band
    static_ticks bigint NOT NULL,
    dynamic_ppm bigint NOT NULL,  -- around the last trade
    dynamic_ticks bigint NOT NULL,
    wide_ppm bigint NOT NULL,  -- an auction outside of this is put off
    wide_ticks bigint NOT NULL,
    follows smallint NOT NULL,  -- 1: the dynamic band moves with each trade of an order
    call_ms bigint NOT NULL,
    random_end_ms bigint NOT NULL,
    extension_ms bigint NOT NULL,
    extension_max bigint NOT NULL,
    event_seq bigint NOT NULL
);

-- One row for each that a table may have; those behind its last have step 0.
CREATE TABLE instrument_ticks (
    tick_id bigint PRIMARY KEY,  -- instrument_id * 32 + number of the row
    instrument_id bigint NOT NULL,
    from_units bigint NOT NULL,
    step_units bigint NOT NULL,  -- from that price on
    event_seq bigint NOT NULL
);

-- A width as text: '2 %', '5 ticks'; nothing where there is none.
CREATE FUNCTION band_width(ppm bigint, ticks bigint) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN ppm > 0 THEN trim_scale(ppm / 10000::numeric) || ' %'
        WHEN ticks > 0 THEN ticks || ' ticks' ELSE '' END $$;

-- Steps by price as text: '0:0.01 1000:0.05'; nothing where one step holds at all prices.
CREATE VIEW instrument_tick_tables AS
    SELECT t.instrument_id, string_agg(trim_scale(decimals(t.from_units, i.price_scale)) || ':'
        || trim_scale(decimals(t.step_units, i.price_scale)), ' ' ORDER BY t.tick_id) AS ticks
    FROM instrument_ticks t JOIN instruments i ON i.instrument_id = t.instrument_id
    WHERE t.step_units > 0 GROUP BY t.instrument_id;

CREATE OR REPLACE VIEW instrument_rules AS
    SELECT i.symbol, a.symbol AS asset, c.symbol AS currency, i.retired = 1 AS retired,
        decimals(i.tick_units, i.price_scale) AS tick,
        decimals(i.lot_units, a.scale) AS lot,
        lots(i.min_qty_lots, i.lot_units, a.scale) AS min_qty,
        decimals(i.max_price_units, i.price_scale) AS max_price,
        decimals(i.min_value_units, c.scale) AS min_value,
        i.maker_ppm, i.taker_ppm, decimals(i.fee_min_units, c.scale) AS min_fee,
        i.protection_ppm, i.protection_ticks, i.protection_rests = 1 AS protection_rests,
        CASE i.self_trade_by WHEN 1 THEN 'account' WHEN 2 THEN 'firm' WHEN 3 THEN 'owner'
            ELSE 'off' END AS self_trade_by,
        CASE i.self_trade_mode WHEN 1 THEN 'cancel_newest' WHEN 2 THEN 'cancel_oldest'
            WHEN 3 THEN 'cancel_both' WHEN 4 THEN 'decrement' ELSE '' END AS self_trade_mode,
        i.allow_hidden = 1 AS hidden, i.allow_whole = 1 AS all_or_none,
        CASE s.method WHEN 1 THEN 'pro_rata' ELSE 'price_time' END AS allocation,
        coalesce(s.top_ppm, 0) AS top_ppm,
        lots(coalesce(s.top_min_lots, 0), i.lot_units, a.scale) AS top_min_qty,
        lots(coalesce(s.top_max_lots, 0), i.lot_units, a.scale) AS top_max_qty,
        lots(coalesce(s.min_lots, 0), i.lot_units, a.scale) AS min_share_qty,
        coalesce(t.ticks, '') AS ticks,
        CASE b.manner WHEN 1 THEN 'refuse' WHEN 2 THEN 'interrupt' ELSE 'off' END AS bands,
        coalesce(band_width(b.static_ppm, b.static_ticks), '') AS static_band,
        coalesce(band_width(b.dynamic_ppm, b.dynamic_ticks), '') AS dynamic_band,
        coalesce(band_width(b.wide_ppm, b.wide_ticks), '') AS wide_band,
        coalesce(b.follows, 0) = 1 AS band_follows
    FROM instruments i JOIN assets a ON a.asset_id = i.asset_id
        JOIN assets c ON c.asset_id = i.currency_id
        LEFT JOIN instrument_allocations s ON s.instrument_id = i.instrument_id
        LEFT JOIN instrument_bands b ON b.instrument_id = i.instrument_id
        LEFT JOIN instrument_tick_tables t ON t.instrument_id = i.instrument_id;
