/**
 * Elementary functions of numbers, which the generated lines call: the counterparts of nullcline.numeric.elementary,
 * name by name. Each is right to a few units in the last place of its value, and none overflows on the way to it.
 */
NC.elementary = (() => {
  const TINIEST = 5e-324;
  const { abs, sin, cos, tan, asinh, atan, tanh, expm1, exp, sign, sinh, cosh } = Math;
  const minimum = Math.min;
  const maximum = Math.max;
  const JUST_BELOW_ONE = 1 - 2 ** -53;
  // Veltkamp's splitter: a double times it falls into two halves of 26 bits.
  const SPLITTER = 134217729;
  // Beyond this e^(-u^2) is 0, and u^2 still far from the largest double.
  const FAR = 1e100;
  const LARGE_EXPONENT = 700;

  const where = (condition, yes, no) => (condition ? yes : no);
  const logical_and = (a, b) => a && b;
  const logical_or = (a, b) => a || b;
  const clipped = (u, end) => (u > end ? end : u < -end ? -end : u);
  const times = (a, b) => a * b;
  const copysign = (size, u) => (u < 0 || Object.is(u, -0) ? -size : size);
  const magnified = (value, factor) => value * factor;

  /** What rounding took from a + b: exactly (Knuth). */
  function sum_error(a, b, total) {
    const kept = total - a;
    return (a - (total - kept)) + (b - kept);
  }

  /** What rounding took from a b: exactly, for factors below 1e300 (Dekker, Numer. Math. 18:224, 1971). */
  function product_error(a, b, product) {
    const aScaled = SPLITTER * a;
    const bScaled = SPLITTER * b;
    const aHigh = aScaled - (aScaled - a);
    const bHigh = bScaled - (bScaled - b);
    const aLow = a - aHigh;
    const bLow = b - bHigh;
    return ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
  }

  // What rounding brings to the end of a domain stays inside it.
  const sqrt = (u) => Math.sqrt(maximum(u, 0));
  const log = (u) => Math.log(maximum(u, TINIEST));
  const log1p = (u) => Math.log1p(maximum(u, -JUST_BELOW_ONE));
  const atanh = (u) => Math.atanh(clipped(u, JUST_BELOW_ONE));
  const acosh = (u) => Math.acosh(maximum(u, 1));
  const asin = (u) => Math.asin(clipped(u, 1));
  const acos = (u) => Math.acos(clipped(u, 1));
  const power = (base, exponent) => Math.pow(maximum(base, TINIEST), exponent);

  /** 1/(1 + e^(-u)). */
  function expit(u) {
    const small = exp(-abs(u));
    const large = 1 / (1 + small);
    return u < 0 ? small * large : large;
  }

  /** 1/cosh u. */
  function sech(u) {
    const small = exp(-abs(u));
    return (2 * small) / (1 + small * small);
  }

  /** tanh(u)/u, and 1 at 0. */
  const tanhc = (u) => (u === 0 ? 1 : tanh(u) / u);

  /** e^(-u^2); the square's own rounding would cost as many digits as it has before the point. */
  function gaussian(u) {
    const limited = clipped(u, FAR);
    const square = limited * limited;
    const small = exp(-square);
    return small - small * product_error(limited, limited, square);
  }

  /** ln(1 + e^u). */
  const softplus = (u) => maximum(u, 0) + Math.log1p(exp(-abs(u)));

  /** ln(1 + u (1 + e^v)); beyond v = 700 through logarithms. */
  function log1p_scaled(u, v) {
    if (!(v > LARGE_EXPONENT)) return log1p(u * (1 + exp(v)));
    if (u === 0) return 0;
    const exponent = log(abs(u)) + v;
    return u > 0 ? softplus(exponent) : log1p(-exp(minimum(exponent, 0)));
  }

  // The error functions: rational functions of W. J. Cody, Math. Comp. 23:631, 1969; highest power first.
  const INNER = [
    [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3],
    [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
  ];
  const MIDDLE = [
    [
      2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
      2.98635138197400131e2, 8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ],
    [
      1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
      3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ],
  ];
  const OUTER = [
    [
      1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
      1.60837851487422766e-2, 6.58749161529837803e-4,
    ],
    [1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3],
  ];
  const ROOT_PI = 1.7724538509055159;
  const INNER_END = 0.46875;

  function polynomial(coefficients, u) {
    let total = coefficients[0];
    for (let i = 1; i < coefficients.length; i += 1) total = total * u + coefficients[i];
    return total;
  }
  const rational = ([above, below], u) => polynomial(above, u) / polynomial(below, u);

  /** e^(u^2) erfc(u) for u >= 0. */
  function erfcx(u) {
    if (u <= INNER_END) return exp(u * u) * (1 - u * rational(INNER, u * u));
    if (u <= 4) return rational(MIDDLE, u);
    const inverse = 1 / (u * u);
    return (1 / ROOT_PI - inverse * rational(OUTER, inverse)) / u;
  }

  function erf(u) {
    if (abs(u) <= INNER_END) return u * rational(INNER, u * u);
    const size = abs(u) > 6 ? 1 : 1 - erfcx(abs(u)) * gaussian(u);
    return u < 0 ? -size : size;
  }

  /** 1 - erf(u), also far out on the right. */
  function erfc(u) {
    if (u > INNER_END) return erfcx(u) * gaussian(u);
    return 1 - erf(u);
  }

  /** The u of erf(u) = y, for |y| <= 1. */
  function erfinv(y) {
    if (abs(y) > 0.5) return y < 0 ? -erfcinv(1 + y) : erfcinv(1 - y);
    // The series' first terms, and then Halley's method.
    let u = (ROOT_PI / 2) * y * (1 + (Math.PI / 12) * y * y);
    for (let i = 0; i < 3; i += 1) u = halley(u, erf(u) - y);
    return u;
  }

  /** The u of erfc(u) = y, for 0 <= y <= 2: near 0 it keeps the digits that erfinv loses near 1. */
  function erfcinv(y) {
    if (!(y >= 0 && y <= 2)) return NaN;
    if (y === 0) return Infinity;
    if (y > 1) return -erfcinv(2 - y);
    if (y >= 0.5) return erfinv(1 - y);
    // erfc(u) is about e^(-u^2)/(u sqrt(pi)): solved for u^2 twice, and then Newton's method on its logarithm.
    let square = -Math.log(y * ROOT_PI);
    for (let i = 0; i < 3; i += 1) square = maximum(-Math.log(y * ROOT_PI * Math.sqrt(maximum(square, 0.1))), 0.1);
    let u = Math.sqrt(square);
    for (let i = 0; i < 6; i += 1) {
      const scaled = erfcx(u);
      // ln erfc(u) - ln y, without the digits that two large logarithms would cancel.
      const gap = Math.log1p((scaled * gaussian(u) - y) / y);
      const step = (gap * scaled * ROOT_PI) / 2;
      if (!(abs(step) > 2e-16 * u)) break;
      u += step;
    }
    return u;
  }

  /** One step of Halley's method for erf(u) = y, from the difference of the two. */
  function halley(u, difference) {
    const step = (difference * ROOT_PI) / (2 * gaussian(u));
    return u - step / (1 + u * step);
  }

  // Gauss-Legendre nodes and weights on [-1, 1], the positive half.
  const GAUSS = [
    [0.14887433898163122, 0.29552422471475287],
    [0.4333953941292472, 0.26926671930999635],
    [0.6794095682990244, 0.21908636251598204],
    [0.8650633666889845, 0.1494513491505806],
    [0.9739065285171717, 0.06667134430868814],
  ];
  const TWO_OVER_ROOT_PI = 1.1283791670955126;

  /**
   * erf(start + step) - erf(start), with both ends as hi + lo and the step as it is, which their difference is not.
   * A short step integrates the slope; a long one takes the difference of the tails.
   */
  function erf_increment(start, startLow, end, endLow, step) {
    if (abs(step) <= 1 / (1 + maximum(abs(start), abs(end)))) {
      let share = 0;
      for (const [node, weight] of GAUSS) {
        for (const along of [((1 - node) / 2) * step, ((1 + node) / 2) * step]) {
          share += (weight / 2) * exp(-along * (2 * start + along));
        }
      }
      return step * (TWO_OVER_ROOT_PI * shiftedGaussian(start, startLow)) * share;
    }
    if (sign(start) * sign(end) > 0) {
      const tails = upperTail(start, startLow) - upperTail(end, endLow);
      return start > 0 ? tails : -tails;
    }
    return erf(end) - erf(start);
  }

  /** e^(-(u + low)^2). */
  function shiftedGaussian(u, low) {
    const small = gaussian(u);
    return small - small * clipped(2 * clipped(u, FAR) * low, 1);
  }

  /** erfc(|u + low|). */
  const upperTail = (u, low) => erfcx(abs(u)) * shiftedGaussian(u, low);

  return {
    TINIEST, INFINITY: Infinity, nan: NaN,
    abs, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh, exp, expm1, log, log1p, sqrt, sign, power,
    minimum, maximum, where, logical_and, logical_or, clipped, times, copysign, magnified, sum_error, product_error,
    expit, sech, tanhc, gaussian, softplus, log1p_scaled, erf, erfc, erfinv, erfcinv, erf_increment,
  };
})();
