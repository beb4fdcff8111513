#!/usr/bin/env node
// ccxt's class coinbaseexchange drives the venue with nothing changed but its URLs.

import { exchange, watcher as newWatcher } from './lib/clients.mjs';
import { done, equal, test, truly, until, within } from './lib/tap.mjs';
import { KEYS, Venue } from './lib/venue.mjs';

const SYMBOL = 'ETH/AUD';

const venue = await new Venue().open();
const one = exchange(venue, KEYS[0]);
const two = exchange(venue, KEYS[1]);
const watchers = [];
const watcher = async () => {
  const w = await newWatcher(venue, KEYS[0]);
  watchers.push(w);
  return w;
};

try {
  await test('fetchMarkets', async () => {
    const markets = await one.loadMarkets();
    equal(Object.keys(markets).includes(SYMBOL), true, SYMBOL);
    equal(markets[SYMBOL].precision, { amount: 1e-8, price: 0.01 }, 'precision');
    equal(markets[SYMBOL].active, true, 'active');
  });

  await test('fetchCurrencies', async () => {
    const currencies = await one.fetchCurrencies();
    equal(currencies.ETH.precision, 1e-8, 'precision of ETH');
  });

  await test('fetchTime', async () => {
    truly(Math.abs(await one.fetchTime() - Date.now()) < 5000, 'venue time is not now');
  });

  let resting;
  await test('createOrder limit', async () => {
    resting = await one.createOrder(SYMBOL, 'limit', 'buy', 2, 4690, { clientOrderId: 'c-1' });
    equal([resting.status, resting.amount, resting.price, resting.filled], ['open', 2, 4690, 0], 'order');
    equal(resting.clientOrderId, 'c-1', 'clientOrderId');
  });

  await test('fetchOrderBook', async () => {
    const book = await two.fetchOrderBook(SYMBOL);
    equal(book.bids[0].slice(0, 2), [4690, 2], 'best bid');
    truly(book.nonce > 0, 'nonce');
  });

  await test('fetchBalance shows what the order holds', async () => {
    const balance = await one.fetchBalance();
    equal(balance.AUD.used, 2 * 4690 * 1.002, 'held AUD');
    equal(balance.AUD.total, 1000000, 'AUD');
  });

  await test('fetchOpenOrders', async () => {
    const orders = await one.fetchOpenOrders(SYMBOL);
    equal(orders.map((o) => o.id), [resting.id], 'open orders');
    equal((await two.fetchOpenOrders(SYMBOL)).length, 0, "the other account's open orders");
  });

  await test('fetchOrder by id and by client id', async () => {
    equal((await one.fetchOrder(resting.id)).id, resting.id, 'id');
    equal((await one.fetchOrder(undefined, SYMBOL, { clientOrderId: 'c-1' })).id, resting.id, 'by client id');
  });

  await test('createOrder market trades', async () => {
    const order = await two.createOrder(SYMBOL, 'market', 'sell', 0.5);
    equal([order.status, order.filled, order.cost], ['closed', 0.5, 2345], 'market order');
  });

  await test('fetchMyTrades', async () => {
    const [mine] = await one.fetchMyTrades(SYMBOL);
    equal([mine.side, mine.price, mine.amount, mine.takerOrMaker, mine.fee.cost], ['buy', 4690, 0.5, 'maker', 2.35], 'fill of the maker');
    const [theirs] = await two.fetchMyTrades(SYMBOL);
    equal([theirs.side, theirs.takerOrMaker, theirs.fee.cost], ['sell', 'taker', 4.69], 'fill of the taker');
    equal(theirs.id, mine.id, 'trade id');
  });

  await test('fetchTrades and fetchTicker', async () => {
    const [trade] = await one.fetchTrades(SYMBOL);
    equal([trade.side, trade.price, trade.amount], ['sell', 4690, 0.5], 'trade');
    const ticker = await one.fetchTicker(SYMBOL);
    equal([ticker.last, ticker.bid, ticker.baseVolume], [4690, 4690, 0.5], 'ticker');
  });

  await test('fetchTickers and fetchOHLCV', async () => {
    equal((await one.fetchTickers([SYMBOL]))[SYMBOL].last, 4690, 'last');
    const [candle] = await one.fetchOHLCV(SYMBOL, '1m');
    equal(candle.slice(1), [4690, 4690, 4690, 4690, 0.5], 'candle');
  });

  await test('cancelOrder', async () => {
    await one.cancelOrder(resting.id, SYMBOL);
    const order = await one.fetchOrder(resting.id);
    equal([order.status, order.filled], ['canceled', 0.5], 'order');
    equal((await one.fetchBalance()).AUD.used, 0, 'held AUD');
  });

  await test('cancelAllOrders', async () => {
    await one.createOrder(SYMBOL, 'limit', 'buy', 1, 4600);
    await one.createOrder(SYMBOL, 'limit', 'buy', 1, 4601);
    await one.cancelAllOrders(SYMBOL);
    equal((await one.fetchOpenOrders(SYMBOL)).length, 0, 'open orders');
  });

  await test('fetchOrders and fetchClosedOrders', async () => {
    equal((await one.fetchOrders(SYMBOL)).length, 3, 'all orders');
    equal((await one.fetchClosedOrders(SYMBOL)).length, 3, 'finished orders');
  });

  await test('errors are of the right class', async () => {
    const classOf = async (promise) => promise.then(() => 'none', (error) => error.constructor.name);
    equal(await classOf(one.createOrder(SYMBOL, 'limit', 'buy', 100000, 4700)), 'InsufficientFunds', 'no money');
    equal(await classOf(one.cancelOrder(resting.id)), 'OrderNotFound', 'order already done');
    equal(await classOf(one.fetchOrder('123456789')), 'OrderNotFound', 'unknown order');
    equal(await classOf(one.fetchOrder('abc')), 'InvalidOrder', 'no order id');
    const wrong = exchange(venue, { ...KEYS[0], secret: KEYS[1].secret });
    equal(await classOf(wrong.fetchBalance()), 'AuthenticationError', 'wrong secret');
  });

  await test('fetchTradingFees', async () => {
    equal((await one.fetchTradingFees())[SYMBOL].taker, 0.002, 'taker fee');
  });

  await test('watchOrderBook', async () => {
    const w = await watcher();
    await within('first book', w.watchOrderBook(SYMBOL));
    await two.createOrder(SYMBOL, 'limit', 'sell', 3, 4800);
    await until('the ask', async () => {
      const book = await within('next book', w.watchOrderBook(SYMBOL));
      return book.asks.length > 0 && book.asks[0][0] === 4800 && book.asks[0][1] === 3;
    });
    await two.cancelAllOrders(SYMBOL);
    await until('an empty side', async () => (await within('next book', w.watchOrderBook(SYMBOL))).asks.length === 0);
  });

  await test('watchTrades and watchTicker', async () => {
    const w = await watcher();
    const trades = w.watchTrades(SYMBOL);
    const ticker = await within('first ticker', w.watchTicker(SYMBOL));
    equal(ticker.last, 4690, 'last');
    const next = w.watchTicker(SYMBOL);
    await one.createOrder(SYMBOL, 'limit', 'buy', 1, 4700);
    await two.createOrder(SYMBOL, 'market', 'sell', 0.25);
    const [trade] = await within('a trade', trades);
    equal([trade.price, trade.amount, trade.side], [4700, 0.25, 'sell'], 'trade');
    equal((await within('next ticker', next)).last, 4700, 'last');
    await one.cancelAllOrders(SYMBOL);
  });

  await test('watchOrders and watchMyTrades', async () => {
    const w = await watcher();
    const orders = w.watchOrders(SYMBOL);
    const trades = w.watchMyTrades(SYMBOL);
    await until('both are subscribed', () => Object.values(w.clients).some((c) => Object.keys(c.subscriptions).length >= 2));
    const order = await one.createOrder(SYMBOL, 'limit', 'buy', 1, 4650);
    const [seen] = await within('the order', orders);
    equal([seen.id, seen.status, seen.side, seen.amount], [order.id, 'open', 'buy', 1], 'order');
    await two.createOrder(SYMBOL, 'market', 'sell', 1);
    const [fill] = await within('the fill', trades);
    equal([fill.price, fill.amount, fill.side, fill.takerOrMaker], [4650, 1, 'buy', 'maker'], 'fill');
    await until('the order is closed', () => w.orders.some((o) => o.id === order.id && o.status === 'closed'));
  });
} finally {
  await Promise.all(watchers.map((w) => w.close()));
  await venue.close();
}
done();
