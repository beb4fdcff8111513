#!/usr/bin/env node
// QuickFIX (account 101) trades with ccxt (account 201) and with orders over WebSocket (account 202)
// on one venue, while its processes are killed. Called by quickfix_and_ccxt.sh, which gives:
//   DATA of the running venue, the program of the QuickFIX CLIENT, a folder for its STORE, SEED

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ccxt, exchange, watcher } from '../ws/lib/clients.mjs';
import { QuickFix } from '../ws/lib/quickfix.mjs';
import { Recorder, SocketTrader } from '../ws/lib/sockets.mjs';
import { done, equal, pause, test, truly, until } from '../ws/lib/tap.mjs';
import { KEYS } from '../ws/lib/venue.mjs';

const [data, client, store, seed] = process.argv.slice(2);
const KILLS = Number(process.env.ASSAY_KILLS ?? 2);
const SYMBOL = 'ETH/AUD', PRODUCT = 'ETH-AUD';
const FIX_ACCOUNT = '101';
const read = (file) => readFileSync(`${data}/${file}`, 'utf8').trim();
const at = { http: `http://${read('run/api.address')}`, ws: `ws://${read('run/api.address')}` };
console.log(`# seed ${seed}`);

let random = Number(seed) >>> 0;
/** A number in [0, n): the same ones again from the same seed. */
function draw(n) {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0; // Numerical Recipes 7.1, modulo 2^32
  return Math.floor((random / 4294967296) * n);
}

function sql(query) {
  const out = execFileSync('psql', ['-AtX', read('postgres/url'), '-c', query], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return out.trim().split('\n').filter((row) => row !== '').map((row) => row.split('|'));
}

/** Process ids of a role: none while `assay up` starts it again, two while the old one still ends. */
function pids(role) {
  try {
    return execFileSync('pgrep', ['-f', `run ${role} --data ${data}`], { encoding: 'utf8' }).trim().split('\n').map(Number);
  } catch {
    return [];
  }
}

/** The process id of a role, as soon as exactly one runs: process.kill(0) would end this test itself. */
const onlyPid = (role, but) => until(`one ${role}`, () => {
  const found = pids(role);
  return found.length === 1 && found[0] !== but && found[0];
}, 60);

/** Kills the process of a role, as a fault does; waits until `assay up` has started another one. */
async function kill(role) {
  const old = await onlyPid(role);
  process.kill(old, 'SIGKILL');
  await onlyPid(role, old);
}

// --- the two sides ---

const fix = new QuickFix(client, read('run/fix.address').replace(/.*:/, ''), 'CLIENT1', store);
const rest = exchange(at, KEYS[0]);
const socket = new SocketTrader(at.ws, KEYS[1]);
const recorders = [
  new Recorder(at.ws, KEYS[0], ['user', 'balance'], PRODUCT),
  new Recorder(at.ws, KEYS[1], ['user', 'balance'], PRODUCT),
  new Recorder(at.ws, null, ['matches'], PRODUCT),
];
const watching = await watcher(at, KEYS[0]);

/** What ccxt's watchers were told, whatever breaks in between. */
const watched = { trades: new Map(), orders: new Map(), breaks: 0, stop: false };

async function watch(next, keep) {
  while (!watched.stop) {
    try {
      (await next()).forEach(keep);
    } catch {
      watched.breaks++;
      await pause();
    }
  }
}
const watchers = [
  watch(() => watching.watchMyTrades(SYMBOL), (trade) => watched.trades.set(trade.id, trade)),
  watch(() => watching.watchOrders(SYMBOL), (order) => watched.orders.set(order.id, order)),
];

/** ccxt's orders: what was sent, and the id of what was acknowledged. */
const ccxtOrders = { sent: new Map(), acked: new Map(), errors: new Map() };

async function ccxtOrder(id, side, amount, price) {
  ccxtOrders.sent.set(id, [side, amount, price]);
  const order = await rest.createOrder(SYMBOL, 'limit', side, amount, price, { clientOrderId: id });
  ccxtOrders.acked.set(id, order.id);
  return order;
}

// --- orders that flow under faults ---

const flow = { on: true };
const price = () => 4700 + draw(5);
const size = () => `0.0${1 + draw(9)}`;

/** QuickFIX buys and the others sell, so that every fill is between two worlds. */
async function flowFix() {
  for (let n = 0; flow.on; n++) {
    fix.order(`q-${n}`, 'buy', PRODUCT, size(), String(price()));
    await until('not too much under way', () => !flow.on || fix.sent.size - fix.orders.size < 5, 120);
  }
}

/** Sellers go no further ahead of the buyer than their accounts may have orders open. */
const keepPace = () => until('the buyer keeps up', () => !flow.on || counts().ccxt + counts().socket - counts().fix < 100, 120);

async function flowCcxt(worker) {
  for (let n = 0; flow.on; n++) {
    await keepPace();
    try {
      await ccxtOrder(`c-${worker}-${n}`, 'sell', Number(size()), price());
    } catch (error) {
      if (!(error instanceof ccxt.NetworkError)) throw error;
      ccxtOrders.errors.set(error.constructor.name, (ccxtOrders.errors.get(error.constructor.name) ?? 0) + 1);
      await pause();
    }
  }
}

async function flowSocket() {
  for (let n = 0; flow.on; n++) {
    await keepPace();
    if ((await socket.order(`w-${n}`, 'sell', PRODUCT, size(), String(price()))).type !== 'ack') await pause();
  }
}

const counts = () => ({ fix: fix.orders.size, ccxt: ccxtOrders.acked.size, socket: socket.acked.size, fills: fix.fills.size });

/** Both sides trade: more orders of each are acknowledged, and more fills told. */
async function bothTrade(what, more = 30) {
  const before = counts();
  try {
    await until(what, () => Object.entries(counts()).every(([key, n]) => n >= before[key] + more), 60);
  } catch (error) {
    const metrics = await (await fetch(`${at.http}/metrics`)).text();
    const place = metrics.match(/^assay_(fanout_(ready|last_seq|venue_seq|gaps_total)|released_event_seq)\b.*$/gm);
    throw new Error(`${error.message}: before ${JSON.stringify(before)}, now ${JSON.stringify(counts())}; ${place}`);
  }
}

// --- what both sides must agree on ---

const cents = (text) => Math.round(Number(text) * 100);
const units = (text) => Math.round(Number(text) * 1e8);

/** The fill of QuickFIX's report as the books hold it. */
async function sameFill(exec, fill, trade) {
  equal([trade.price, trade.amount].map(Number), [fill.price, fill.qty].map(Number), 'price and quantity of both sides');
  equal(trade.side, fill.side === 'buy' ? 'sell' : 'buy', 'sides');
  equal(trade.takerOrMaker, fill.maker ? 'taker' : 'maker', 'one is the maker, one the taker');
  const value = fill.price * fill.qty;
  for (const [fee, maker] of [[fill.fee, fill.maker], [trade.fee.cost, !fill.maker]]) {
    equal(cents(fee), Math.ceil(Number((value * (maker ? 0.1 : 0.2)).toFixed(6))), `fee in cents of the ${maker ? 'maker' : 'taker'}`);
  }
  const query = `select event_seq * 2 + ${fill.side === 'buy' ? 0 : 1} from fills where trade_id = ${trade.id}`;
  equal(await until('the fill is in the books', () => sql(query)[0]), [exec], 'the ExecID of the trade id, by way of the books');
}

async function tradeOf(order) {
  return until(`ccxt's fill of ${order}`, async () => (await rest.fetchMyTrades(SYMBOL)).find((t) => t.order === order));
}

/** All fills that ccxt's interface tells an account, by trade id. */
async function allTrades(key) {
  const account = exchange(at, key);
  const all = new Map();
  for (let params = {}; ;) {
    const page = await account.fetchMyTrades(SYMBOL, undefined, 1000, params);
    page.forEach((t) => all.set(t.id, t));
    if (page.length < 1000) return all;
    params = { after: String(Math.min(...page.map((t) => Number(t.id)))) };
  }
}

/** A row of the books against what the two parties of the fill were told. */
function compareRow(row, trades) {
  const [seq, tradeId, buyer, priceUnits, qtyUnits, buyFee, sellFee] = row;
  const exec = String(Number(seq) * 2 + (buyer === FIX_ACCOUNT ? 0 : 1));
  const fill = fix.fills.get(exec), trade = trades.get(tradeId);
  truly(fill !== undefined, `QuickFIX was not told of ExecID ${exec}`);
  truly(trade !== undefined, `trade ${tradeId} is not among the fills of accounts 201 and 202`);
  const [fixFee, otherFee] = buyer === FIX_ACCOUNT ? [buyFee, sellFee] : [sellFee, buyFee];
  equal([cents(fill.price), units(fill.qty), cents(fill.fee)].map(String), [priceUnits, qtyUnits, fixFee], `ExecID ${exec}`);
  equal([cents(trade.price), units(trade.amount), cents(trade.fee.cost)].map(String), [priceUnits, qtyUnits, otherFee], `trade ${tradeId}`);
}

// --- the story ---

await fix.ready();
await Promise.all([socket.ready(), ...recorders.map((r) => r.ready())]);

await test('QuickFIX rests, ccxt hits it', async () => {
  fix.order('one', 'buy', PRODUCT, '0.5', '4690');
  await until('QuickFIX is told that it rests', () => fix.orders.has('one'));
  const order = await ccxtOrder('one', 'sell', 0.2, 4690);
  equal([order.status, order.filled], ['closed', 0.2], "ccxt's order");
  const fill = await fix.fill('one');
  equal([fill.maker, Number(fill.price), Number(fill.qty)], [true, 4690, 0.2], 'fill');
  await sameFill(fill.exec, fill, await tradeOf(order.id));
});

await test('ccxt rests, QuickFIX hits it', async () => {
  const order = await ccxtOrder('two', 'sell', 0.35, 4710.55);
  equal([order.status, order.filled], ['open', 0], "ccxt's order");
  fix.order('two', 'buy', PRODUCT, '0.35', '4710.55');
  const fill = await fix.fill('two');
  equal(fill.maker, false, 'QuickFIX is the taker');
  await sameFill(fill.exec, fill, await tradeOf(order.id));
  await until('the watchers saw it', () => [...watched.trades.values()].some((t) => t.order === order.id) && watched.orders.get(order.id)?.status === 'closed');
});

const flows = [flowFix(), flowCcxt(1), flowCcxt(2), flowSocket()];
const flowing = Promise.all(flows);
flowing.catch(() => {}); // told at its end

await test('all of them trade', () => bothTrade('trades'));

await test('trading goes on without PostgreSQL, which comes back', async () => {
  process.kill(Number(read('postgres/data/postmaster.pid').split('\n')[0]), 'SIGQUIT');
  await bothTrade('trades without PostgreSQL');
  await until('PostgreSQL', () => {
    try {
      return sql('select 1').length === 1;
    } catch {
      return false;
    }
  }, 90);
});

await test('trading goes on when the settlement writer is killed', async () => {
  await kill('settle');
  await bothTrade('trades');
});

await test('ccxt, its watchers and WebSocket orders come back when the fan-out is killed', async () => {
  const breaks = watched.breaks, seen = watched.trades.size;
  await kill('fanout');
  await bothTrade('trades');
  truly(watched.breaks > breaks, 'the watchers were not disconnected');
  await until('the watchers see trades again', () => watched.trades.size > seen + 5);
});

for (let n = 1; n <= KILLS; n++) {
  await test(`all trade again when the engine was killed: ${n}`, async () => {
    const seen = watched.trades.size;
    await kill('engine');
    await bothTrade('trades');
    await until('the watchers see trades again', () => watched.trades.size > seen + 5);
  });
}

await test('no order was refused for anything but the faults', async () => {
  flow.on = false;
  await flowing;
  equal([socket.problems, fix.problems], [[], []], 'problems');
});

/** Every order of an account is there under its client id; one without an answer is sent again, and is the same after that. */
async function allAreThere(account, orders, again) {
  for (const id of orders.sent.keys()) {
    const told = orders.acked.get(id);
    const answer = await again(id);
    const found = await account.fetchOrder(undefined, SYMBOL, { clientOrderId: id });
    equal([answer, found.id], [told ?? found.id, told ?? found.id], `order of ${id}, sent again and asked for`);
  }
}

await test('what ccxt saw acknowledged is there', () => allAreThere(rest, ccxtOrders, async (id) => (await ccxtOrder(id, ...ccxtOrders.sent.get(id))).id));

await test('what a WebSocket client saw acknowledged is there', () => allAreThere(exchange(at, KEYS[1]), socket, async (id) => (await socket.ask(id)).order.id));

await test('what QuickFIX saw acknowledged is there', async () => {
  for (const [id, order] of await fix.allAgain()) equal(order, fix.orders.get(id), `order of ${id}, sent again`);
});

/** Until the books hold everything that was released; every row of a query then. */
async function settled(query) {
  const status = () => execFileSync(process.env.ASSAY_BIN, ['ctl', '--data', data, '--json', 'status'], { encoding: 'utf8' });
  const released = Number(status().match(/"event_seq":(\d+)/)[1]);
  await until('the books are up to date', () => Number(sql('select last_seq from checkpoint')[0][0]) >= released, 60);
  return sql(query);
}

await test('no order was taken twice', async () => {
  await Promise.all([rest, exchange(at, KEYS[1])].map((account) => account.cancelAllOrders(SYMBOL)));
  const rows = await settled(`select account_id, count(*), count(distinct client_id) from orders where account_id <> ${FIX_ACCOUNT} group by 1 order by 1`);
  const expected = [[KEYS[0], ccxtOrders], [KEYS[1], socket]].map(([key, { sent }]) => [key.account, String(sent.size), String(sent.size)]);
  equal(rows, expected, 'ended orders and their client ids, by account');
});

await test('the books hold each fill once, as both sides were told', async () => {
  const rows = await settled('select event_seq, trade_id, buy_account_id, price_units, qty_units, buy_fee_units, sell_fee_units from fills order by 1');
  await until('QuickFIX is told of every fill', () => fix.fills.size >= rows.length, 30);
  const trades = new Map([...await allTrades(KEYS[0]), ...await allTrades(KEYS[1])]);
  equal([fix.fills.size, trades.size, new Set(rows.map((r) => r[1])).size], [rows.length, rows.length, rows.length], 'fills of each side');
  rows.forEach((row) => compareRow(row, trades));
});

await test('no number of any stream was used twice', () => {
  equal([fix.problems, ...recorders.map((r) => r.problems)], [[], [], [], []], 'problems');
  truly(recorders.every((r) => r.connects >= 2 && r.seen.size > 100), `the recorders saw ${recorders.map((r) => r.seen.size)}`);
});

await test('what ccxt watched agrees with what it asks for', async () => {
  const trades = await allTrades(KEYS[0]);
  for (const [id, t] of watched.trades) {
    equal([t.order, t.price, t.amount], [trades.get(id)?.order, trades.get(id)?.price, trades.get(id)?.amount], `trade ${id}`);
  }
});

await test('the ledger adds up to zero', () => {
  equal(sql('select asset_id, sum(amount_units) from postings group by 1 having sum(amount_units) <> 0'), [], 'assets that do not');
});

watched.stop = true;
await Promise.all([watching.close(), socket.close(), ...recorders.map((r) => r.close())]);
await Promise.all(watchers);
await test('QuickFIX ends in order', () => fix.end());
console.log(`# ${JSON.stringify(counts())}, QuickFIX up ${fix.up} times, watchers broken ${watched.breaks} times, ` +
  `errors of ccxt ${JSON.stringify([...ccxtOrders.errors])}, of WebSocket ${JSON.stringify([...socket.errors])}`);
done();
