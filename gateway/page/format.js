// Texts for people. Amounts come as decimal texts and are grouped as texts: nothing is rounded that
// is printed as a price or a size.

/** "12345.600" -> "12,345.60" with at least `least` decimals, trailing zeros beyond them cut. */
export function decimal(text, least = 0) {
  if (text === undefined || text === null || text === '') {
    return '–';
  }
  const negative = text.startsWith('-');
  let [whole, fraction = ''] = (negative ? text.slice(1) : text).split('.');
  while (fraction.length > least && fraction.endsWith('0')) {
    fraction = fraction.slice(0, -1);
  }
  fraction = fraction.padEnd(least, '0');
  whole = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return (negative ? '−' : '') + whole + (fraction ? '.' + fraction : '');
}

/** Decimals of an increment: "0.01" -> 2. */
export function decimals(increment) {
  const point = (increment ?? '').indexOf('.');
  return point < 0 ? 0 : increment.length - point - 1;
}

/** A number for a glance: 0.0123, 4.56, 789, 12.3k, 4.56M. */
export function short(value) {
  const size = Math.abs(value);
  if (size >= 1e9) return (value / 1e9).toFixed(2) + 'B';
  if (size >= 1e6) return (value / 1e6).toFixed(2) + 'M';
  if (size >= 1e4) return (value / 1e3).toFixed(1) + 'k';
  if (size >= 100) return value.toFixed(0);
  if (size >= 1) return value.toFixed(2);
  return String(Number(value.toPrecision(3)));
}

/** Whole counts: 1234567 -> "1,234,567". */
export function count(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Nanoseconds -> ["1.23", "ms"]. */
export function span(ns) {
  if (ns < 1e3) return [ns.toFixed(0), 'ns'];
  if (ns < 1e6) return [(ns / 1e3).toFixed(ns < 1e5 ? 1 : 0), 'µs'];
  if (ns < 1e9) return [(ns / 1e6).toFixed(ns < 1e7 ? 2 : ns < 1e8 ? 1 : 0), 'ms'];
  return [(ns / 1e9).toFixed(1), 's'];
}

/** "2026-01-31T23:59:59.123456789Z" -> milliseconds since 1970, with fractions. */
export function instant(text) {
  return Date.parse(text.slice(0, 19) + 'Z') + Number(text.slice(19, -1) || 0) * 1000;
}

export function clock(ms) {
  const d = new Date(ms);
  return [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}

export function minute(ms) {
  return clock(ms).slice(0, 5);
}
