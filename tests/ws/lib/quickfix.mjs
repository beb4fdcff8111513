// The QuickFIX client (tests/fix/quickfix_client.cpp, `talk`) as a process that is told what to send.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { equal, until } from './tap.mjs';

const SIDE = { buy: 1, sell: 2 };

/** Fields of a message by tag, a repeated tag keeps its last value. */
function fields(line) {
  return Object.fromEntries(line.split('|').filter((f) => f.includes('=')).map((f) => [f.slice(0, f.indexOf('=')), f.slice(f.indexOf('=') + 1)]));
}

export class QuickFix {
  /** program: the built client; store: a folder for its numbers. */
  constructor(program, port, compId, store) {
    this.up = 0;
    this.sent = new Map(); // client id -> words of the order
    this.orders = new Map(); // client id -> order id, of what the venue acknowledged
    this.answers = new Map(); // client id -> order id, of the last status report
    this.fills = new Map(); // exec id -> fill
    this.numbers = new Map(); // MsgSeqNum -> message
    this.problems = [];
    this.child = spawn(program, [String(port), compId, store, 'talk'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.gone = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })));
    process.on('exit', () => this.child.kill('SIGKILL')); // after a crash of the script
    createInterface({ input: this.child.stdout }).on('line', (line) => this.take(line));
  }

  ready() {
    return until('QuickFIX is logged on', () => this.up > 0, 60);
  }

  order(id, side, symbol, qty, price) {
    this.sent.set(id, `${id} ${SIDE[side]} ${symbol} ${qty} ${price}`);
    this.child.stdin.write(`new ${this.sent.get(id)}\n`);
  }

  /** Sends all orders again as possible resends; the order id that the venue answers with, by client id. */
  async allAgain() {
    this.answers.clear();
    for (const words of this.sent.values()) this.child.stdin.write(`again ${words}\n`);
    await until('an answer to each order, sent again', () => this.answers.size === this.sent.size, 60).catch((error) => {
      throw new Error(`${error.message}: ${this.answers.size} of ${this.sent.size} came`);
    });
    return this.answers;
  }

  take(line) {
    if (line === 'up') this.up++;
    if (line === 'up' || line === 'down') return;
    const m = fields(line);
    this.number(m);
    if (m[35] !== '8') this.problems.push(`expected reports alone, found ${line}`);
    else this.report(m);
  }

  /** A number that comes again brings the same report, and says so. */
  number(m) {
    const before = this.numbers.get(m[34]);
    if (before === undefined) this.numbers.set(m[34], m);
    else if (m[43] !== 'Y' || before[17] !== m[17]) this.problems.push(`MsgSeqNum ${m[34]} for ExecID ${before[17]} and ${m[17]}`);
  }

  report(m) {
    if (m[150] === '8') this.problems.push(`${m[11]} was rejected: ${m[58]}`);
    if (m[150] === '0' && (this.orders.get(m[11]) ?? m[37]) !== m[37]) this.problems.push(`${m[11]} is two orders`);
    if (m[150] === '0') this.orders.set(m[11], m[37]);
    if (m[150] === 'I') this.answers.set(m[11], m[37]);
    if (m[150] !== 'F') return;
    const fill = { order: m[37], client: m[11], side: m[54] === '1' ? 'buy' : 'sell', price: m[31], qty: m[32], fee: m[12], maker: m[851] === '1' };
    const known = this.fills.get(m[17]);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(fill)) this.problems.push(`ExecID ${m[17]} for two fills`);
    this.fills.set(m[17], fill);
  }

  /** The fill of an order that has just one. */
  fill(id, seconds = 20) {
    return until(`QuickFIX is told of the fill of ${id}`, () => {
      const found = [...this.fills].filter(([, f]) => f.client === id);
      return found.length > 0 && { exec: found[0][0], ...found[0][1] };
    }, seconds);
  }

  async end() {
    this.child.stdin.end();
    equal(await this.gone, { code: 0, signal: null }, "QuickFIX's end");
  }
}
