/**
 * Numbers of 256 bits: {m, e} is m 2^e, with a BigInt m. For the few sets of parameters of which doubles say too little.
 *
 * Each operation is right to some units in the last of the 77 digits.
 */
NC.digits = (() => {
  const BITS = 256;
  const lengthOf = (m) => (m < 0n ? -m : m).toString(16).length * 4;

  /** Round m 2^e to BITS bits. */
  function made(m, e) {
    if (m === 0n) return { m, e: 0 };
    const more = lengthOf(m) - BITS;
    if (more <= 0) return { m, e };
    const half = 1n << BigInt(more - 1);
    return { m: (m + half) >> BigInt(more), e: e + more };
  }

  const bits = new DataView(new ArrayBuffer(8));
  /** The exact value of a double. */
  function of(u) {
    if (u === 0) return { m: 0n, e: 0 };
    bits.setFloat64(0, u);
    const all = bits.getBigUint64(0);
    const exponent = Number((all >> 52n) & 0x7ffn);
    const fraction = all & 0xfffffffffffffn;
    const m = exponent === 0 ? fraction : fraction | (1n << 52n);
    return { m: u < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
  }

  /** The double nearest to a number. */
  function toNumber({ m, e }) {
    if (m === 0n) return 0;
    const more = lengthOf(m) - 64;
    const top = more > 0 ? (m >> BigInt(more)) | 1n : m;
    const power = e + Math.max(more, 0);
    // In two steps: 2^power alone may be no double.
    const half = Math.max(Math.min(Math.trunc(power / 2), 1000), -1000);
    return Number(top) * 2 ** half * 2 ** (power - half);
  }

  const ZERO = of(0);
  const ONE = of(1);
  const ratio = (p, q) => div(made(p, 0), made(q, 0));
  const neg = (a) => ({ m: -a.m, e: a.e });
  const abs = (a) => (a.m < 0n ? neg(a) : a);
  const sign = (a) => (a.m > 0n ? 1 : a.m < 0n ? -1 : 0);
  /** The place of the leading bit, to within four. */
  const height = (a) => (a.m === 0n ? -Infinity : lengthOf(a.m) + a.e);

  function add(a, b) {
    if (a.m === 0n) return b;
    if (b.m === 0n) return a;
    if (height(a) - height(b) > 2 * BITS) return a;
    if (height(b) - height(a) > 2 * BITS) return b;
    const e = Math.min(a.e, b.e);
    return made((a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e);
  }
  const sub = (a, b) => add(a, neg(b));
  const mul = (a, b) => made(a.m * b.m, a.e + b.e);
  function div(a, b) {
    const shift = Math.max(BITS + 8 + lengthOf(b.m) - lengthOf(a.m), 0);
    return made((a.m << BigInt(shift)) / b.m, a.e - shift - b.e);
  }
  const scaled = (a, power) => ({ m: a.m, e: a.e + power });
  const less = (a, b) => sub(a, b).m < 0n;

  function powi(a, n) {
    if (n < 0) return div(ONE, powi(a, -n));
    let result = ONE;
    for (let i = 0; i < n; i += 1) result = mul(result, a);
    return result;
  }

  function sqrt(a) {
    if (a.m <= 0n) return ZERO;
    // Of a number near 1, from the root that doubles give.
    const half = Math.floor(height(a) / 2);
    const near = scaled(a, -2 * half);
    let root = of(Math.sqrt(toNumber(near)));
    for (let i = 0; i < 4; i += 1) root = scaled(add(root, div(near, root)), -1);
    return scaled(root, half);
  }

  /** Sum a series whose terms fall, from its first term and the factor from each to the next. */
  function series(first, factor) {
    let total = first;
    let term = first;
    for (let n = 1; n < 4000 && height(term) > height(total) - BITS - 8; n += 1) {
      term = factor(term, n);
      total = add(total, term);
    }
    return total;
  }

  const kept = {};
  const once = (name, value) => () => (kept[name] = kept[name] || value());
  const over = (term, n) => div(term, of(n));
  /** artanh(1/k) and arctan(1/k). */
  const inverseSeries = (k, turn) => {
    const square = of(turn * k * k);
    let term = div(ONE, of(k));
    let total = term;
    for (let n = 3; height(term) > -BITS - 8; n += 2) {
      term = div(term, square);
      total = add(total, over(term, n));
    }
    return total;
  };
  const ln2 = once("ln2", () => scaled(inverseSeries(3, 1), 1));
  const pi = once("pi", () => sub(scaled(inverseSeries(5, -1), 4), scaled(inverseSeries(239, -1), 2)));

  function exp(a) {
    if (a.m === 0n) return ONE;
    const turns = Math.round(toNumber(div(a, ln2())));
    if (!(Math.abs(turns) < 1e7)) return turns < 0 ? ZERO : scaled(ONE, 1e7);
    const rest = scaled(sub(a, mul(ln2(), of(turns))), -12);
    let value = series(ONE, (term, n) => over(mul(term, rest), n));
    for (let i = 0; i < 12; i += 1) value = mul(value, value);
    return scaled(value, turns);
  }

  function log(a) {
    if (a.m <= 0n) return of(-1e300);
    const power = height(a);
    const near = scaled(a, -power);
    let value = of(Math.log(toNumber(near)));
    for (let i = 0; i < 2; i += 1) {
      // Halley's method on e^v = a: three times the digits at each step.
      const grown = exp(value);
      value = add(value, scaled(div(sub(near, grown), add(near, grown)), 1));
    }
    return add(value, mul(ln2(), of(power)));
  }
  const power = (a, b) => (a.m <= 0n ? ZERO : exp(mul(b, log(a))));

  function tanh(a) {
    const grown = exp(scaled(a, 1));
    return div(sub(grown, ONE), add(grown, ONE));
  }

  /** erf: (2 u/sqrt(pi)) e^(-u^2) sum over n of (2 u^2)^n/(1 3 5 ... (2 n + 1)), all of whose terms are positive. */
  function erf(a) {
    const size = toNumber(abs(a));
    if (size > 14) return of(sign(a));
    const square = mul(a, a);
    const sum = series(ONE, (term, n) => over(mul(term, scaled(square, 1)), 2 * n + 1));
    return div(mul(mul(scaled(a, 1), exp(neg(square))), sum), sqrt(pi()));
  }

  return { ZERO, ONE, of, toNumber, ratio, neg, abs, sign, add, sub, mul, div, scaled, less, powi, sqrt, exp, log, power, tanh, erf, pi };
})();
