// The page: which product, what came, what is shown.

import { Book } from '/book.js';
import { Call } from '/call.js';
import { DepthChart, PriceChart, Spark } from '/charts.js';
import { Feed } from '/feed.js';
import { clock, count, decimal, decimals, instant, short, span } from '/format.js';

const TRADE_ROWS = 60;
const LADDER_ROWS = 40;

const $ = (id) => document.getElementById(id);
const say = (id, text) => {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
};

const book = new Book();
const price = new PriceChart($('price-chart'));
const depth = new DepthChart($('depth-chart'));
depth.book = book;

const call = new Call($, say);

const state = {
  products: [],
  product: null, // of /products
  ticker: null,
  trades: [], // newest first
  tradeCnt: 0,
  last: null,
  delays: [], // ms, of the last updates
  bookDirty: true,
  tradesDirty: true,
  tickerDirty: true,
};

// --- light and dark ---

function theme(name) {
  document.documentElement.dataset.theme = name;
  price.dirty = depth.dirty = true;
  Object.values(sparks).forEach((spark) => spark.draw());
}

const sparks = {
  orders: new Spark($('orders-spark')),
  trades: new Spark($('trades-spark'), '--gold'),
  latency: new Spark($('latency-spark'), '--buy'),
  settle: new Spark($('settle-spark'), '--buy'),
  feed: new Spark($('feed-spark')),
};

$('theme').addEventListener('click', () => {
  const next = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light';
  localStorage.setItem('theme', next);
  theme(next);
});
theme(localStorage.getItem('theme') ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'));

// --- what comes ---

function onTrade(message) {
  const ms = instant(message.time);
  const value = Number(message.price);
  state.trades.unshift({ id: message.trade_id, price: message.price, size: message.size, ms, taker: message.side === 'sell' ? 'buy' : 'sell' });
  state.trades.length = Math.min(state.trades.length, TRADE_ROWS);
  price.add(ms, value);
  state.tradeCnt++;
  state.tradesDirty = true;
  state.direction = state.last === null || value === state.last ? state.direction : value > state.last ? 'up' : 'down';
  state.last = value;
}

function onMessage(message) {
  switch (message.type) {
    case 'snapshot':
      book.snapshot(message);
      state.bookDirty = true;
      break;
    case 'l2update':
      if (!book.update(message, performance.now())) {
        feed.again();
      }
      state.delays.push(Date.now() - instant(message.time));
      state.bookDirty = true;
      break;
    case 'match':
      onTrade(message);
      break;
    case 'ticker':
      state.ticker = message;
      state.tickerDirty = true;
      break;
    case 'auction':
      call.message = message;
      state.bookDirty = true; // the middle of a book in a call is the auction's
      break;
    default:
  }
}

const names = { connecting: 'connecting', live: 'live', lost: 'connection lost, trying again' };
const feed = new Feed({
  state(name) {
    $('connection').dataset.state = name;
    say('connection', '');
    $('connection').replaceChildren(document.createElement('i'), Object.assign(document.createElement('b'), { textContent: names[name] }));
    if (name === 'lost') book.sequence = null;
  },
  message: onMessage,
});

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

/** The price line's past: minutes of the last hours, then the last trades one by one. */
async function loadPast(id) {
  const [candles, trades] = await Promise.all([
    get(`/products/${id}/candles?granularity=60`),
    get(`/products/${id}/trades?limit=200`),
  ]);
  if (state.product?.id !== id) return;
  const list = trades.map((t) => [instant(t.time), Number(t.price)]).reverse();
  const from = list.length > 0 ? list[0][0] : Infinity;
  const points = [];
  for (const [start, low, high, open, close] of candles.reverse()) {
    const ms = start * 1000;
    if (ms + 60000 <= from) points.push([ms, open], [ms + 20000, low], [ms + 40000, high], [ms + 59000, close]);
  }
  const until = list.at(-1)?.[0] ?? 0;
  price.set(points.concat(list, price.points.filter(([ms]) => ms > until)));
  if (state.trades.length === 0) {
    state.trades = trades.slice(0, TRADE_ROWS).map((t) => ({ id: t.trade_id, price: t.price, size: t.size, ms: instant(t.time), taker: t.side === 'sell' ? 'buy' : 'sell' }));
    state.tradesDirty = true;
  }
}

function choose(id) {
  const product = state.products.find((p) => p.id === id) ?? state.products[0];
  state.product = product;
  state.ticker = null;
  state.last = null;
  state.direction = undefined;
  state.trades = [];
  state.tradeCnt = 0;
  book.clear();
  call.message = null;
  price.set([]);
  const places = decimals(product.quote_increment);
  price.format = depth.format = (value) => decimal(value.toFixed(places), places);
  $('product').value = product.id;
  localStorage.setItem('product', product.id);
  state.bookDirty = state.tradesDirty = state.tickerDirty = true;
  feed.open(product.id);
  loadPast(product.id).catch(() => {});
}

async function start() {
  try {
    state.products = (await get('/products')).filter((p) => p.status !== 'delisted');
  } catch {
    setTimeout(start, 1000);
    return;
  }
  $('product').replaceChildren(...state.products.map((p) => new Option(p.display_name, p.id)));
  const wanted = decodeURIComponent(location.hash.slice(1)) || localStorage.getItem('product');
  choose(wanted);
}

$('product').addEventListener('change', (event) => choose(event.target.value));
$('ranges').addEventListener('click', (event) => {
  const minutes = Number(event.target.dataset.minutes);
  if (!minutes) return;
  for (const button of $('ranges').children) {
    button.setAttribute('aria-pressed', String(button === event.target));
  }
  price.minutes = minutes;
  price.dirty = true;
});

// --- what is shown ---

function makeRows(parent, n) {
  return Array.from({ length: n }, () => {
    const row = document.createElement('div');
    row.className = 'row empty';
    row.append(document.createElement('span'), document.createElement('span'), document.createElement('span'));
    parent.append(row);
    return row;
  });
}

const askRows = makeRows($('asks'), LADDER_ROWS);
const bidRows = makeRows($('bids'), LADDER_ROWS);

/** Decimals that the sizes of a column need, so that their points stand below each other. */
function sizePlaces(texts) {
  return texts.reduce((most, text) => Math.max(most, decimals(decimal(text))), 0);
}

function showSide(rows, list, shown, places, most, now) {
  const sizes = sizePlaces(list.slice(0, shown).map((level) => level.sizeText));
  rows.forEach((row, i) => {
    const level = i < shown ? list[i] : undefined;
    const name = level ? (now - level.changed < 120 && level.changed > 0 ? 'row touched' : 'row') : 'row empty';
    if (row.className !== name) row.className = name;
    if (!level) return;
    const [a, b, c] = row.children;
    a.textContent = decimal(level.text, places);
    b.textContent = decimal(level.sizeText, sizes);
    c.textContent = short(level.total);
    row.style.setProperty('--part', Math.min(level.total / most, 1).toFixed(4));
  });
}

function showBook(now) {
  const bids = book.bids.list(), asks = book.asks.list();
  const places = decimals(state.product.quote_increment);
  const shown = Math.max(1, Math.floor($('bids').clientHeight / 20));
  const most = Math.max(bids[Math.min(shown, bids.length) - 1]?.total ?? 0, asks[Math.min(shown, asks.length) - 1]?.total ?? 0) || 1;
  showSide(bidRows, bids, shown, places, most, now);
  showSide(askRows, asks, shown, places, most, now);
  call.show(state.product, places, book);
  say('mid-note', call.on ? 'indicative' : 'mid');
  if (call.on) {
    say('mid', call.price(places));
    say('spread', '–');
  } else if (bids.length > 0 && asks.length > 0 && bids[0].price < asks[0].price) { // a halted call's book is crossed
    const mid = (bids[0].price + asks[0].price) / 2;
    const spread = asks[0].price - bids[0].price;
    say('mid', decimal(mid.toFixed(places + 1), places));
    say('spread', `${decimal(spread.toFixed(places), places)}  (${(spread / mid * 1e4).toFixed(1)} bp)`);
  } else {
    say('mid', '–');
    say('spread', '–');
  }
  say('sequence', book.sequence === null ? '' : `#${count(book.sequence)}`);
  say('depth-note', `${count(bids.length)} bids · ${count(asks.length)} asks`);
  depth.dirty = true;
}

function showTrades() {
  const list = $('trades');
  const places = decimals(state.product.quote_increment);
  const newest = list.firstElementChild?.dataset.id;
  if (state.trades.length === 0) {
    list.replaceChildren();
  } else {
    const fresh = state.trades.findIndex((t) => String(t.id) === newest);
    const sizes = sizePlaces(state.trades.map((t) => t.size));
    list.replaceChildren(...state.trades.map((t, i) => {
      const row = document.createElement('li');
      row.className = `row ${t.taker}${newest !== undefined && (fresh < 0 || i < fresh) ? ' fresh' : ''}`;
      row.dataset.id = t.id;
      for (const text of [decimal(t.price, places), decimal(t.size, sizes), clock(t.ms)]) {
        row.append(Object.assign(document.createElement('span'), { textContent: text }));
      }
      return row;
    }));
  }
  say('trade-count', state.tradeCnt > 0 ? `${count(state.tradeCnt)} seen` : '');
}

function showTicker() {
  const t = state.ticker, p = state.product;
  const places = decimals(p.quote_increment);
  const value = t ? t.price : undefined;
  say('last', decimal(value, places));
  $('last').className = state.direction ?? '';
  say('unit', p.quote_currency);
  if (!t) {
    for (const id of ['high', 'low', 'volume']) say(id, '–');
    say('change', '');
    return;
  }
  const open = Number(t.open_24h);
  const change = open > 0 ? (Number(t.price) / open - 1) * 100 : 0;
  say('change', `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)} %`);
  $('change').className = `change ${change < 0 ? 'down' : 'up'}`;
  say('high', decimal(t.high_24h, places));
  say('low', decimal(t.low_24h, places));
  say('volume', `${short(Number(t.volume_24h))} ${p.base_currency}`);
  document.title = `${decimal(value, places)} ${p.display_name} · Assay`;
}

let drawn = 0;
function frame(now) {
  requestAnimationFrame(frame);
  if (!state.product || now - drawn < 33) return; // 30 pictures a second are enough
  drawn = now;
  if (state.bookDirty) showBook(now);
  if (state.tradesDirty) showTrades();
  if (state.tickerDirty || state.tradesDirty) showTicker();
  state.bookDirty = state.tradesDirty = state.tickerDirty = false;
  if (price.dirty || Date.now() - price.drawnAt > 1000) {
    price.drawnAt = Date.now();
    price.draw(Date.now());
  }
  if (depth.dirty) depth.draw();
}

// --- how the venue is doing ---

function showSpan(id, ns, unit = `${id}-unit`) {
  const [text, name] = span(ns);
  say(id, text);
  say(unit, name);
}

function rate(before, now, key) {
  return before && now[key] !== null && before[key] !== null ? (now[key] - before[key]) / ((now.at - before.at) / 1000) : null;
}

function showRate(id, value, total, what) {
  say(`${id}-rate`, value === null ? '–' : value < 10 && value > 0 ? value.toFixed(1) : count(value));
  say(`${id}-total`, total === null ? '' : `${count(total)} ${what}`);
  sparks[id].add(value ?? 0);
}

function showDelay() {
  if (state.delays.length === 0) {
    sparks.latency.add(0);
    return;
  }
  const sorted = state.delays.sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  showSpan('latency', Math.max(at(.5), 0) * 1e6);
  say('latency-note', `p99 ${span(Math.max(at(.99), 0) * 1e6).join(' ')}, durable`);
  sparks.latency.add(Math.max(at(.5), 0));
  state.delays = [];
}

let before = null;
async function status() {
  let s;
  try {
    s = await get('/status');
  } catch {
    return;
  }
  s.at = performance.now();
  say('venue', s.venue);
  showRate('orders', s.orders_per_second ?? rate(before, s, 'orders_total'), s.orders_total, 'in all');
  showRate('trades', s.trades_per_second ?? rate(before, s, 'trades_total'), s.trades_total, 'in all');
  showDelay();
  if (s.order_answer_p50_ns > 0) {
    showSpan('answer', s.order_answer_p50_ns);
    say('answer-note', `p99 ${span(s.order_answer_p99_ns).join(' ')}, durable`);
  }
  const tile = $('settle').closest('.tile');
  const down = s.settle_up === 0 || s.settle_database_up === 0;
  tile.classList.toggle('bad', down);
  if (s.settle_lag_ms !== null && !down) {
    showSpan('settle', s.settle_lag_ms * 1e6);
    sparks.settle.add(s.settle_lag_ms);
  } else {
    say('settle', down ? 'down' : '–');
    say('settle-unit', '');
  }
  const behind = s.settle_seq !== null && s.released_seq !== null ? s.released_seq - s.settle_seq : null;
  say('settle-note', down ? (s.settle_database_up === 0 ? 'database not reached, trading goes on' : 'writer not running, trading goes on')
    : behind === null ? 'no settlement writer seen' : behind <= 0 ? 'all events are in the books' : `${count(behind)} events behind`);
  const out = rate(before, s, 'messages_out_total');
  say('clients', count(s.websocket_clients));
  say('feed-note', out === null ? '' : `${count(out)} messages/s out`);
  sparks.feed.add(out ?? 0);
  before = s;
}

start();
requestAnimationFrame(frame);
status();
setInterval(status, 1000);
