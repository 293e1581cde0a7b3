// What the page shows, computed from one state: each part when it is first asked for.
// A dozen runs are made for each frame: of so many steps they take some tens of milliseconds.
const MOST_STEPS = 50000;
const MOST_POINTS = 1000;
NC.resultsOf = (model, values, controls, home) => {
  const p = {};
  for (const { name } of model.parameters) p[name] = values[name];
  const of = (role) => values[controls.find((c) => c.role === role).name];
  const made = {};
  const once = (key, make) => (key in made ? made[key] : (made[key] = make()));
  const control = (role) => controls.find((c) => c.role === role);
  const input = control("I_ext");
  const results = {
    model,
    p,
    once,
    rInit: of("r_init"),
    noise: { sigma: of("sigma"), tau: of("tau_noise"), seed: of("seed") },
    get w() { return of("w"); },
    get I() { return of("I_ext"); },
    get tau() { return of("tau"); },
    get fixed() {
      return once("fixed", () => {
        const found = NC.fixedPoints(model, p);
        const points = found.points.map((point) => ({ ...point, fill: fillOf(point, found.points) }));
        return { ...found, points, byRate: [...points].sort((a, b) => a.r - b.r) };
      });
    },
    /** Over the slider's range of inputs and, where a fold lies beyond it, as far as that. */
    get bifurcation() {
      return once("bifurcation", () => {
        const traced = ([from, to]) => ({ ...NC.bifurcation(model, p, 240, { from, to, highest: 1.5 * results.rates[1] }), drives: [from, to] });
        const range = NC.windows.drives([input.min, input.max], [], results.I);
        const found = traced(range);
        const wider = NC.windows.drives(range, found.folds, results.I);
        return wider[0] < range[0] || wider[1] > range[1] ? traced(wider) : found;
      });
    },
    get range() { return once("range", () => model.range(p)); },
    get rates() { return once("rates", () => NC.windows.rates(model, p, results.fixed.points, results.rInit, [input.min, input.max], home && home.rates)); },
    get inputs() { return once("inputs", () => NC.windows.inputs(model, p, results.fixed.points, [input.min, input.max], home && home.inputs)); },
    get duration() { return 20 * control("tau").value; },
    get steps() { return once("steps", () => steps(results)); },
    get step() { return results.steps.dt; },
    /** A run by Euler's rule with the steps of the page; `at` are other parameters than those that are set. */
    simulated({ rInit, T = results.duration, noise = null, at = p }) {
      const { dt, inner } = results.steps;
      return NC.simulate(model, at, { T, dt: dt * inner, inner, rInit, noise });
    },
    get destination() { return once("destination", () => destination(results)); },
  };
  return results;

  /**
   * The steps of the runs: {dt, inner, tooLong}, `inner` steps from one point that is drawn to the next.
   *
   * With dt times the fastest decay at most 1, Euler's rule keeps the order of rates, as the equation does: it cannot swing
   * about a fixed point. The steps are a quarter of that, and at most so many; `tooLong` says that these do not do.
   */
  function steps({ duration, fixed, rates, rInit, noise, w, tau }) {
    const ends = [...rates, rInit].map((r) => model.input(r, p));
    // Normal noise passes five of its standard deviations once in millions of numbers.
    const slack = 5 * noise.sigma;
    const own = model.at(p);
    const decay = -own.eigenvalueOf(NC.steepest(own, Math.min(...ends) - slack, Math.max(...ends) + slack));
    const fastest = Math.max(1 / tau, w === 0 ? 0 : decay, ...fixed.points.map((f) => Math.abs(f.eigenvalue)).filter(Number.isFinite));
    const wanted = Math.min(MOST_STEPS, Math.max(200, Math.ceil(4 * duration * fastest)));
    const inner = Math.ceil(wanted / MOST_POINTS);
    const dt = duration / (Math.ceil(wanted / inner) * inner);
    return { dt, inner, tooLong: !(dt * fastest <= 1) };
  }

  /** Filled, open, or filled on one side: from the word, or from the flow on both sides where the word leaves it open. */
  function fillOf(point, points) {
    if (point.stability === "stable" || point.stability === "stable-nonhyperbolic") return "filled";
    if (point.stability === "unstable") return "open";
    if (point.stability === "undecided") return "unknown";
    const others = points.filter((other) => other !== point).map((other) => Math.abs(other.r - point.r)).filter((gap) => gap > 0);
    const beside = Math.min(1e-3 * Math.max(1, Math.abs(point.r)), ...others.map((gap) => gap / 2));
    const fromBelow = model.drdt(point.r - beside, p) > 0;
    const fromAbove = model.drdt(point.r + beside, p) < 0;
    return fromBelow ? (fromAbove ? "filled" : "below") : fromAbove ? "above" : "open";
  }

  /** Where the rate goes from r_init: in one dimension, to the next fixed point on the side to which it moves. */
  function destination({ rInit, fixed }) {
    const change = model.drdt(rInit, p);
    const here = fixed.byRate.find((f) => f.r === rInit);
    if (here || change === 0) return { r: rInit, point: here, stays: true };
    const ahead = change > 0 ? fixed.byRate.find((f) => f.r > rInit) : [...fixed.byRate].reverse().find((f) => f.r < rInit);
    return ahead ? { r: ahead.r, point: ahead, stays: false } : { r: change > 0 ? Infinity : -Infinity, stays: false };
  }
};

/** Evenly spaced values from low to high, both included. */
NC.spaced = (low, high, count) => Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** Values for a curve that may jump or bend at `kinks`: each is given twice, just before and just after. */
NC.spacedAround = (low, high, count, kinks) => {
  const values = [...NC.spaced(low, high, count)];
  for (const kink of kinks || []) if (kink > low && kink < high) values.push(kink - 1e-9 * (high - low), kink + 1e-9 * (high - low));
  return values.sort((a, b) => a - b);
};
