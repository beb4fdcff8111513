// Other people's clients, as a user would set them up: ccxt's class coinbaseexchange and ws.

import { install } from './install.mjs';

install(new URL('..', import.meta.url));
export const { default: ccxt } = await import('ccxt');
export const { WebSocket } = await import('ws');

/** ccxt with nothing changed but its URLs; at: {http, ws}. */
export function exchange(at, key) {
  return connect(new ccxt.coinbaseexchange(options(key)), at);
}

/** The same for watching over WebSocket. */
export async function watcher(at, key) {
  const pro = connect(new ccxt.pro.coinbaseexchange(options(key)), at);
  await pro.loadHttpProxyAgent(); // ccxt wants it for every ws:// that is not wss://
  return pro;
}

function options(key) {
  return { apiKey: key.key, secret: key.secret, password: key.passphrase, enableRateLimit: false };
}

function connect(client, at) {
  client.urls.api = { public: at.http, private: at.http, ws: at.ws };
  return client;
}
