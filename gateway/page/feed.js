// The one WebSocket: keeps it open, subscribed to one product, and tells what came.

const CHANNELS = ['level2', 'matches', 'ticker', 'auctionfeed', 'heartbeat'];
const SILENT_MS = 4000; // heartbeats come every second
const RETRY_MS = [250, 500, 1000, 2000, 4000];

export class Feed {
  /** on: {state(name), message(object)} */
  constructor(on) {
    this.on = on;
    this.product = null;
    this.socket = null;
    this.tries = 0;
    this.heard = 0;
    setInterval(() => this.watch(), 1000);
  }

  open(product) {
    const before = this.product;
    this.product = product;
    if (this.socket?.readyState === WebSocket.OPEN) {
      if (before) this.say('unsubscribe', before);
      this.say('subscribe', product);
    } else if (this.socket === null) {
      this.connect();
    }
  }

  /** Asks for the book again, after a gap. */
  again() {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.say('subscribe', this.product);
    }
  }

  say(type, product) {
    this.socket.send(JSON.stringify({ type, product_ids: [product], channels: CHANNELS }));
  }

  connect() {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);
    this.socket = socket;
    this.on.state(this.tries === 0 ? 'connecting' : 'lost');
    socket.onopen = () => {
      this.tries = 0;
      this.heard = performance.now();
      this.say('subscribe', this.product);
      this.on.state('live');
    };
    socket.onmessage = (event) => {
      this.heard = performance.now();
      const message = JSON.parse(event.data);
      if (message.product_id === undefined || message.product_id === this.product) {
        this.on.message(message);
      }
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.on.state('lost');
      const wait = RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)];
      setTimeout(() => this.socket === null && this.connect(), wait);
    };
  }

  watch() {
    if (this.socket?.readyState === WebSocket.OPEN && performance.now() - this.heard > SILENT_MS) {
      this.socket.close();
    }
  }
}
