/**
 * A model of one population, put together from its generated functions (see functions.py).
 *
 * The generated part is `NC.assemble({...})`, with the parameters' data, where tau, w and the input stand among them,
 * and `bind(values)`, which returns the functions for one set of values (see `_bound` there). What is not known in closed
 * form is null.
 */
{
  const LARGEST = Number.MAX_VALUE;
  // Responses are cut to this before they are multiplied by a weight.
  const TALLEST = 1e200;

  /** Return the model of some generated functions. */
  NC.assemble = (made) => {
    const { parameters, closed, bounded } = made;
    const names = parameters.map((q) => q.name);
    const defaults = parameters.map((q) => q.value);
    let last = null;

    /** Return the population at a set of parameters: a plain object by name; what is not given has its default. */
    function at(p) {
      const values = names.map((name, i) => (Object.prototype.hasOwnProperty.call(p, name) ? Number(p[name]) : defaults[i]));
      if (last === null || !values.every((v, i) => Object.is(v, last.values[i]))) last = populationOf(values);
      return last;
    }

    /** Return the population at some values, in the order of the parameters. */
    function populationOf(values) {
      const f = made.bind(values);
      const own = {
        ...f,
        made,
        values,
        closed,
        bounded,
        affine: made.affine,
        tau: values[made.tau],
        I: values[made.I],
        w: f.weight(),
        /** The input that a response produces. */
        back: (F) => f.input(Math.min(F, TALLEST)),
        with: (changes) => populationOf(values.map((v, i) => (i in changes ? changes[i] : v))),
      };
      /** h'(x) = 1 - w F'(x), from F'. */
      own.slopeOf = (dF) => Math.min(Math.max(f.slopeOfH(Math.min(dF, TALLEST)), -1e300), 1e300);
      /** h(x) = x - I - w F(x), whose zeros are the fixed points. */
      own.h = (x) => x - own.back(f.F(x));
      own.inverse = closed ? (y) => inverse(own, y) : null;
      return own;
    }

    /** A value at any input: F at an infinite one is its limit, also where F is unbounded. */
    function everywhere(value, grows) {
      if (bounded) return value;
      return (own, x) => {
        if (Number.isNaN(x)) return NaN;
        if (closed && grows && x === Infinity) return Infinity;
        return value(own, Math.min(Math.max(x, -LARGEST), LARGEST));
      };
    }
    const F = everywhere((own, x) => own.F(x), true);
    const dF = everywhere((own, x) => own.dF(x), false);
    const d2F = everywhere((own, x) => own.d2F(x), false);

    return {
      name: made.name,
      parameters,
      at,
      F: (x, p) => F(at(p), x),
      dF: (x, p) => dF(at(p), x),
      d2F: (x, p) => d2F(at(p), x),
      inverse: closed ? (y, p) => at(p).inverse(y) : null,
      range: (p) => (closed ? [at(p).low, at(p).high] : [null, null]),
      kinks: (p) => at(p).kinks.filter(Number.isFinite).sort((a, b) => a - b),
      drdt(r, p) {
        const own = at(p);
        return own.drdt(r, own.F(own.input(r)));
      },
      eigenvalue(r, p) {
        const own = at(p);
        return own.eigenvalue(own.dF(own.input(r)));
      },
      /** The input at a rate, the rate at an input, and the time constant of an eigenvalue. */
      input: (r, p) => at(p).input(r),
      rateAt: (x, p) => at(p).rateAt(x),
      tauEff: (eigenvalue, p) => (eigenvalue === 0 ? Infinity : at(p).tauEff(eigenvalue)),
      potential: (r, p) => NC.potential(at(p), r),
      feedforward(t, r0, p) {
        const own = at(p);
        return own.feedforward(t, r0, own.F(own.input(0)));
      },
    };
  };

  // How close to the value asked for F must come, in units in its last place; and by how much of it it may never be off.
  const NEAR = 2;
  const LOST = 1e-6;
  const REFINEMENTS = 24;

  /** F^-1(y): the closed form, and Newton's method for as long as it brings F nearer to y; else bracketed. */
  function inverse(own, y) {
    const { F, dF, low, high } = own;
    if (!(y > low && y < high)) return NaN;
    let best = own.closedInverse === null ? NaN : own.closedInverse(y);
    let excess = F(best) - y;
    for (let i = 0; i < REFINEMENTS; i += 1) {
      const slope = dF(best);
      const next = slope > Math.abs(excess) * 1e-300 ? best - excess / slope : best;
      const left = F(next) - y;
      if (!(Math.abs(left) < Math.abs(excess))) break;
      best = next;
      excess = left;
    }
    if (!(Math.abs(excess) <= NEAR * NC.spacing(y) + dF(best) * NC.spacing(best))) {
      const found = NC.rootBetween((x) => F(x) - y, -LARGEST, LARGEST, true);
      const further = F(found) - y;
      if (!(Math.abs(further) >= Math.abs(excess))) best = found;
      const above = F(NC.nextAfter(found));
      // Next to the largest double F may overflow before its value does: there no input is known.
      if (!(Math.abs(further) <= LOST * Math.abs(y) || (above >= y && Number.isFinite(above)))) best = NaN;
    }
    return Number.isFinite(best) ? best : NaN;
  }

  /** Return 1 - a b, rounded once: the product is taken as the exact sum of two doubles. */
  NC.oneMinus = (a, b) => {
    const product = a * b;
    const near = Math.abs(product) > 0.25 && Math.abs(product) < 4 && Math.abs(a) < 1e200 && Math.abs(b) < 1e200;
    return near ? 1 - product - NC.elementary.product_error(a, b, product) : 1 - product;
  };
}
