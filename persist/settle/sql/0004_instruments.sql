-- What an instrument takes beside its units, as in its newest definition.

ALTER TABLE instruments
    ADD COLUMN min_qty_lots bigint NOT NULL DEFAULT 0,
    ADD COLUMN max_price_units bigint NOT NULL DEFAULT 0,
    ADD COLUMN min_value_units bigint NOT NULL DEFAULT 0,  -- least value of an order, in currency; 0 = none
    ADD COLUMN fee_min_units bigint NOT NULL DEFAULT 0,  -- of an order that trades
    ADD COLUMN protection_ppm bigint NOT NULL DEFAULT 0,  -- bound of a market order around the reference
    ADD COLUMN protection_ticks bigint NOT NULL DEFAULT 0,  -- protection points; 0 = none
    ADD COLUMN protection_rests smallint NOT NULL DEFAULT 0,  -- 1: what is left at them rests
    ADD COLUMN ord_type_mask bigint NOT NULL DEFAULT 0,  -- bit n = ord_type n; 0 = all
    ADD COLUMN self_trade_by smallint NOT NULL DEFAULT 0,  -- 0 off, 1 account, 2 firm, 3 owner
    ADD COLUMN self_trade_mode smallint NOT NULL DEFAULT 0,  -- 1 cancel newest, 2 oldest, 3 both, 4 decrement
    ADD COLUMN allow_hidden smallint NOT NULL DEFAULT 0,
    ADD COLUMN allow_whole smallint NOT NULL DEFAULT 0;  -- 1: takes all-or-none orders

-- How a trade is shared among the orders at a price; an instrument without a row: by time.
CREATE TABLE instrument_allocations (
    instrument_id bigint PRIMARY KEY,
    method smallint NOT NULL,  -- 0 by price and time, 1 pro rata
    top_ppm bigint NOT NULL,  -- of what is to trade, to the top order first; 0 = there is none
    top_min_lots bigint NOT NULL,  -- smaller orders are not the top order
    top_max_lots bigint NOT NULL,  -- most that it gets first; 0 = no maximum
    min_lots bigint NOT NULL,  -- smaller shares are none
    event_seq bigint NOT NULL
);

-- Lots as a quantity of the asset.
CREATE FUNCTION lots(cnt bigint, lot_units bigint, scale integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT round(cnt::numeric * lot_units / power(10::numeric, scale), scale) $$;

-- The same with names and in decimals.
CREATE VIEW instrument_rules AS
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
        lots(coalesce(s.min_lots, 0), i.lot_units, a.scale) AS min_share_qty
    FROM instruments i JOIN assets a ON a.asset_id = i.asset_id
        JOIN assets c ON c.asset_id = i.currency_id
        LEFT JOIN instrument_allocations s ON s.instrument_id = i.instrument_id;
