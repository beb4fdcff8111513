// The order book as `level2` tells it: a snapshot, then changes. Prices and sizes stay texts; the
// numbers beside them are for sorting and drawing.

class Side {
  constructor(best) {
    this.best = best; // > 0: the highest price is the best
    this.levels = new Map(); // price text -> {price, text, size, sizeText, changed}
    this.sorted = null;
  }

  set(text, sizeText, now) {
    const size = Number(sizeText);
    this.sorted = null;
    if (size === 0) {
      this.levels.delete(text);
    } else {
      this.levels.set(text, { price: Number(text), text, size, sizeText, changed: now });
    }
  }

  /** Best first, with running totals. */
  list() {
    if (this.sorted === null) {
      this.sorted = [...this.levels.values()].sort((a, b) => (b.price - a.price) * this.best);
      let total = 0;
      for (const level of this.sorted) {
        total += level.size;
        level.total = total;
      }
    }
    return this.sorted;
  }
}

export class Book {
  constructor() {
    this.clear();
  }

  clear() {
    this.bids = new Side(1);
    this.asks = new Side(-1);
    this.sequence = null; // null: no snapshot yet
  }

  snapshot(message) {
    this.clear();
    for (const [price, size] of message.bids) this.bids.set(price, size, 0);
    for (const [price, size] of message.asks) this.asks.set(price, size, 0);
    this.sequence = message.sequence;
  }

  /** false: the update does not follow what is here, the book must be asked for anew. */
  update(message, now) {
    if (this.sequence === null || message.previous_sequence > this.sequence) {
      return false;
    }
    for (const [side, price, size] of message.changes) {
      (side === 'buy' ? this.bids : this.asks).set(price, size, now);
    }
    this.sequence = message.sequence;
    return true;
  }

  get bid() {
    return this.bids.list()[0];
  }

  get ask() {
    return this.asks.list()[0];
  }
}
