// What the page shows, computed from one state: each part when it is first asked for.
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
    /** The step of the runs: 200 to a duration, or finer where a fixed point attracts so fast that Euler's rule would swing. */
    get step() {
      const fastest = Math.max(1 / of("tau"), ...results.fixed.points.map((f) => Math.abs(f.eigenvalue)).filter(Number.isFinite));
      return results.duration / Math.min(2000, Math.max(200, Math.ceil(results.duration * fastest * 2.5)));
    },
    get destination() { return once("destination", () => destination(results)); },
  };
  return results;

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
