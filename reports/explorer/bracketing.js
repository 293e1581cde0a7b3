/** Doubles and their neighbours, and one root bracketed until no double lies between. */
{
  const EPS = 2 ** -52;

  /** The distance from the size of u to the next double. */
  NC.spacing = (u) => {
    const size = Math.abs(u);
    if (!(size > 2.2250738585072014e-308)) return 5e-324;
    return 2 ** Math.max(exponentOf(size) - 52, -1074);
  };

  const bits = new DataView(new ArrayBuffer(8));
  function exponentOf(size) {
    bits.setFloat64(0, size);
    return (bits.getUint16(0) >> 4) - 1023;
  }

  /** Return the next double above u, which is finite. */
  NC.nextAfter = (u) => (u === 0 ? 5e-324 : numberAt(orderOf(u) + 1n));

  /** Number the doubles in order. */
  function orderOf(u) {
    bits.setFloat64(0, u + 0);
    const order = bits.getBigInt64(0);
    return order < 0n ? -(2n ** 63n) - order : order;
  }

  function numberAt(order) {
    bits.setBigInt64(0, order < 0n ? -(2n ** 63n) - order : order);
    return bits.getFloat64(0);
  }

  // After this many steps only the ordered integers behind the doubles are halved, which ends within 64 more.
  const PATIENCE = 60;

  /**
   * Return the double at which f is smallest of the two that enclose its change of sign between two ends.
   *
   * f is taken to be negative at the left end where `rising`, and positive there otherwise, with the opposite sign at
   * the right end, whatever rounding makes of it, also where f is not defined there. Chandrupatla's method (Adv. Eng. Softw. 28:145, 1997); where it would
   * halve, a bracket across zero is cut at zero and one across magnitudes in the exponent.
   */
  NC.rootBetween = (f, left, right, rising) => {
    const sign = rising ? 1 : -1;
    let [x1, x2] = [right, left];
    let f1 = Math.max(sign * f(x1) || 0, 2.2250738585072014e-308);
    let f2 = Math.min(sign * f(x2) || 0, -2.2250738585072014e-308);
    let [x3, f3] = [x2, f2];
    let step = 0.5;
    for (let iteration = 0; iteration < PATIENCE + 130; iteration += 1) {
      let next = step === 0.5 || iteration >= PATIENCE ? middle(x1, x2, iteration >= PATIENCE) : x1 + step * (x2 - x1);
      if (next === x1 || next === x2) next = middle(x1, x2, true);
      const value = sign * f(next);
      if (value === 0) return next;
      if (next === x1 || next === x2 || Number.isNaN(value)) break;
      if (value > 0 === f1 > 0) {
        [x3, f3] = [x1, f1];
      } else {
        [x3, f3] = [x2, f2];
        [x2, f2] = [x1, f1];
      }
      [x1, f1] = [next, value];
      step = interpolation(x1, x2, x3, f1, f2, f3);
    }
    return Math.abs(f1) < Math.abs(f2) ? x1 : x2;
  };

  /** Where between x1 (0) and x2 (1) to look next: by inverse quadratic interpolation, or halfway. */
  function interpolation(x1, x2, x3, f1, f2, f3) {
    const xi = (x1 - x2) / (x3 - x2);
    const phi = (f1 - f2) / (f3 - f2);
    if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
    const step = (f1 / (f2 - f1)) * (f3 / (f2 - f3)) + ((x3 - x1) / (x2 - x1)) * (f1 / (f3 - f1)) * (f2 / (f3 - f2));
    if (!Number.isFinite(step)) return 0.5;
    // At least one double away from either end.
    const best = Math.abs(f1) < Math.abs(f2) ? x1 : x2;
    const least = Math.min((EPS * Math.abs(best)) / Math.abs(x2 - x1), 0.5);
    return Math.min(Math.max(step, least), 1 - least);
  }

  /** The middle of a bracket: zero if it is inside, else halfway, or halfway in the exponent. */
  function middle(a, b, exact) {
    if (Math.min(a, b) < 0 && Math.max(a, b) > 0) return 0;
    const [near, far] = Math.abs(a) < Math.abs(b) ? [Math.abs(a), Math.abs(b)] : [Math.abs(b), Math.abs(a)];
    if (!exact && far <= 1e3 * near) return a + (b - a) / 2;
    return numberAt((orderOf(a) + orderOf(b)) >> 1n);
  }
}
