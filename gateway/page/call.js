// What `auctionfeed` tells: a call to an auction with its indicative figures, a halt, a close. In
// continuous trading nothing of it is shown but what the last auction traded.

import { clock, decimal, instant } from '/format.js';

const NAMES = {
  halted: 'Trading is halted',
  closed: 'Closed',
  call_opening: 'Opening auction',
  call_intraday: 'Intraday auction',
  call_closing: 'Closing auction',
  call_resumption: 'Auction after a halt',
  call_volatility: 'Volatility auction',
};
const CALL_NOTE = 'Orders are collected; nothing trades until all that can trade does, at one price.';
const NOTES = { halted: 'Nothing trades until trading resumes.', closed: 'Nothing trades until the next session.' };

export class Call {
  constructor(element, say) {
    this.element = element;
    this.say = say;
    this.message = null; // the last one of this product
  }

  /** Whether orders are collected and the book may be crossed. */
  get on() {
    return this.message?.trading_state.startsWith('call_') ?? false;
  }

  price(places) {
    return this.message.can_open === 'yes' ? decimal(this.message.open_price, places) : '–';
  }

  /** Why it is as it is. */
  note(places) {
    const { band, trading_state: state, extended_until: until } = this.message;
    if (!this.on) return NOTES[state];
    if (until) return `The price lies far from the last one: extended until ${clock(instant(until))} at least.`;
    return band ? `A trade would have left the ${band.kind} band of ${decimal(band.low, places)} to ${decimal(band.high, places)} around ${decimal(band.reference_price, places)}.` : CALL_NOTE;
  }

  show(product, places, book) {
    const panel = this.element('call'), m = this.message;
    const name = NAMES[m?.trading_state];
    panel.hidden = name === undefined;
    this.showLast(product, places);
    if (panel.hidden) return;
    panel.dataset.state = this.on ? 'call' : m.trading_state;
    this.say('call-state', name);
    this.say('call-note', this.note(places));
    this.element('call-figures').hidden = !this.on;
    if (this.on) this.showFigures(product, places, book);
  }

  showFigures(product, places, book) {
    const m = this.message;
    const opens = m.can_open === 'yes';
    const size = (text) => `${decimal(text)} ${product.base_currency}`;
    const change = opens && Number(m.reference_price) > 0 ? (Number(m.open_price) / Number(m.reference_price) - 1) * 100 : null;
    this.say('call-price', this.price(places));
    this.say('call-change', change === null ? (opens ? '' : 'orders do not cross') : `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)} %`);
    this.say('call-size', opens ? size(m.open_size) : '–');
    const left = this.element('call-surplus');
    left.dataset.side = opens && m.surplus_side ? m.surplus_side : 'none';
    left.style.setProperty('--part', opens ? (Number(m.surplus_size) / (Number(m.surplus_size) + Number(m.open_size))).toFixed(4) : 0);
    this.say('call-left', !opens ? '–' : m.surplus_side ? `${size(m.surplus_size)} to ${m.surplus_side}` : 'nothing');
    this.say('call-best', `${decimal(book.bid?.text, places)} · ${decimal(book.ask?.text, places)}`);
  }

  showLast(product, places) {
    const m = this.message;
    const traded = m?.auction_state === 'complete' && m.can_open === 'yes';
    this.element('auctioned').hidden = !traded;
    if (traded) this.say('auction', `${decimal(m.open_size)} ${product.base_currency} at ${decimal(m.open_price, places)}`);
  }
}
