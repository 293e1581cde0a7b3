/**
 * Interval arithmetic: each function takes intervals [lo, hi] and returns one that holds every value it can take there.
 *
 * Sums, products, quotients and roots are rounded to the nearest double, so a result that is not exact is widened by one
 * unit in the last place; other functions are taken to be right to FOUR_ULP, which every engine's are.
 */
NC.intervals = (() => {
  const E = NC.elementary;
  const ULP = 2.3e-16; // a little more than one unit in the last place, relative
  const FOUR_ULP = 9e-16;
  const LEAST = 5e-324;
  const WHOLE = [-Infinity, Infinity];
  const SAFE = 1e290; // beyond this the error of a product is not formed

  const below = (u, by) => (Math.abs(u) === Infinity ? u : u - (Math.abs(u) * by + LEAST));
  const above = (u, by) => (Math.abs(u) === Infinity ? u : u + (Math.abs(u) * by + LEAST));
  // What is not a number (inf - inf, 0 inf) says nothing: the whole line.
  const outward = (lo, hi, by) => [
    Number.isNaN(lo) ? -Infinity : lo === Infinity ? Number.MAX_VALUE : below(lo, by),
    Number.isNaN(hi) ? Infinity : hi === -Infinity ? -Number.MAX_VALUE : above(hi, by),
  ];

  const sumDown = (a, b) => {
    const total = a + b;
    if (Number.isNaN(total)) return -Infinity;
    if (total === Infinity && a < Infinity && b < Infinity) return Number.MAX_VALUE;
    return E.sum_error(a, b, total) === 0 ? total : below(total, ULP);
  };
  const add = (a, b) => [sumDown(a[0], b[0]), -sumDown(-a[1], -b[1])];
  const neg = (a) => [-a[1], -a[0]];
  const sub = (a, b) => add(a, neg(b));

  const productDown = (a, b) => {
    // 0 times infinity is 0: the infinite end stands for all finite numbers before it.
    if (a === 0 || b === 0) return 0;
    const made = a * b;
    if (made === Infinity && Math.abs(a) < Infinity && Math.abs(b) < Infinity) return Number.MAX_VALUE;
    const checked = Math.abs(a) < SAFE && Math.abs(b) < SAFE && Math.abs(made) > 1e-280;
    return checked && E.product_error(a, b, made) === 0 ? made : below(made, ULP);
  };
  const mul = (a, b) => [
    Math.min(productDown(a[0], b[0]), productDown(a[0], b[1]), productDown(a[1], b[0]), productDown(a[1], b[1])),
    -Math.min(productDown(-a[0], b[0]), productDown(-a[0], b[1]), productDown(-a[1], b[0]), productDown(-a[1], b[1])),
  ];

  function div(a, b) {
    if (b[0] <= 0 && b[1] >= 0) {
      if (b[0] === 0 && b[1] === 0) return WHOLE;
      // One end at 0: the quotient is unbounded on one side only.
      if (b[0] === 0 && a[0] >= 0) return [a[0] === 0 ? 0 : below(a[0] / b[1], ULP), Infinity];
      if (b[0] === 0 && a[1] <= 0) return [-Infinity, a[1] === 0 ? 0 : above(a[1] / b[1], ULP)];
      if (b[1] === 0) return neg(div(a, neg(b)));
      return WHOLE;
    }
    const ends = [a[0] / b[0], a[0] / b[1], a[1] / b[0], a[1] / b[1]];
    if (ends.some(Number.isNaN)) return WHOLE;
    const [lo, hi] = [Math.min(...ends), Math.max(...ends)];
    return [lo === 0 && a[0] === 0 ? 0 : below(lo, ULP), hi === 0 && a[1] === 0 ? 0 : above(hi, ULP)];
  }

  const abs = (a) => (a[0] >= 0 ? a : a[1] <= 0 ? neg(a) : [0, Math.max(-a[0], a[1])]);
  const min = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const max = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])];
  const hull = (a, b) => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
  /** What two enclosures of one thing have in common. */
  const meet = (a, b) => [Math.max(a[0], b[0]), Math.min(a[1], b[1])];

  /** Whole powers: even ones are least where the base is nearest to 0. */
  function powi(a, n) {
    if (n < 0) return div([1, 1], powi(a, -n));
    if (n === 1) return a;
    if (n % 2 === 0) return evenPower(abs(a), n);
    const size = (u) => (u < 0 ? neg(evenPower([-u, -u], n)) : evenPower([u, u], n));
    return [size(a[0])[0], size(a[1])[1]];
  }
  /** A power of an interval that is not negative, by repeated multiplication. */
  function evenPower(a, n) {
    let result = a;
    for (let i = 1; i < n; i += 1) result = mul(result, a);
    return result;
  }

  const sqrt = (a) => [a[0] <= 0 ? 0 : below(Math.sqrt(a[0]), ULP), a[1] <= 0 ? 0 : above(Math.sqrt(a[1]), ULP)];

  /** base^exponent for a base that is not negative: largest and smallest at the corners. */
  function power(a, e) {
    const base = [Math.max(a[0], 0), Math.max(a[1], 0)];
    const corners = [
      Math.pow(base[0], e[0]), Math.pow(base[0], e[1]), Math.pow(base[1], e[0]), Math.pow(base[1], e[1]),
    ];
    if (corners.some(Number.isNaN)) return [0, Infinity];
    const inside = base[0] <= 1 && base[1] >= 1 ? [...corners, 1] : corners;
    const [lo, hi] = [Math.min(...inside), Math.max(...inside)];
    const widened = outward(lo, hi, FOUR_ULP);
    return [Math.max(widened[0], 0), hi === 0 ? 0 : widened[1]];
  }

  /** The enclosure of a function that rises, with the range that it cannot leave; where it is 0 at 0 it is so exactly. */
  const rising = (f, low = -Infinity, high = Infinity) => (a) => {
    const ends = [f(a[0]), f(a[1])];
    const widened = outward(ends[0], ends[1], FOUR_ULP);
    const [lo, hi] = a.map((u, i) => (u === 0 && ends[i] === 0 ? 0 : widened[i]));
    return [Math.max(lo, low), Math.min(hi, high)];
  };
  /** The enclosure of an even function that falls from 0 on. */
  const bell = (f, low, high) => (a) => {
    const size = abs(a);
    const widened = outward(f(size[1]), f(size[0]), FOUR_ULP);
    return [Math.max(widened[0], low), Math.min(widened[1], high)];
  };
  const falling = (f, low, high) => (a) => {
    const widened = outward(f(a[1]), f(a[0]), FOUR_ULP);
    return [Math.max(widened[0], low), Math.min(widened[1], high)];
  };
  const cut = (f, low, high) => (u) => f(Math.min(Math.max(u, low), high));

  /** cos, which is 1 at whole turns and -1 half a turn after. */
  function cos(a) {
    if (!(a[1] - a[0] < 6.28 && Math.abs(a[0]) < 1e8 && Math.abs(a[1]) < 1e8)) return [-1, 1];
    // Whether a peak lies inside; rounding of the quotient may only say so once too often.
    const has = (shift) => Math.floor((a[1] - shift) / (2 * Math.PI) + 1e-7) >= Math.ceil((a[0] - shift) / (2 * Math.PI) - 1e-7);
    const ends = [Math.cos(a[0]), Math.cos(a[1])];
    const slack = 1e-15 + 2e-16 * Math.max(Math.abs(a[0]), Math.abs(a[1]));
    return [
      has(Math.PI) ? -1 : Math.max(Math.min(...ends) - slack, -1),
      has(0) ? 1 : Math.min(Math.max(...ends) + slack, 1),
    ];
  }
  function sin(a) {
    if (a[0] === 0 && a[1] === 0) return a;
    const shifted = cos(sub(a, [1.5707963267948966, 1.5707963267948968]));
    if (!(Math.max(Math.abs(a[0]), Math.abs(a[1])) <= 1.5)) return shifted;
    return meet(shifted, rising(Math.sin)(a));
  }
  function tan(a) {
    const poles = (u) => Math.floor((u - Math.PI / 2) / Math.PI);
    const near = Math.abs(Math.cos(a[0])) < 1e-7 || Math.abs(Math.cos(a[1])) < 1e-7;
    if (!(a[1] - a[0] < 3.14 && Math.abs(a[0]) < 1e8 && Math.abs(a[1]) < 1e8) || near || poles(a[0]) !== poles(a[1])) {
      return WHOLE;
    }
    const slack = 1e-8 * 2e-16 * Math.max(Math.abs(a[0]), Math.abs(a[1]));
    const made = rising(Math.tan)(a);
    return [made[0] - slack, made[1] + slack];
  }

  const erf = rising(E.erf, -1, 1);
  const expit = rising(E.expit, 0, 1);
  const exp = rising(Math.exp, 0);
  const gaussian = bell(E.gaussian, 0, 1);

  /** ln(1 + u (1 + e^v)): it rises with u, and with v where u is positive. */
  function log1p_scaled(u, v) {
    const at = (one, lo, hi) => [E.log1p_scaled(one, one > 0 ? lo : hi), E.log1p_scaled(one, one > 0 ? hi : lo)];
    return outward(at(u[0], v[0], v[1])[0], at(u[1], v[0], v[1])[1], FOUR_ULP);
  }

  /** erf(v + d) - erf(v), as a difference, and as d times the slope somewhere between. */
  function erf_increment(v, d) {
    const end = add(v, d);
    const slope = mul([1.1283791670955123, 1.1283791670955128], gaussian(hull(v, end)));
    return meet(sub(erf(end), erf(v)), mul(d, slope));
  }

  // Comparisons: true, false, or null where it depends on where in the intervals.
  const gt = (a, b) => (a[0] > b[1] ? true : a[1] <= b[0] ? false : null);
  const ge = (a, b) => (a[0] >= b[1] ? true : a[1] < b[0] ? false : null);
  const eq = (a, b) => (a[1] < b[0] || a[0] > b[1] ? false : a[0] === a[1] && b[0] === b[1] && a[0] === b[0] ? true : null);
  const not = (c) => (c === null ? null : !c);
  const and = (a, b) => (a === false || b === false ? false : a === true && b === true ? true : null);
  const or = (a, b) => not(and(not(a), not(b)));

  /** The value of a conditional: the hull of every case that may hold; [condition, value] in turn. */
  function cases(...given) {
    let total = null;
    for (const [condition, value] of given) {
      if (condition !== false) total = total === null ? value : hull(total, value);
      if (condition === true) return total;
    }
    return total === null ? WHOLE : total;
  }

  const sign = (a) => [Math.sign(a[0]), Math.sign(a[1])];

  return {
    add, sub, neg, mul, div, abs, min, max, hull, meet, powi, sqrt, power, sign, sin, cos, tan, erf, expit, exp, gaussian,
    log1p_scaled, erf_increment, gt, ge, eq, not, and, or, cases,
    product: mul,
    expm1: rising(Math.expm1, -1),
    log: rising((u) => Math.log(Math.max(u, 0))),
    log1p: rising((u) => Math.log1p(Math.max(u, -1))),
    asin: rising(cut(Math.asin, -1, 1)),
    acos: falling(cut(Math.acos, -1, 1), 0, Infinity),
    atan: rising(Math.atan),
    sinh: rising(Math.sinh),
    cosh: (a) => { const size = abs(a); return outward(Math.cosh(size[0]), Math.cosh(size[1]), FOUR_ULP); },
    tanh: rising(Math.tanh, -1, 1),
    asinh: rising(Math.asinh),
    acosh: rising((u) => Math.acosh(Math.max(u, 1)), 0),
    atanh: rising(cut(Math.atanh, -1, 1)),
    tanhc: bell(E.tanhc, 0, 1),
    sech: bell(E.sech, 0, 1),
    softplus: rising(E.softplus, 0),
    erfc: falling(E.erfc, 0, 2),
    erfinv: rising(cut(E.erfinv, -1, 1)),
    erfcinv: falling(cut(E.erfcinv, 0, 2), -Infinity, Infinity),
  };
})();
