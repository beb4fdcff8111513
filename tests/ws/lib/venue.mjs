// A venue of its own for a script: `assay run engine` and `assay run fanout` on free ports, in a
// folder that is removed at the end.

import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './tap.mjs';

const BIN = process.env.ASSAY_BIN ?? 'build/dev/assay';

export const KEYS = [
  { key: 'demo-key-1', secret: 'YXNzYXktZGVtby1zZWNyZXQtMS1vbmx5LWZvci10aGUtZGVtbw==', passphrase: 'demo', account: '201' },
  { key: 'demo-key-2', secret: 'YXNzYXktZGVtby1zZWNyZXQtMi1vbmx5LWZvci10aGUtZGVtbw==', passphrase: 'demo', account: '202' },
];

export function sign(key, timestamp, method, target, body = '') {
  return createHmac('sha256', Buffer.from(key.secret, 'base64')).update(timestamp + method + target + body).digest('base64');
}

/** Fields of a WebSocket message that authenticate. */
export function credentials(key) {
  const timestamp = String(Date.now() / 1000);
  return { key: key.key, passphrase: key.passphrase, timestamp, signature: sign(key, timestamp, 'GET', '/users/self/verify') };
}

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL'))); // after a crash of the script

/** The address in a file that a gateway writes once it listens; '' before. */
function address(file) {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return /:\d+\n$/.test(text) ? text.trim() : '';
}

export class Venue {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'assay-ws-'));
    this.children = {};
    this.log = '';
  }

  run(role, args) {
    const child = spawn(BIN, ['run', role, '--demo', '--data', this.folder, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (text) => {
      this.log += text;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    running.add(child);
    child.gone = new Promise((resolve) => child.on('exit', (code, signal) => {
      running.delete(child);
      child.ended = true;
      resolve({ code, signal });
    }));
    this.children[role] = child;
    return child;
  }

  async engine() {
    const file = join(this.folder, 'run/fix.address');
    rmSync(file, { force: true });
    const child = this.run('engine', ['--fix-port', '0']);
    await until('the engine is open', () => address(file) || this.failIf(child, 'engine'), 60);
  }

  async fanout(port = 0) {
    const file = join(this.folder, 'run/api.address');
    rmSync(file, { force: true });
    const child = this.run('fanout', ['--api-port', String(port)]);
    this.address = await until('the fan-out listens', () => address(file) || this.failIf(child, 'fanout'), 60);
    this.http = `http://${this.address}`;
    this.ws = `ws://${this.address}`;
    await this.ready();
  }

  /** Until the API answers and its sessions are up. */
  async ready() {
    await until('the fan-out has read the stream', async () => (await fetch(`${this.http}/products`)).status === 200, 60);
    await until('the sessions are up', async () => {
      const answer = await this.call(KEYS[0], 'DELETE', '/orders');
      return answer.status === 200;
    }, 60);
  }

  failIf(child, role) {
    if (child.ended) throw new Error(`${role} ended:\n${this.log}`);
    return false;
  }

  async open() {
    await this.engine();
    await this.fanout();
    return this;
  }

  async stop(role, signal = 'SIGTERM') {
    const child = this.children[role];
    if (child && !child.ended) {
      child.kill(signal);
      await child.gone;
    }
    delete this.children[role];
  }

  async close() {
    await this.stop('fanout');
    await this.stop('engine');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A signed request; {status, body, headers}. */
  async call(key, method, target, body) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const timestamp = String(Date.now() / 1000);
    const answer = await fetch(this.http + target, {
      method,
      body: text === '' ? undefined : text,
      headers: key === null ? {} : {
        'CB-ACCESS-KEY': key.key,
        'CB-ACCESS-SIGN': sign(key, timestamp, method, target, text),
        'CB-ACCESS-TIMESTAMP': timestamp,
        'CB-ACCESS-PASSPHRASE': key.passphrase,
        'Content-Type': 'application/json',
      },
    });
    return { status: answer.status, headers: answer.headers, body: JSON.parse((await answer.text()) || 'null') };
  }

  get(target) {
    return this.call(null, 'GET', target).then((answer) => answer.body);
  }

  /** What an operator asks for, which must be carried out. */
  ctl(...words) {
    return execFileSync(BIN, ['ctl', '--data', this.folder, '--json', ...words], { encoding: 'utf8' });
  }

  /** A limit order that must be accepted; the order. */
  async order(key, side, price, size, more = {}) {
    const answer = await this.call(key, 'POST', '/orders', { product_id: 'ETH-AUD', side, price, size, ...more });
    if (answer.status !== 200) throw new Error(`order: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
