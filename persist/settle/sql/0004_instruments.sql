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
    ADD COLUMN allow_hidden smallint NOT NULL DEFAULT 0;

-- The same with names and in decimals.
CREATE VIEW instrument_rules AS
    SELECT i.symbol, a.symbol AS asset, c.symbol AS currency, i.retired = 1 AS retired,
        decimals(i.tick_units, i.price_scale) AS tick,
        decimals(i.lot_units, a.scale) AS lot,
        round(i.min_qty_lots::numeric * i.lot_units / power(10::numeric, a.scale), a.scale) AS min_qty,
        decimals(i.max_price_units, i.price_scale) AS max_price,
        decimals(i.min_value_units, c.scale) AS min_value,
        i.maker_ppm, i.taker_ppm, decimals(i.fee_min_units, c.scale) AS min_fee,
        i.protection_ppm, i.protection_ticks, i.protection_rests = 1 AS protection_rests,
        CASE i.self_trade_by WHEN 1 THEN 'account' WHEN 2 THEN 'firm' WHEN 3 THEN 'owner'
            ELSE 'off' END AS self_trade_by,
        CASE i.self_trade_mode WHEN 1 THEN 'cancel_newest' WHEN 2 THEN 'cancel_oldest'
            WHEN 3 THEN 'cancel_both' WHEN 4 THEN 'decrement' ELSE '' END AS self_trade_mode,
        i.allow_hidden = 1 AS hidden
    FROM instruments i JOIN assets a ON a.asset_id = i.asset_id
        JOIN assets c ON c.asset_id = i.currency_id;
