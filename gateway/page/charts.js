// What is drawn: the price line, the depth, and small lines beside the figures. Plain canvas.

import { clock, minute, short } from '/format.js';

/** A canvas whose size follows its element and the screen's density. */
class Surface {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.pointer = null;
    this.dirty = true;
    new ResizeObserver(() => this.fit()).observe(canvas);
    canvas.addEventListener('pointermove', (e) => {
      const box = canvas.getBoundingClientRect();
      this.pointer = { x: e.clientX - box.left, y: e.clientY - box.top };
      this.dirty = true;
    });
    canvas.addEventListener('pointerleave', () => {
      this.pointer = null;
      this.dirty = true;
    });
    this.fit();
  }

  fit() {
    const density = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * density);
    this.canvas.height = Math.round(this.height * density);
    this.context.setTransform(density, 0, 0, density, 0, 0);
    this.dirty = true;
  }

  color(name) {
    return getComputedStyle(this.canvas).getPropertyValue(name).trim();
  }

  begin() {
    this.context.clearRect(0, 0, this.width, this.height);
    this.context.font = '11px system-ui, sans-serif';
    this.dirty = false;
    return this.context;
  }

  text(text, x, y, align = 'left', color = '--faint') {
    this.context.fillStyle = this.color(color);
    this.context.textAlign = align;
    this.context.textBaseline = 'middle';
    this.context.fillText(text, x, y);
  }

  /** A small label on a plate, kept inside. */
  label(text, x, y) {
    const c = this.context;
    const width = c.measureText(text).width + 14;
    const left = Math.min(Math.max(x - width / 2, 4), this.width - width - 4);
    c.fillStyle = this.color('--raised');
    c.strokeStyle = this.color('--card-edge');
    c.beginPath();
    c.roundRect(left, y - 10, width, 20, 5);
    c.fill();
    c.stroke();
    this.text(text, left + width / 2, y + .5, 'center', '--text');
  }
}

/** Round steps for about `wanted` lines between two values. */
function steps(low, high, wanted) {
  const rough = (high - low) / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const list = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) list.push(at);
  return list;
}

function wash(context, height, color, strength = .22) {
  const gradient = context.createLinearGradient(0, 0, 0, height);
  gradient.addColorStop(0, `color-mix(in srgb, ${color} ${strength * 100}%, transparent)`);
  gradient.addColorStop(1, `color-mix(in srgb, ${color} 0%, transparent)`);
  return gradient;
}

export class PriceChart extends Surface {
  constructor(canvas) {
    super(canvas);
    this.points = []; // [ms, price], in order of time
    this.minutes = 60;
    this.format = short;
  }

  set(points) {
    this.points = points;
    this.dirty = true;
  }

  add(ms, price) {
    this.points.push([ms, price]);
    if (this.points.length > 20000) this.points.splice(0, 5000);
    this.dirty = true;
  }

  /** The span, or less when the past is shorter: at least a minute. */
  visible(now) {
    const oldest = this.points.length > 0 ? this.points[0][0] : now;
    const from = Math.max(now - this.minutes * 60000, Math.min(oldest, now - 60000));
    let first = this.points.length;
    while (first > 0 && this.points[first - 1][0] >= from) first--;
    const list = this.points.slice(Math.max(first - 1, 0));
    return { from, list };
  }

  draw(now) {
    const c = this.begin();
    const right = 74, bottom = 24, top = 10;
    const width = this.width - right, height = this.height - bottom - top;
    const { from, list } = this.visible(now);
    if (list.length === 0 || width <= 0) {
      this.text('no trade in this span', this.width / 2, this.height / 2, 'center');
      return;
    }
    let low = Infinity, high = -Infinity;
    for (const [, price] of list) {
      low = Math.min(low, price);
      high = Math.max(high, price);
    }
    const margin = (high - low) * .12 || high * .0005 || 1;
    low -= margin;
    high += margin;
    const x = (ms) => Math.max(0, (ms - from) / (now - from)) * width;
    const y = (price) => top + (high - price) / (high - low) * height;
    this.grid(from, now, low, high, x, y, width, top + height);
    this.line(list, now, x, y, width, top + height);
    if (this.pointer && this.pointer.x < width) this.cross(list, from, now, x, y, width, top + height);
  }

  grid(from, now, low, high, x, y, width, floor) {
    const c = this.context;
    c.strokeStyle = this.color('--grid');
    c.lineWidth = 1;
    const plate = y(this.points[this.points.length - 1][1]);
    for (const price of steps(low, high, 4)) {
      const at = Math.round(y(price)) + .5;
      c.beginPath();
      c.moveTo(0, at);
      c.lineTo(width, at);
      c.stroke();
      if (Math.abs(at - plate) > 16) this.text(this.format(price), width + 10, at);
    }
    const every = [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
      .find((s) => (now - from) / 1000 / s <= width / 84) * 1000;
    const name = every < 60000 ? clock : minute;
    for (let ms = Math.ceil(from / every) * every; ms < now; ms += every) {
      if (x(ms) > 24 && x(ms) < width - 24) this.text(name(ms), x(ms), floor + 13, 'center');
    }
  }

  line(list, now, x, y, width, floor) {
    const c = this.context;
    const color = this.color('--line');
    const last = list[list.length - 1][1];
    const path = new Path2D();
    path.moveTo(x(list[0][0]), y(list[0][1]));
    for (const [ms, price] of list) path.lineTo(x(ms), y(price));
    path.lineTo(width, y(last));
    const area = new Path2D(path);
    area.lineTo(width, floor);
    area.lineTo(x(list[0][0]), floor);
    c.fillStyle = wash(c, floor, color);
    c.fill(area);
    c.strokeStyle = color;
    c.lineWidth = 1.6;
    c.lineJoin = 'round';
    c.stroke(path);
    c.fillStyle = color;
    c.beginPath();
    c.arc(width, y(last), 3.2, 0, 7);
    c.fill();
    c.beginPath();
    c.roundRect(width + 5, y(last) - 9, 66, 18, 4);
    c.fill();
    this.text(this.format(last), width + 10, y(last) + .5, 'left', '--card');
  }

  cross(list, from, now, x, y, width, floor) {
    const c = this.context;
    const ms = from + this.pointer.x / width * (now - from);
    let price = list[0][1];
    for (const point of list) {
      if (point[0] > ms) break;
      price = point[1];
    }
    c.strokeStyle = this.color('--soft');
    c.setLineDash([3, 3]);
    c.beginPath();
    c.moveTo(this.pointer.x, 0);
    c.lineTo(this.pointer.x, floor);
    c.stroke();
    c.setLineDash([]);
    c.fillStyle = this.color('--line');
    c.beginPath();
    c.arc(this.pointer.x, y(price), 3.5, 0, 7);
    c.fill();
    this.label(`${this.format(price)}   ${clock(ms)}`, this.pointer.x, 16);
  }
}

export class DepthChart extends Surface {
  constructor(canvas) {
    super(canvas);
    this.book = null;
    this.format = short;
  }

  /** Levels within the span around the mid that holds most of the nearer part of the book. */
  window() {
    const bids = this.book.bids.list(), asks = this.book.asks.list();
    if (bids.length === 0 || asks.length === 0) return null;
    const mid = (bids[0].price + asks[0].price) / 2;
    const reach = (list) => Math.abs(list[Math.min(list.length - 1, 60)].price - mid);
    const half = Math.max(reach(bids), reach(asks), mid * .0001);
    const near = (list) => list.filter((level) => Math.abs(level.price - mid) <= half);
    return { mid, half, bids: near(bids), asks: near(asks) };
  }

  draw() {
    const c = this.begin();
    const w = this.book && this.window();
    if (!w) {
      this.text('no orders on one side', this.width / 2, this.height / 2, 'center');
      return;
    }
    const top = 14, floor = this.height - 24;
    const total = Math.max(w.bids.at(-1)?.total ?? 0, w.asks.at(-1)?.total ?? 0) * 1.06;
    const x = (price) => (price - (w.mid - w.half)) / (2 * w.half) * this.width;
    const y = (size) => floor - size / total * (floor - top);
    c.strokeStyle = this.color('--grid');
    c.lineWidth = 1;
    for (const size of steps(0, total, 3).slice(1)) {
      const at = Math.round(y(size)) + .5;
      c.beginPath();
      c.moveTo(0, at);
      c.lineTo(this.width, at);
      c.stroke();
      this.text(short(size), this.width - 8, at - 8, 'right');
    }
    this.area(w.bids, x, y, floor, 0, this.color('--buy'));
    this.area(w.asks, x, y, floor, this.width, this.color('--sell'));
    for (const price of steps(w.mid - w.half, w.mid + w.half, Math.max(2, this.width / 130))) {
      const at = x(price);
      if (at > 30 && at < this.width - 30) this.text(this.format(price), at, floor + 13, 'center');
    }
    if (this.pointer) this.cross(w, x, y, floor);
  }

  area(list, x, y, floor, edge, color) {
    if (list.length === 0) return;
    const c = this.context;
    const line = new Path2D();
    line.moveTo(x(list[0].price), floor);
    let before = 0;
    for (const level of list) {
      line.lineTo(x(level.price), y(before));
      line.lineTo(x(level.price), y(level.total));
      before = level.total;
    }
    line.lineTo(edge, y(before));
    const area = new Path2D(line);
    area.lineTo(edge, floor);
    c.fillStyle = wash(c, floor, color, .34);
    c.fill(area);
    c.strokeStyle = color;
    c.lineWidth = 1.6;
    c.stroke(line);
  }

  cross(w, x, y, floor) {
    const c = this.context;
    const price = w.mid + (this.pointer.x / this.width * 2 - 1) * w.half;
    const list = price < w.mid ? w.bids : w.asks;
    const inside = list.filter((level) => Math.abs(level.price - w.mid) <= Math.abs(price - w.mid));
    const total = inside.at(-1)?.total ?? 0;
    c.strokeStyle = this.color('--soft');
    c.setLineDash([3, 3]);
    c.beginPath();
    c.moveTo(this.pointer.x, 0);
    c.lineTo(this.pointer.x, floor);
    c.stroke();
    c.setLineDash([]);
    c.fillStyle = this.color(price < w.mid ? '--buy' : '--sell');
    c.beginPath();
    c.arc(this.pointer.x, y(total), 3.5, 0, 7);
    c.fill();
    this.label(`${short(total)} up to ${this.format(price)}`, this.pointer.x, 14);
  }
}

/** The last minute of one figure. */
export class Spark extends Surface {
  constructor(canvas, color = '--line') {
    super(canvas);
    this.values = [];
    this.tint = color;
  }

  add(value) {
    this.values.push(value);
    if (this.values.length > 60) this.values.shift();
    this.draw();
  }

  draw() {
    const c = this.begin();
    if (this.values.length < 2) return;
    const high = Math.max(...this.values, 1e-9) * 1.1;
    const color = this.color(this.tint);
    const line = new Path2D();
    this.values.forEach((value, i) => {
      line.lineTo(this.width - (this.values.length - 1 - i) * this.width / 59, this.height - 2 - value / high * (this.height - 6));
    });
    const area = new Path2D(line);
    area.lineTo(this.width, this.height);
    area.lineTo(this.width - (this.values.length - 1) * this.width / 59, this.height);
    c.fillStyle = wash(c, this.height, color, .3);
    c.fill(area);
    c.strokeStyle = color;
    c.lineWidth = 1.4;
    c.stroke(line);
  }
}
