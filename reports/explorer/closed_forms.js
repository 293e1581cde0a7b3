/**
 * Every fixed point of one population whose F is known in closed form, as nullcline.numeric.population finds them.
 *
 * With x = w r + I_ext the fixed points are the zeros of h(x) = x - I_ext - w F(x). h is cut at the threshold, at the
 * inflections of F and where w F'(x) = 1; between these it is monotone and convex or concave, so a change of sign is
 * one root and no change is none. No initial guess enters, and no residual is compared with a tolerance: where rounding
 * hides the sign of h at a cut, the list says so.
 */
{
  const EPS = 2 ** -52;
  // What a handful of roundings in h, and in F at an input that is itself rounded, can amount to.
  const ROUNDINGS = 16 * EPS;
  const TALLEST = 1e200;
  const TINY = 2.2250738585072014e-308;
  const EXPANSIONS = 540; // by 4 each time: from one end of the doubles to the other
  const STEPS = 40;
  const POLISHINGS = 6;

  /** Return {points, case}: the fixed points by rising input, and what is special about them. */
  NC.closedFormPoints = (own) => {
    const { I, w } = own;
    const edge = own.threshold === null ? -Infinity : own.threshold;
    let answer = { points: [], case: "regular" };
    const silent = silentPoints(own, edge);
    if (own.affine) {
      answer = affinePoints(own, edge);
    } else if (w === 0) {
      if (edge < I) answer.points = [{ x: I, r: own.F(I), eigenvalue: own.eigenvalue(own.dF(I)), stability: "stable" }];
    } else {
      answer = recurrentPoints(own, edge);
    }
    const points = answer.case === "continuum" ? [] : [...silent.points, ...answer.points];
    const found = silent.case === "kink" && answer.case === "regular" ? "kink" : answer.case;
    return { points, case: found === "none" && points.length > 0 ? "regular" : found };
  };

  /** r = 0 is a fixed point where the input alone does not pass the threshold. */
  function silentPoints(own, edge) {
    const { I } = own;
    const bent = own.slopeAtThreshold !== null;
    if (edge > I || (edge === I && !bent)) {
      return { points: [{ x: I, r: 0, eigenvalue: own.eigenvalue(0), stability: "stable" }], case: "regular" };
    }
    if (edge !== I) return { points: [], case: "regular" };
    // At the kink there is one eigenvalue for each side; without recurrence it is not felt.
    const sides = [own.eigenvalue(0), own.eigenvalue(own.slopeAtThreshold(I))];
    if (sides[0] === sides[1]) {
      return { points: [{ x: I, r: 0, eigenvalue: sides[0], stability: "stable" }], case: "regular" };
    }
    return { points: [{ x: I, r: 0, eigenvalue: NaN, stability: "nonsmooth", sides }], case: "kink" };
  }

  /** F = g (x - edge) above the threshold: solved in closed form. */
  function affinePoints(own, edge) {
    const { w, I } = own;
    const g = own.dF(edge > -Infinity ? 2 * Math.abs(edge) + 1 : 0);
    const margin = NC.oneMinus(g, w);
    const above = I - edge;
    if (margin === 0 && above === 0) return { points: [], case: "continuum" };
    if (margin === 0 || above === 0 || above > 0 !== margin > 0) {
      return { points: [], case: above > 0 ? "none" : "regular" };
    }
    const scale = above / margin;
    const r = g * scale;
    // x is both sums: the one of smaller terms cancels less.
    const small = Math.abs(w * r) + Math.abs(I) < Math.abs(edge) + Math.abs(scale);
    const x = small ? own.input(r) : edge + scale;
    return { points: [{ x, r, eigenvalue: own.eigenvalueOf(margin), stability: margin > 0 ? "stable" : "unstable" }], case: "regular" };
  }

  /** Return the fixed points above the threshold where w is not 0. */
  function recurrentPoints(own, edge) {
    const { alone } = own.made;
    if (alone === null) return monotonePieces(own, edge, null);
    // F knows only how far x is above its threshold: the unknown is that distance, of which x would lose the digits.
    return monotonePieces(own.with({ [own.made.I]: own.I - edge, [alone]: 0 }), 0, own);
  }

  function monotonePieces(own, edge, given) {
    const bounds = bracket(own, edge);
    const { nodes, doubtful } = cut(own, bounds, edge);
    const points = [];
    for (let i = 0; i + 1 < nodes.length; i += 1) {
      const [a, b] = [nodes[i], nodes[i + 1]];
      if (doubtful.length === 0 && a.sign !== b.sign) points.push(rootOf(own, a, b, given));
    }
    if (doubtful.length > 0) return beside(given === null ? own : given, own, nodes, doubtful);
    // h keeps one sign on all of the line above the threshold: no root there.
    const none = own.asymptoticSlope !== null && edge < own.I && points.length === 0;
    return { points, case: none ? "none" : "regular" };
  }

  /** An interval above the threshold that holds every root there, and the signs of h at its ends; hi may be infinite. */
  function bracket(own, edge) {
    const { w, I, low, high } = own;
    const bounds = { signLo: -1, signHi: 1, doubtful: false };
    if (own.asymptoticSlope === null) {
      const [one, other] = [w * low, w * high];
      const margin = 8 * EPS * (Math.abs(I) + Math.max(Math.abs(one), Math.abs(other))) + 1e-300;
      bounds.lo = I + Math.min(one, other) - margin;
      bounds.hi = I + Math.max(one, other) + margin;
    } else {
      // F >= 0 without bound: x >= I where w > 0; I + w F(I) <= x <= I where w < 0.
      const reach = Math.abs(w * (w < 0 ? Math.min(own.F(I), TALLEST) : 0));
      const margin = 8 * EPS * (Math.abs(I) + reach) + 1e-300;
      bounds.lo = I - reach - margin;
      bounds.hi = w < 0 ? I + margin : Infinity;
      let far = w > 0 ? -1 : 1;
      if (own.asymptoticOffset !== null) {
        far = w > 0 ? NC.oneMinus(own.asymptoticSlope, w) : 1;
        // Where 1 - w F'(oo) is zero h has a limit, which it approaches from below.
        bounds.doubtful = w > 0 && Math.abs(far) < 1e-10 && far !== 0;
        if (far === 0) far = own.asymptoticOffset > I ? 1 : -1;
      }
      bounds.signHi = far > 0 ? 1 : -1;
    }
    if (own.threshold !== null) {
      // At the threshold h is edge - I; where that is 0 it rises from there, since F' is 0 at a smooth threshold.
      if (bounds.lo < edge) {
        if (edge >= I) bounds.signLo = 1;
        bounds.lo = edge;
      }
      bounds.hi = Math.max(bounds.hi, bounds.lo);
    }
    return bounds;
  }

  /** What the error of h is relative to, beside x and I: |w| times the largest |F|, 0 without one. */
  function responseSize(own) {
    const ends = [own.low, own.high].filter(Number.isFinite).map(Math.abs);
    return Math.abs(own.w) * Math.max(0, ...ends);
  }

  /**
   * Cut the bracket at the inflections and where w F' = 1: nodes {at, sign, bendsUp} from left to right, `bendsUp` of
   * the piece that ends there; and in `doubtful` the cuts at which rounding hides a sign.
   */
  function cut(own, bounds, edge) {
    const { lo, hi, signHi } = bounds;
    const { w } = own;
    const doubtful = bounds.doubtful ? [Infinity] : [];
    const places = own.inflections;
    const size = Math.abs(own.I) + responseSize(own) + places.reduce((sum, q) => sum + Math.abs(q), 0)
      + (Number.isFinite(edge) ? Math.abs(edge) : 0);
    const hidden = (at, h) => Math.abs(h) <= ROUNDINGS * (size + Math.abs(at) + Math.abs(at - h)) + 1e-300;
    const last = own.asymptoticSlope === null ? hi : lastEnd(own, bounds, doubtful);
    const ends = [lo, ...places.map((q) => Math.min(Math.max(q, lo), last)), last];
    const inner = ends.slice(1, -1).map((at) => ({ at, h: own.h(at), slope: own.slopeOf(own.dF(at)) }));
    for (const { at, h, slope } of inner) {
      if (w > 0 && Math.abs(slope) <= 64 * EPS && at > lo && at < last && hidden(at, h)) doubtful.push(at);
    }
    const nodes = [{ at: lo, sign: bounds.signLo, bendsUp: true }];
    const slopes = [null, ...inner.map((q) => q.slope), null];
    criticalInputs(own, ends, slopes).forEach((point, piece) => {
      // F' rises from the left up to the first inflection, and then falls and rises by turns.
      const bendsUp = piece % 2 === 0;
      if (point !== null) {
        const h = own.h(point);
        nodes.push({ at: point, sign: h > 0 ? 1 : -1, bendsUp });
        if (hidden(point, h)) doubtful.push(point);
      }
      if (piece < inner.length && inner[piece].at > nodes[nodes.length - 1].at) {
        const { at, h } = inner[piece];
        // At the end of the bracket the sign is known, where rounding might hide it.
        nodes.push({ at, sign: at >= last && Number.isFinite(hi) ? signHi : h > 0 ? 1 : -1, bendsUp });
      }
    });
    const end = { at: hi, sign: signHi, bendsUp: places.length % 2 === 0 };
    const before = nodes[nodes.length - 1];
    if (!Number.isFinite(hi)) {
      end.at = before.at;
      if (before.sign !== signHi) {
        end.at = expanded(own, before.at, signHi, (x) => own.h(x));
        if (end.at === null) doubtful.push(before.at);
      }
    }
    nodes.push({ ...end, at: Math.max(end.at === null ? before.at : end.at, before.at) });
    return { nodes, doubtful };
  }

  /** Where F has no bound: an input beyond the last one at which w F' may be 1. */
  function lastEnd(own, { lo, hi, signHi }, doubtful) {
    if (Number.isFinite(hi)) return hi;
    const { inflections } = own;
    const start = inflections.length > 0 ? Math.max(inflections[inflections.length - 1], lo) : lo;
    let falls = own.w > 0 && signHi < 0 && doubtful.length === 0;
    // Only where F' can exceed 1/w far out is there a critical point to reach.
    if (own.asymptoticOffset !== null) falls = falls && NC.oneMinus(own.asymptoticSlope, own.w) < 0;
    if (!falls) return start;
    const far = expanded(own, start, -1, (x) => own.slopeOf(own.dF(x)));
    if (far !== null) return far;
    doubtful.push(start);
    return start;
  }

  /** Return a point right of `start` where a function has the given sign, null where none was met. */
  function expanded(own, start, sign, f) {
    let step = 1e-6 * (1 + Math.abs(start));
    for (let i = 0; i < EXPANSIONS; i += 1) {
      const x = Math.min(start + step, 1e300);
      if (f(x) * sign > 0) return x > start ? x : null;
      if (x >= 1e300) return null;
      step *= 4;
    }
    return null;
  }

  /** Return where w F'(x) = 1 on each piece on which F' is monotone, null where it is not: in closed form, or bracketed. */
  function criticalInputs(own, ends, slopes) {
    const { w } = own;
    const none = ends.slice(1).map(() => null);
    if (!(w > 0)) return none;
    let closed = none;
    if (own.inputsOfSlope !== null) {
      const wanted = 1 / Math.max(w, TINY);
      if (own.largestSlope !== null && !(wanted < own.largestSlope)) return none;
      closed = own.inputsOfSlope(wanted);
    }
    return none.map((_, i) => {
      const [left, right] = [ends[i], ends[i + 1]];
      const point = i < closed.length ? closed[i] : null;
      if (point !== null) {
        const steep = slopes[i] !== null ? slopes[i] : slopes[i + 1];
        return left < point && point < right && (steep === null || steep < 0) ? point : null;
      }
      const slope = (x) => own.slopeOf(own.dF(x));
      const [a, b] = [slopes[i] === null ? slope(left) : slopes[i], slopes[i + 1] === null ? slope(right) : slopes[i + 1]];
      if (!(a > 0 !== b > 0 && left < right)) return null;
      return NC.rootBetween(slope, left, right, a <= 0);
    });
  }

  /**
   * Return all inputs at which w F'(x) = 1, rising, and that there is no other: {inputs, complete}. I_ext does not enter.
   */
  NC.criticalPoints = (own) => {
    if (!(own.w > 0) || own.affine) return { inputs: [], complete: true };
    const edge = own.threshold === null ? -Infinity : own.threshold;
    const within = [...own.inflections].filter((q) => q > edge);
    const slope = (x) => own.slopeOf(own.dF(x));
    // Beyond these F' is monotone, towards 0 or the slope of an asymptote: a point further out has it on the other side.
    const start = within.length > 0 ? within[0] : Number.isFinite(edge) ? edge : 0;
    const finish = within.length > 0 ? within[within.length - 1] : start;
    const lo = edge > -Infinity ? edge : beyond(slope, start, -1);
    const hi = beyond(slope, finish, 1);
    const ends = [lo, ...within, hi];
    const slopes = [null, ...within.map(slope), null];
    return { inputs: criticalInputs(own, ends, slopes).filter((q) => q !== null), complete: true };
  };

  /** Return the largest h' = 1 - w F' between two inputs: F' is monotone between its inflections. */
  NC.steepest = (own, from, to) => {
    const inner = own.inflections.filter((x) => x > from && x < to);
    return Math.max(...[from, ...inner, to].map((x) => own.slopeOf(own.dF(x))));
  };

  /** Return an input so far to one side that the slope there is as it is further on. */
  function beyond(slope, start, side) {
    const here = slope(start) > 0;
    let step = 1e-6 * (1 + Math.abs(start));
    let x = start + side * step;
    for (let i = 0; i < 200 && slope(x) > 0 === here; i += 1) {
      step *= 4;
      x = start + side * step;
    }
    return x;
  }

  /**
   * Return the fixed point between two nodes: Newton's method from the end of the piece where h and h'' have one sign
   * runs to the root without ever passing it (Fourier).
   */
  function rootOf(own, a, b, given) {
    const rising = a.sign < 0;
    // h'' = -w F'': the end to start from is where h has that sign.
    const bend = b.bendsUp === own.w < 0 ? 1 : -1;
    const fromLeft = a.sign === bend;
    const [start, other] = fromLeft ? [a.at, b.at] : [b.at, a.at];
    const slack = 8 * EPS * responseSize(own);
    const [low, high] = [a.at - slack, b.at + slack];
    let x = atZero(own, low, high) && given === null ? 0 : approached(own, start, other);
    if (x === null) x = NC.rootBetween(own.h, low, high, rising);
    let root = polished(own, x, low, high, rising);
    if (given !== null) root = fromDistance(own, given, root, low, high, rising);
    const point = pointAt(given === null || root.own === given ? root.own : own, root);
    if (given !== null && root.own !== given) point.x = root.F === 0 ? given.I : given.threshold + root.x;
    return { ...point, stability: rising ? "stable" : "unstable" };
  }

  /** The one of F(x) and (x - I)/w that does not magnify the rounding of x. */
  function pointAt(own, { x, F, dF }) {
    const steep = Math.abs(own.w * dF) > 1;
    return { x, r: steep ? own.rateAt(x) : F, eigenvalue: own.eigenvalue(dF) };
  }

  /** A root in t = x - threshold; where the sum threshold + t cancels, x is polished as it is. */
  function fromDistance(own, given, root, low, high, rising) {
    const edge = given.threshold;
    const x = edge + root.x;
    if (root.F === 0 || !(Math.abs(x) < Math.abs(root.x))) return root;
    const slack = 8 * EPS * Math.abs(edge);
    const [from, to] = [edge + low - slack, edge + high + slack];
    return polished(given, atZero(given, from, to) ? 0 : x, from, to, rising);
  }

  /** Whether the root is exactly 0: Newton's method only comes near 0, for ever nearer. */
  const atZero = (own, low, high) => low <= 0 && high >= 0 && own.input(own.F(0)) === 0;

  function approached(own, start, other) {
    const ahead = other > start ? 1 : -1;
    let x = start;
    let [lastMoved, lastSlope] = [NaN, NaN];
    for (let i = 0; i < STEPS; i += 1) {
      const h = own.h(x);
      const slope = own.slopeOf(own.dF(x)) || EPS;
      let next = x - h / slope;
      // Rounding may carry a step past the end of the piece.
      if ((other - next) * ahead < 0) next = other;
      const moved = (next - x) * ahead;
      // Half of the change of the slope along this step, times the step, is left to go, and the polishing squares it.
      const change = Math.abs(slope / lastSlope - 1);
      const bend = Math.min(change * Math.abs(moved / lastMoved), 1);
      if (moved <= 4 * EPS * Math.abs(x) || (change < 0.1 && moved * bend * bend * bend <= EPS * Math.abs(next))) return next;
      if (Number.isNaN(next)) return null;
      [x, lastMoved, lastSlope] = [next, moved, slope];
    }
    return null;
  }

  /** Take Newton's last steps: what a step leaves is what it moved, times the change of the slope along it. */
  function polished(own, start, low, high, rising) {
    let x = start;
    for (let i = 0; i < POLISHINGS; i += 1) {
      const F = own.F(x);
      const dFHere = Math.min(own.dF(x), TALLEST);
      const slope = own.slopeOf(dFHere) || Infinity;
      const next = Math.min(Math.max(x - (x - own.back(F)) / slope, low), high);
      const moved = next - x;
      const dF = own.dF(next);
      x = next;
      if (Math.abs(moved * (own.slopeOf(dF) / slope - 1)) <= EPS * Math.abs(next)) {
        return { own, x, F: F + dFHere * Math.min(Math.max(moved, -1e100), 1e100), dF };
      }
    }
    // A knee: h is straight on both sides of it, and Newton's method creeps along the bend.
    x = NC.rootBetween(own.h, low, high, rising);
    return { own, x, F: own.F(x), dF: own.dF(x) };
  }

  /**
   * A set so close to a fold that doubles cannot tell how many roots h has beside it: solved with many digits; where that
   * cannot be, the roots elsewhere, and at each doubtful cut one entry that says so.
   */
  function beside(given, own, nodes, doubtful) {
    const solved = NC.nearFold(given);
    if (solved !== null) return solved;
    const points = [];
    const origin = given === own ? 0 : given.threshold;
    for (let i = 0; i + 1 < nodes.length; i += 1) {
      const [a, b] = [nodes[i], nodes[i + 1]];
      const near = doubtful.includes(a.at) || doubtful.includes(b.at);
      if (!near && a.sign !== b.sign) points.push(rootOf(own, a, b, given === own ? null : given));
    }
    for (const at of doubtful.filter(Number.isFinite)) {
      const dF = own.dF(at);
      points.push({ x: at + origin, r: own.F(at), eigenvalue: own.eigenvalue(dF), stability: "undecided" });
    }
    points.sort((a, b) => a.x - b.x);
    return { points, case: "undecided" };
  }
}
