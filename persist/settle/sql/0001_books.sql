-- The books and records. Written by one settlement writer, in the order of the event stream; every
-- row names the event that it comes from. Amounts are whole numbers of the smallest unit (views give
-- decimals), times are nanoseconds since 1970-01-01 UTC, ids are the venue's.

-- How far the books are. Moved in the transaction that writes the rows of those events, so that
-- every event is in the books exactly once.
CREATE TABLE checkpoint (
    one              boolean PRIMARY KEY DEFAULT true CHECK (one),
    last_seq         bigint NOT NULL DEFAULT 0,   -- last event in the books
    epoch            bigint NOT NULL DEFAULT 0,   -- start of the venue that wrote it
    chain_head       bytea  NOT NULL DEFAULT ''::bytea, -- journal chain at or after it
    last_time_ns     bigint NOT NULL DEFAULT 0,
    business_day     date,
    venue            text   NOT NULL DEFAULT '',
    fee_account_id   bigint NOT NULL DEFAULT 0,
    issue_account_id bigint NOT NULL DEFAULT 0,
    fill_cnt         bigint NOT NULL DEFAULT 0,
    committed_at     timestamptz NOT NULL DEFAULT now()
);
INSERT INTO checkpoint DEFAULT VALUES;

-- Moves the checkpoint, or fails the whole transaction when another writer has moved it.
CREATE FUNCTION checkpoint_advance(from_seq bigint, to_seq bigint, to_epoch bigint, head bytea,
    at_ns bigint, day date, venue_name text, fee_account bigint, issue_account bigint,
    fills_added bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE checkpoint SET last_seq = to_seq, epoch = to_epoch, chain_head = head,
        last_time_ns = at_ns, business_day = day, venue = venue_name,
        fee_account_id = fee_account, issue_account_id = issue_account,
        fill_cnt = fill_cnt + fills_added, committed_at = now()
    WHERE last_seq = from_seq;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the checkpoint is not at event % any more: another writer is at work',
            from_seq USING ERRCODE = 'ASL01';
    END IF;
END $$;

-- Reference data: the newest state.
CREATE TABLE assets (
    asset_id  bigint PRIMARY KEY,
    scale     smallint NOT NULL,  -- decimals of the smallest unit
    kind      smallint NOT NULL,  -- 1 cash, 2 security or token
    symbol    text NOT NULL,
    event_seq bigint NOT NULL
);

CREATE TABLE instruments (
    instrument_id bigint PRIMARY KEY,
    asset_id      bigint NOT NULL,    -- what is traded
    currency_id   bigint NOT NULL,    -- what pays for it
    symbol        text NOT NULL,
    price_scale   smallint NOT NULL,  -- decimals of the price unit
    settle_cycle  smallint NOT NULL,  -- 0 = at the fill, n = T+n
    state         smallint NOT NULL,
    retired       smallint NOT NULL,
    tick_units    bigint NOT NULL,
    lot_units     bigint NOT NULL,
    maker_ppm     bigint NOT NULL,
    taker_ppm     bigint NOT NULL,
    event_seq     bigint NOT NULL
);

CREATE TABLE accounts (
    account_id  bigint PRIMARY KEY,
    tenant_id   integer NOT NULL,
    firm_id     bigint NOT NULL,
    owner_group bigint NOT NULL,
    status      smallint NOT NULL,  -- 1 active, 2 suspended, 3 closing
    kind        smallint NOT NULL,  -- 1 client, 2 the venue's own, 3 contra of deposits
    event_seq   bigint NOT NULL
);

CREATE TABLE account_profiles (
    account_id bigint PRIMARY KEY,
    status     smallint NOT NULL,
    frozen     smallint NOT NULL,  -- bit 1 buying, bit 2 selling
    kyc_level  integer NOT NULL,
    event_seq  bigint NOT NULL
);

-- Names come from the venue's configuration: the event stream carries none.
CREATE TABLE account_names (
    account_id bigint PRIMARY KEY,
    name       text NOT NULL
);

CREATE TABLE epochs (
    epoch      bigint PRIMARY KEY,
    event_seq  bigint NOT NULL,
    time_ns    bigint NOT NULL,
    unclean    smallint NOT NULL,  -- 1: the run before did not end in order
    tail_lost  smallint NOT NULL   -- 1: acknowledged events may be missing (async durability)
);

CREATE TABLE reasons (
    reason smallint PRIMARY KEY,
    name   text NOT NULL,
    text   text NOT NULL
);

-- One row per match.
CREATE TABLE fills (
    event_seq       bigint PRIMARY KEY,
    time_ns         bigint NOT NULL,
    trade_id        bigint,
    trade_day       date,
    settle_day      date,              -- trade_day and settle_cycle weekdays
    instrument_id   bigint NOT NULL,
    asset_id        bigint NOT NULL,
    currency_id     bigint NOT NULL,
    price_units     bigint NOT NULL,
    qty_lots        bigint NOT NULL,
    qty_units       bigint NOT NULL,
    notional_units  bigint NOT NULL,
    buy_order_id    bigint NOT NULL,
    buy_account_id  bigint NOT NULL,
    buy_fee_units   bigint NOT NULL,
    sell_order_id   bigint NOT NULL,
    sell_account_id bigint NOT NULL,
    sell_fee_units  bigint NOT NULL,
    aggressor       smallint NOT NULL, -- 1 buy, 2 sell, 0 neither
    settle_cycle    smallint NOT NULL,
    buy_client_id   text NOT NULL,
    sell_client_id  text NOT NULL
);

-- Double entry, one row per leg; the legs of an event add up to zero per asset.
CREATE TABLE postings (
    event_seq    bigint NOT NULL,
    time_ns      bigint NOT NULL,
    account_id   bigint NOT NULL,
    asset_id     bigint NOT NULL,
    amount_units bigint NOT NULL,      -- positive: the account receives
    leg          smallint NOT NULL,    -- persist/settle/batch.h, enum settle_leg
    kind         smallint NOT NULL,    -- posting_kinds
    book         smallint NOT NULL,    -- 1 settled, 2 pending
    PRIMARY KEY (event_seq, leg)
);

CREATE TABLE posting_kinds (
    kind smallint PRIMARY KEY,
    name text NOT NULL
);
INSERT INTO posting_kinds VALUES
    (1, 'trade'), (2, 'fee'), (64, 'deposit'), (65, 'withdrawal'), (66, 'withdrawal'),
    (67, 'transfer'), (68, 'settlement');

-- What moved other than by a fill.
CREATE TABLE movements (
    event_seq         bigint PRIMARY KEY,
    time_ns           bigint NOT NULL,
    kind              smallint NOT NULL,
    debit_account_id  bigint NOT NULL,
    credit_account_id bigint NOT NULL,
    asset_id          bigint NOT NULL,
    amount_units      bigint NOT NULL,
    ref               bigint NOT NULL,   -- withdrawal id, or 0
    actor_id          bigint NOT NULL,
    client_id         text NOT NULL
);

CREATE TABLE withdrawals (
    withdrawal_id bigint PRIMARY KEY,    -- event that requested it
    account_id    bigint NOT NULL,
    asset_id      bigint NOT NULL,
    amount_units  bigint NOT NULL,
    state         smallint NOT NULL,     -- 1 requested, 2 confirmed, 3 canceled
    actor_id      bigint NOT NULL,
    client_id     text NOT NULL,
    event_seq     bigint NOT NULL
);

-- The newest state, as the events say it. Room on each page keeps updates off the index.
CREATE TABLE balances (
    account_id        bigint NOT NULL,
    asset_id          bigint NOT NULL,
    settled_units     bigint NOT NULL,
    held_units        bigint NOT NULL,
    pending_in_units  bigint NOT NULL,
    pending_out_units bigint NOT NULL,
    event_seq         bigint NOT NULL,
    PRIMARY KEY (account_id, asset_id)
) WITH (fillfactor = 50);

-- Orders that have ended, in their last state. Open ones live in the venue only.
CREATE TABLE orders (
    order_id      bigint PRIMARY KEY,
    event_seq     bigint NOT NULL,      -- event that ended it
    time_ns       bigint NOT NULL,
    account_id    bigint NOT NULL,
    instrument_id bigint NOT NULL,
    session_id    bigint NOT NULL,
    price_units   bigint NOT NULL,      -- limit; 0 = market
    qty_lots      bigint NOT NULL,
    cum_lots      bigint NOT NULL,      -- filled
    cum_cost      bigint NOT NULL,      -- sum of price_units * lots of its fills
    side          smallint NOT NULL,
    ord_type      smallint NOT NULL,
    time_in_force smallint NOT NULL,
    status        smallint NOT NULL,    -- 3 filled, 4 canceled, 5 expired
    reason        smallint NOT NULL,    -- why canceled
    client_id     text NOT NULL
);

-- Refused orders, cancels and commands.
CREATE TABLE rejects (
    event_seq     bigint PRIMARY KEY,
    time_ns       bigint NOT NULL,
    account_id    bigint NOT NULL,
    instrument_id bigint NOT NULL,
    session_id    bigint NOT NULL,
    order_id      bigint NOT NULL,
    price_units   bigint NOT NULL,
    qty_lots      bigint NOT NULL,
    actor_id      bigint NOT NULL,
    reason        smallint NOT NULL,
    command_type  smallint NOT NULL,
    side          smallint NOT NULL,
    client_id     text NOT NULL
);

-- What risk and compliance flagged, held or refused, with the compared figures.
CREATE TABLE decisions (
    event_seq     bigint PRIMARY KEY,
    time_ns       bigint NOT NULL,
    order_id      bigint NOT NULL,
    account_id    bigint NOT NULL,
    instrument_id bigint NOT NULL,
    actual        bigint NOT NULL,
    limit_value   bigint NOT NULL,
    evaluated     bigint NOT NULL,      -- bit n: rule n was evaluated
    failed        bigint NOT NULL,      -- bit n: rule n failed
    policy        bigint NOT NULL,
    stage         smallint NOT NULL,
    verdict       smallint NOT NULL,    -- 1 flag, 2 hold, 3 reject
    rule          integer NOT NULL,
    reason        smallint NOT NULL
);

-- Rows come in the order of events: block ranges find a run of them for nearly nothing.
CREATE INDEX orders_event_seq ON orders USING brin (event_seq) WITH (pages_per_range = 32);
CREATE INDEX fills_time ON fills USING brin (time_ns) WITH (pages_per_range = 32);
CREATE INDEX postings_time ON postings USING brin (time_ns) WITH (pages_per_range = 32);
