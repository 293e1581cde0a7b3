/**
 * One set of parameters so close to a fold that doubles cannot count its fixed points: the same search with 77 digits,
 * as nullcline.numeric.near_fold has it.
 *
 * The parameters are read as the exact numbers that the doubles are. Of two sets that differ, the extremum of h = x - I -
 * w F(x) differs far more than the last digit, so its sign decides between none, one and two roots; only an extremum that
 * vanishes to 50 digits is called a double root.
 */
{
  const D = NC.digits;
  const ZERO = D.of(1e-50);
  const LAST = D.of(1e-65);
  const LARGEST = D.of(Number.MAX_VALUE);

  /**
   * Return {points, case} above the threshold, with w not 0; null where F has functions that digits.js lacks.
   */
  NC.nearFold = (own) => {
    if (own.exact === null) return null;
    const origin = own.made.alone === null ? D.ZERO : D.of(own.threshold);
    const shape = own.shape.map((v, i) => (own.made.alone !== null && i === own.made.aloneInShape ? D.ZERO : D.of(v)));
    const w = D.of(own.w);
    const I = D.sub(D.of(own.I), origin);
    const f = own.exact(...shape, w, I);
    const { h, dh: slope, d2h: bend } = f;
    const isZero = (value, ...sizes) => !D.less(D.mul(ZERO, sizes.map(D.abs).reduce(D.add)), D.abs(value));
    const vanishes = (x) => isZero(h(x), x, I, D.sub(x, I));

    const edge = f.threshold === null ? null : f.threshold;
    const bounds = bracket(own, f, w, I, edge);
    const inflections = f.inflections.filter((x) => D.less(bounds.lo, x) && (bounds.hi === null || D.less(x, bounds.hi)));
    const turns = turningPoints(f, w, bounds, inflections, edge, slope, bend);
    if (turns === null) return null;
    const nodes = [{ at: bounds.lo, sign: bounds.signLo }];
    for (const at of turns.points) nodes.push({ at, sign: vanishes(at) ? 0 : D.sign(h(at)) });
    let { hi, signHi } = bounds;
    if (hi === null) {
      const before = nodes[nodes.length - 1];
      // Before a turn that lies beyond the doubles, h still rises: its sign at their end is not the one far out.
      const wanted = turns.oneBeyond ? 1 : signHi;
      hi = before.sign === wanted ? before.at : expanded(h, before.at, wanted);
      signHi = hi === null ? before.sign : wanted;
      if (hi === null) hi = D.less(before.at, LARGEST) ? LARGEST : before.at;
    }
    nodes.push({ at: hi, sign: signHi });
    const cusps = inflections.filter((x) => isZero(slope(x), D.ONE) && vanishes(x));
    const points = [];
    const add = (x, stability) => points.push({
      x: D.toNumber(D.add(origin, x)),
      r: D.toNumber(f.F(x)),
      eigenvalue: stability === "stable" || stability === "unstable" ? own.eigenvalueOf(D.toNumber(slope(x))) : 0,
      stability,
    });
    for (let i = 0; i + 1 < nodes.length; i += 1) {
      const [a, b] = [nodes[i], nodes[i + 1]];
      const cusp = cusps.find((x) => D.less(a.at, x) && D.less(x, b.at));
      if (cusp !== undefined) {
        add(cusp, "stable-nonhyperbolic");
      } else if (a.sign * b.sign < 0) {
        const x = between(h, slope, a.at, b.at, a.sign, guess(h, bend, a, b, turns.points));
        if (x === null) return null;
        add(x, b.sign > 0 ? "stable" : "unstable");
      }
      if (b.sign === 0) add(b.at, "half-stable");
    }
    if (signHi !== bounds.signHi) return { points, case: "beyond" };
    if (turns.oneBeyond) return { points, case: "undecided" };
    const kinds = points.map((q) => q.stability);
    const found = kinds.includes("stable-nonhyperbolic") ? "triple" : kinds.includes("half-stable") ? "double"
      : points.length > 0 ? "regular" : "none";
    return { points, case: found };
  };

  /** An interval above the threshold with all roots, and the signs of h at its ends; hi is null where it is infinite. */
  function bracket(own, f, w, I, edge) {
    const widened = (...sizes) => D.mul(LAST, [D.ONE, I, ...sizes].map(D.abs).reduce(D.add));
    const bounds = { signLo: -1, signHi: 1 };
    if (f.high !== null) {
      const ends = [D.mul(w, f.low), D.mul(w, f.high)];
      if (D.less(ends[1], ends[0])) ends.reverse();
      bounds.lo = D.sub(D.add(I, ends[0]), widened(...ends));
      bounds.hi = D.add(D.add(I, ends[1]), widened(...ends));
    } else if (own.w > 0) {
      bounds.lo = D.sub(I, widened());
      bounds.hi = null;
      // The sign of h far out: of 1 - w F'(oo), or of its limit where that slope is zero.
      let far = f.slope === null ? -1 : D.sign(D.sub(D.ONE, D.mul(w, f.slope)));
      if (far === 0) far = D.less(I, f.offset) ? 1 : -1;
      bounds.signHi = far;
    } else {
      bounds.lo = D.sub(D.add(I, D.mul(w, f.F(I))), widened());
      bounds.hi = D.add(I, widened());
    }
    if (edge !== null && D.less(bounds.lo, edge)) {
      bounds.lo = edge;
      bounds.signLo = D.less(edge, I) ? -1 : 1;
      if (bounds.hi !== null && D.less(bounds.hi, edge)) bounds.hi = edge;
    }
    return bounds;
  }

  /** Where w F' = 1 between lo and hi, rising, and whether there is one more beyond the doubles; null if it fails. */
  function turningPoints(f, w, { lo, hi, signHi }, inflections, edge, slope, bend) {
    if (D.sign(w) < 0) return { points: [], oneBeyond: false };
    const ends = [lo, ...inflections];
    let oneBeyond = false;
    if (hi !== null) {
      ends.push(hi);
    } else if (signHi < 0 && (f.slope === null || D.less(D.ONE, D.mul(w, f.slope)))) {
      const far = expanded(slope, ends[ends.length - 1], -1);
      oneBeyond = far === null;
      if (!oneBeyond) ends.push(far);
    }
    const slopes = ends.map((x) => (edge !== null && x === edge ? D.ONE : slope(x)));
    const points = [];
    const isZero = (value) => !D.less(ZERO, D.abs(value));
    for (let i = 0; i + 1 < ends.length; i += 1) {
      const [a, b] = [slopes[i], slopes[i + 1]];
      if ((isZero(a) && i > 0) || (isZero(b) && ends[i + 1] !== hi)) continue;
      if (D.sign(a) * D.sign(b) >= 0) continue;
      const point = between(slope, bend, ends[i], ends[i + 1], D.sign(a), null);
      if (point === null) return null;
      points.push(point);
    }
    return { points, oneBeyond };
  }

  /** Return a point right of `start`, among the doubles, at which f has a sign; null for none. */
  function expanded(f, start, sign) {
    let step = D.scaled(D.add(D.ONE, D.abs(start)), -20);
    for (let i = 0; i < 1100; i += 1) {
      const x = D.add(start, step);
      if (D.less(LARGEST, x)) return null;
      if (D.sign(f(x)) === sign) return x;
      step = D.scaled(step, 2);
    }
    return null;
  }

  /** Where the parabola at an extremum of h next to a piece has its root. */
  function guess(h, bend, a, b, turns) {
    const turn = turns.includes(a.at) ? a.at : turns.includes(b.at) ? b.at : null;
    if (turn === null) return null;
    const square = D.scaled(D.neg(D.div(h(turn), bend(turn))), 1);
    const far = D.sqrt(square);
    return turn === a.at ? D.add(turn, far) : D.sub(turn, far);
  }

  /** The root of f between a and b by Newton's method, which halves where it would leave the bracket; null if it fails. */
  function between(f, slope, a, b, signA, start) {
    let [lo, hi] = [a, b];
    const inside = (x) => D.less(lo, x) && D.less(x, hi);
    const middle = () => D.scaled(D.add(lo, hi), -1);
    if (inside(D.ZERO) && D.sign(f(D.ZERO)) === 0) return D.ZERO;
    let x = start !== null && inside(start) ? start : middle();
    let last = null;
    for (let i = 0; i < 900; i += 1) {
      const value = f(x);
      if (D.sign(value) === 0) return x;
      if (D.sign(value) === signA) lo = x;
      else hi = x;
      const steepness = slope(x);
      let next = D.sign(steepness) === 0 ? middle() : D.sub(x, D.div(value, steepness));
      const moved = D.abs(D.sub(next, x));
      if (!D.less(D.mul(LAST, D.abs(x)), moved)) return inside(next) ? next : x;
      // Outside, or no nearer than before: halve.
      if (!inside(next) || (last !== null && i % 3 === 2 && D.less(last, D.scaled(moved, 1)))) next = middle();
      last = moved;
      if (!D.less(D.mul(LAST, D.abs(x)), D.sub(hi, lo))) return x;
      x = next;
    }
    return null;
  }
}
