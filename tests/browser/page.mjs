#!/usr/bin/env node
// The page in headless Chromium: the book moves, a trade appears, a lost connection comes back.

import { mkdirSync } from 'node:fs';
import { install } from '../ws/lib/install.mjs';
import { done, equal, test, truly, until } from '../ws/lib/tap.mjs';
import { KEYS, Venue } from '../ws/lib/venue.mjs';

install(new URL('.', import.meta.url));
const { chromium } = await import('playwright-core');

const ARTIFACTS = 'build/test-artifacts';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

mkdirSync(ARTIFACTS, { recursive: true });
const venue = await new Venue().open();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const faults = [];
const foreign = [];

async function open(width, height, colorScheme) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(venue.http) && !request.url().startsWith('data:')) foreign.push(request.url());
  });
  await page.goto(`${venue.http}/#ETH-AUD`);
  await page.locator('#connection[data-state="live"]').waitFor();
  return page;
}

const text = (page, selector) => page.locator(selector).first().textContent();

try {
  for (let i = 0; i < 12; i++) {
    await venue.order(KEYS[0], 'buy', (4690 - i * 0.75).toFixed(2), (0.4 + i * 0.21).toFixed(2));
    await venue.order(KEYS[1], 'sell', (4710 + i * 0.8).toFixed(2), (0.3 + i * 0.17).toFixed(2));
  }
  const page = await open(1440, 900, 'dark');

  await test('the book is shown', async () => {
    await until('the best bid', async () => (await text(page, '#bids .row:not(.empty)')).startsWith('4,690.00'));
    await until('the best ask', async () => (await text(page, '#asks .row:not(.empty)')).startsWith('4,710.00'));
  });

  await test('the book moves', async () => {
    await venue.order(KEYS[0], 'buy', '4695', '1.5');
    await until('the new best bid', async () => (await text(page, '#bids .row:not(.empty)')).startsWith('4,695.00'));
    truly((await text(page, '#spread')).startsWith('15.00'), 'spread');
  });

  await test('a trade appears', async () => {
    await venue.order(KEYS[1], 'sell', '4695', '0.5');
    await until('the trade', async () => (await page.locator('#trades li').count()) === 1);
    const row = await text(page, '#trades li');
    truly(row.startsWith('4,695.000.5'), `trade row ${row}`);
    await until('the price', async () => (await text(page, '#last')) === '4,695.00');
  });

  await test('the figures of the venue are shown', async () => {
    await until('clients', async () => (await text(page, '#clients')) === '1');
    await until('orders', async () => /^\d+ in all$/.test(await text(page, '#orders-total')));
    equal(await text(page, '#venue'), 'demo', 'name of the venue');
  });

  await test('screenshots in light and dark, wide and narrow', async () => {
    for (let i = 0; i < 8; i++) {
      await venue.order(KEYS[i % 2], i % 2 ? 'sell' : 'buy', i % 2 ? '4690' : '4712', '0.2', { time_in_force: 'IOC' });
    }
    await until('the trades', async () => (await page.locator('#trades li').count()) >= 8);
    await page.screenshot({ path: `${ARTIFACTS}/page-dark.png`, fullPage: true });
    await page.locator('#theme').click();
    equal(await page.locator('html').getAttribute('data-theme'), 'light', 'theme');
    await page.screenshot({ path: `${ARTIFACTS}/page-light.png`, fullPage: true });
    const phone = await open(390, 844, 'dark');
    await until('the book', async () => (await phone.locator('#bids .row:not(.empty)').count()) > 5);
    equal(await phone.evaluate(() => document.documentElement.scrollWidth), 390, 'width of the page');
    await phone.screenshot({ path: `${ARTIFACTS}/page-phone.png`, fullPage: true });
    await phone.close();
  });

  await test('another product can be chosen', async () => {
    await page.locator('#product').selectOption('BTC-AUD');
    await until('its empty book', async () => (await page.locator('#bids .row:not(.empty)').count()) === 0);
    await page.locator('#product').selectOption('ETH-AUD');
    await until('the book again', async () => (await page.locator('#bids .row:not(.empty)').count()) > 5);
  });

  // Buy 3 at 60600 and sell 2 at 59400: 2 trade at every price between, 1 more would be bought at
  // all of them, so it is the highest; the reference is 60000.
  await test('a call to an auction shows its state, price and volume', async () => {
    const shown = async (id, expected) => until(`${id}: ${expected}`, async () => (await text(page, id)) === expected);
    await page.locator('#product').selectOption('BTC-AUD');
    truly(await page.locator('#call').isHidden(), 'no call: no panel');
    venue.ctl('call', 'BTC-AUD', 'opening');
    await page.locator('#call').waitFor();
    await shown('#call-state', 'Opening auction');
    await shown('#call-change', 'orders do not cross');
    await venue.order(KEYS[0], 'buy', '60600', '3', { product_id: 'BTC-AUD' });
    await venue.order(KEYS[1], 'sell', '59400', '2', { product_id: 'BTC-AUD' });
    await shown('#call-price', '60,600.00');
    await shown('#call-change', '+1.00 %');
    await shown('#call-size', '2 BTC');
    await shown('#call-left', '1 BTC to buy');
    await shown('#call-best', '60,600.00 · 59,400.00');
    await shown('#mid', '60,600.00');
    await shown('#mid-note', 'indicative');
    await shown('#spread', '–');
    await page.screenshot({ path: `${ARTIFACTS}/page-call.png`, fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, 'width of the page');
    await page.screenshot({ path: `${ARTIFACTS}/page-call-phone.png`, fullPage: true });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test('a halt is shown, and what the auction traded', async () => {
    venue.ctl('halt', 'BTC-AUD');
    await until('the halt', async () => (await text(page, '#call-state')) === 'Trading is halted');
    truly(await page.locator('#call-figures').isHidden(), 'a halt has no figures');
    equal(await text(page, '#spread'), '–', 'spread of a crossed book');
    truly((await text(page, '#call-note')).startsWith('Nothing trades'), 'what a halt means');
    await page.screenshot({ path: `${ARTIFACTS}/page-halt.png` });
    venue.ctl('resume', 'BTC-AUD');
    await page.locator('#call').waitFor({ state: 'hidden' });
    await until('the auction', async () => (await text(page, '#auction')) === '2 BTC at 60,600.00');
    equal(await text(page, '#mid-note'), 'mid', 'the middle of the book again');
    await page.screenshot({ path: `${ARTIFACTS}/page-auctioned.png` });
    await page.locator('#product').selectOption('ETH-AUD');
    await page.locator('#auctioned').waitFor({ state: 'hidden' });
  });

  await test('a lost connection is told and comes back', async () => {
    const port = venue.address.split(':').at(-1);
    await venue.stop('fanout', 'SIGKILL');
    await page.locator('#connection[data-state="lost"]').waitFor();
    await venue.fanout(port);
    await page.locator('#connection[data-state="live"]').waitFor();
    await venue.order(KEYS[0], 'buy', '4699', '1');
    await until('the book moves', async () => (await text(page, '#bids .row:not(.empty)')).startsWith('4,699.00'));
  });

  await test('nothing from outside, no error in the page', async () => {
    equal(foreign, [], 'foreign requests');
    equal(faults, [], 'errors');
  });
} finally {
  await browser.close();
  await venue.close();
}
done();
