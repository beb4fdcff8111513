#!/usr/bin/env node
// Every example of docs/api.md, run: what it sends is sent, and the fields it shows must come.

import { readFileSync } from 'node:fs';
import { WebSocket } from './lib/clients.mjs';
import { done, equal, test, truly, until } from './lib/tap.mjs';
import { credentials, KEYS, Venue } from './lib/venue.mjs';

/** Every field of the example is in what was found, and of the same kind. */
function covers(found, example, path) {
  if (Array.isArray(example)) {
    truly(Array.isArray(found), `${path}: expected an array, found ${JSON.stringify(found)}`);
    if (example.length > 0 && typeof example[0] === 'object') {
      truly(found.length > 0, `${path}: empty`);
      covers(found[0], example[0], `${path}[0]`);
    }
  } else if (example !== null && typeof example === 'object') {
    for (const [key, value] of Object.entries(example)) {
      truly(found !== null && key in found, `${path}.${key}: missing in ${JSON.stringify(found)}`);
      covers(found[key], value, `${path}.${key}`);
    }
  } else {
    truly((found === null) === (example === null) && typeof found === typeof example, `${path}: expected a ${example === null ? 'null' : typeof example}, found ${JSON.stringify(found)}`);
  }
}

async function runHttp(venue, lines) {
  const [, method, target, signed, body] = lines[0].match(/^> (\S+) (\S+)( signed)?(?: (.*))?$/);
  const answer = await venue.call(signed ? KEYS[0] : null, method, target, body && JSON.parse(body));
  const example = JSON.parse(lines.slice(1).join(''));
  truly(answer.status === (example.message ? 400 : 200), `status ${answer.status}: ${JSON.stringify(answer.body)}`);
  if (example.message) equal(answer.body, example, 'refusal');
  else covers(answer.body, example, 'answer');
}

/** A connection of one account and what it has heard. */
async function connect(venue, key) {
  const socket = new WebSocket(venue.ws);
  const heard = [];
  socket.on('message', (data) => heard.push(JSON.parse(data)));
  await new Promise((open, fail) => socket.on('open', open).on('error', fail));
  return { socket, heard, fields: JSON.stringify(credentials(key)).slice(1, -1) };
}

/** A line that begins with 2 is the second account's; LAST_ORDER and the like are the newest id of their kind. */
async function runWebSocket(venue, lines) {
  const peers = [];
  const last = { ORDER: '', RFQ: '', QUOTE: '', DEAL: '' };
  for (const line of lines) {
    const [, second, sends, text] = line.match(/^(2 ?)?(> )?(.*)$/);
    const who = second ? 1 : 0;
    peers[who] ??= await connect(venue, KEYS[who]);
    const { socket, heard, fields } = peers[who];
    if (sends) {
      socket.send(text.replace('CREDENTIALS', fields).replace(/LAST_([A-Z]+)/, (_, kind) => last[kind]));
      continue;
    }
    const example = JSON.parse(text);
    const found = await until(`${example.type} after ${lines[0]}`, () => {
      const at = heard.findIndex((m) => m.type === example.type && (example.request_id ?? m.request_id) === m.request_id);
      return at >= 0 ? heard.splice(at, 1)[0] : null;
    });
    covers(found, example, example.type);
    if ('state' in example) equal(found.state, example.state, `${example.type}.state`);
    last.ORDER = found.order?.id ?? last.ORDER;
    last.RFQ = found.rfq_id ?? last.RFQ;
    last.QUOTE = found.quote_id ?? last.QUOTE;
    last.DEAL = found.deal_id ?? last.DEAL;
  }
  for (const { socket } of peers) {
    socket.close();
    await new Promise((gone) => socket.on('close', gone));
  }
}

const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
const examples = [...text.matchAll(/^```(http|ws)\n([\s\S]*?)^```/gm)].map((m) => ({ kind: m[1], lines: m[2].trim().split('\n') }));
const venue = await new Venue().open();
try {
  venue.ctl('deal-rules', 'ETH-AUD', 'kinds=block,request');
  await venue.order(KEYS[0], 'buy', '4690', '2');
  await venue.order(KEYS[1], 'sell', '4710', '1');
  await venue.order(KEYS[1], 'sell', '4690', '0.5', { time_in_force: 'IOC' });
  for (const { kind, lines } of examples) {
    await test(`${kind}: ${lines[0].slice(2, 72)}`, () => (kind === 'http' ? runHttp : runWebSocket)(venue, lines));
  }
} finally {
  await venue.close();
}
done();
