// Plain WebSocket clients that connect again by themselves: one that records a channel and checks its
// numbers, one that enters orders.

import { WebSocket } from './clients.mjs';
import { until } from './tap.mjs';
import { credentials } from './venue.mjs';

/** Keeps a connection to the venue; calls opened() and take(message). */
class Connection {
  constructor(url) {
    this.url = url;
    this.connects = 0;
    this.ended = false;
    this.connect();
  }

  connect() {
    this.socket = new WebSocket(this.url);
    this.socket.on('error', () => {}); // 'close' follows
    this.socket.on('open', () => {
      this.connects++;
      this.opened();
    });
    this.socket.on('message', (text) => this.take(JSON.parse(text)));
    this.socket.on('close', () => {
      this.closed();
      if (!this.ended) setTimeout(() => this.connect(), 50); // poll interval
    });
  }

  send(message) {
    this.socket.send(JSON.stringify(message));
  }

  async close() {
    this.ended = true;
    this.socket.close();
    await until('the connection is closed', () => this.socket.readyState === WebSocket.CLOSED);
  }
}

/** Each number of a private stream, or each trade id, stands for one message for ever. */
export class Recorder extends Connection {
  constructor(url, key, channels, product) {
    super(url);
    this.key = key;
    this.channels = channels;
    this.product = product;
    this.seen = new Map(); // stream and number -> message
    this.problems = [];
    this.subscribed = false;
  }

  ready() {
    return until(`${this.channels} is subscribed`, () => this.subscribed, 60);
  }

  opened() {
    this.last = new Map(); // stream -> number, of this connection
    const who = this.key === null ? {} : credentials(this.key);
    this.send({ type: 'subscribe', product_ids: [this.product], channels: this.channels, ...who });
  }

  closed() {}

  take(message) {
    if (message.type === 'subscriptions') this.subscribed = true;
    else if (message.type === 'error') this.problems.push(JSON.stringify(message));
    else if (this.key !== null) this.number(message.type === 'balance' ? 'balance' : 'user', message.sequence, message);
    else if (message.type === 'match') this.number('trade', message.trade_id, message);
  }

  number(stream, number, message) {
    const name = `${stream} ${number}`, text = JSON.stringify(message), last = this.last.get(stream);
    if (last !== undefined && number !== last + 1) this.problems.push(`${name} after ${last}`);
    if (this.seen.has(name) && this.seen.get(name) !== text) this.problems.push(`${name} is ${this.seen.get(name)} and ${text}`);
    this.last.set(stream, number);
    this.seen.set(name, text);
  }
}

/** Orders over WebSocket, one at a time; remembers what was acknowledged. */
export class SocketTrader extends Connection {
  constructor(url, key) {
    super(url);
    this.key = key;
    this.sent = new Map(); // client id -> message
    this.acked = new Map(); // client id -> order id
    this.errors = new Map(); // message of a refusal -> how many
    this.problems = [];
    this.authenticated = false;
    this.waiting = null;
  }

  ready() {
    return until('the WebSocket trader is authenticated', () => this.authenticated, 60);
  }

  opened() {
    this.send({ type: 'authenticate', ...credentials(this.key) });
  }

  closed() {
    this.authenticated = false;
    this.waiting?.({ type: 'closed', message: 'connection closed' });
  }

  take(message) {
    if (message.type === 'authenticated') this.authenticated = true;
    else if (message.request_id !== undefined) this.waiting?.(message);
    else this.problems.push(JSON.stringify(message));
  }

  /** Sends it when there is a connection; the answer, or what came instead of one. */
  async ask(id) {
    await this.ready();
    const answer = new Promise((resolve) => {
      this.waiting = resolve;
    });
    this.send(this.sent.get(id));
    const message = await answer;
    this.waiting = null;
    if (message.type === 'ack') {
      this.acked.set(id, message.order.id);
    } else {
      this.errors.set(message.message, (this.errors.get(message.message) ?? 0) + 1);
      if (message.type === 'reject' && message.reason !== 'BUSY') this.problems.push(JSON.stringify(message));
    }
    return message;
  }

  order(id, side, product, size, price) {
    this.sent.set(id, { type: 'new', request_id: id, client_oid: id, product_id: product, side, order_type: 'limit', size, price });
    return this.ask(id);
  }
}
