// What the page computes to answer a question, at the values that are set: `answer` is compared with the prediction.
NC.evidence = (() => {
  const say = NC.shown;
  const fixedAt = (model, p) => NC.fixedPoints(model, p).points;
  const counted = (n) => `${n} fixed ${n === 1 ? "point" : "points"}`;

  /** The largest slope of F, at its inflection. */
  function steepest(model, p) {
    const { inflections: [x], largestSlope } = model.at(p);
    return { x, slope: largestSlope };
  }

  function slope({ model, p }) {
    const now = steepest(model, p);
    const steeper = steepest(model, { ...p, a: 2 * p.a });
    const shifted = steepest(model, { ...p, theta: p.theta + 0.5 });
    return {
      answer: "a", a: say(p.a), theta: say(p.theta), slope: say(now.slope), x: say(now.x), double: say(2 * p.a),
      steeper: say(steeper.slope), steeperX: say(steeper.x), moved: say(p.theta + 0.5), shiftedSlope: say(shifted.slope), shiftedX: say(shifted.x), share: say(now.slope / p.a),
    };
  }

  function ceiling({ model, p, range, I }) {
    const strong = 10 * Math.max(1, Math.abs(I));
    return {
      answer: "shape", high: say(range[1], 6), now: say(model.F(I, p), 6), I: say(I), strong: say(strong), there: say(model.F(strong, p), 6),
      gain: say(1.5 * p.a), withGain: say(model.range({ ...p, a: 1.5 * p.a })[1], 6),
      threshold: say(p.theta + 1), withThreshold: say(model.range({ ...p, theta: p.theta + 1 })[1], 6),
    };
  }

  function finite({ model, p, range, rInit, I, simulated }) {
    const strong = 100 * Math.max(1, Math.abs(I));
    const { r } = simulated({ rInit, at: { ...p, I_ext: strong } });
    return { answer: "never", low: say(range[0]), high: say(range[1], 6), strong: say(strong), peak: say(r.reduce((a, b) => Math.max(a, b)), 6), now: say(model.F(I, p), 6) };
  }

  /** The time after which the exact solution without recurrence has gone a share 1 - 1/e of its way. */
  function pace({ model, p, rInit, I, tau }) {
    const alone = { ...p, w: 0 };
    const rest = model.F(I, alone);
    const share = (t) => (model.feedforward(t, rInit, alone) - rInit) / (rest - rInit);
    if (rest === rInit) return { answer: null, tau: say(tau), measured: "no time (it starts at rest)", rest: say(rest), rInit: say(rInit), ten: "nothing" };
    let [from, to] = [0, 50 * tau];
    for (let i = 0; i < 80; i++) {
      const middle = (from + to) / 2;
      if (share(middle) < 1 - Math.exp(-1)) from = middle;
      else to = middle;
    }
    return { answer: to, within: 0.05 * to, tau: say(tau), measured: say(to), rest: say(rest), rInit: say(rInit), ten: say(100 * (1 - share(5 * tau)), 3) };
  }

  let census = { key: "" };
  /** How many fixed points there are over a grid of w and I_ext, at the present shape of F. */
  function surveyed(model, p) {
    const key = JSON.stringify({ ...p, w: 0, I_ext: 0 });
    if (census.key !== key) {
      const of = {};
      for (let w = 1; w <= 7.001; w += 0.5) {
        for (let I = 0; I <= 3.001; I += 0.25) {
          const n = fixedAt(model, { ...p, w, I_ext: I }).length;
          of[n] = (of[n] || 0) + 1;
        }
      }
      census = { key, of };
    }
    return census.of;
  }

  function count({ model, p, fixed, w, bifurcation }) {
    const of = surveyed(model, p);
    const numbers = Object.keys(of).map(Number).sort((a, b) => a - b);
    const folds = bifurcation.folds.map((f) => f.I).sort((a, b) => a - b);
    const { inflections, largestSlope } = model.at(p);
    return {
      // Between two inflections F' is 1/w at most once, and between two such places there is at most one fixed point.
      answer: inflections.length + 2, limit: say(p.a / largestSlope), now: counted(fixed.points.length), gain: say(p.a * w), w: say(w),
      survey: NC.listed(numbers.map((n) => `${counted(n)} for ${of[n]}`)),
      folds: folds.length === 2 ? `one fixed point, but three for inputs between ${say(folds[0])} and ${say(folds[1])}` : "one fixed point for every input",
    };
  }

  function inhibition({ model, p, w, tau }) {
    const against = w ? -Math.abs(w) : -5;
    const points = fixedAt(model, { ...p, w: against });
    const f = points[0];
    return {
      answer: "one", against: say(against), count: counted(points.length), r: f ? say(f.r) : "none", eigenvalue: f ? say(f.eigenvalue) : "none",
      alonePace: say(tau), pace: f ? say(model.tauEff(f.eigenvalue, p)) : "none", positive: say(model.F(p.I_ext, p)),
    };
  }

  function boundary({ fixed, model, p, rates }) {
    const open = fixed.byRate.filter((f) => f.fill === "open");
    if (open.length !== 1 || fixed.byRate.length !== 3) {
      return { answer: null, middle: "no rate (there is no unstable fixed point between two stable ones at these values)", low: "one state", high: "the same", starts: "all of them reach one state", eigenvalue: "none" };
    }
    const [low, middle, high] = fixed.byRate;
    const below = [...NC.spaced(0, 1, 11)].filter((r) => r < middle.r).length;
    return {
      answer: middle.r, within: 0.03 * (rates[1] - rates[0]), middle: say(middle.r, 6), low: say(low.r), high: say(high.r), eigenvalue: say(middle.eigenvalue),
      starts: `${below} of the 11 starts 0, 0.1 \u2026 1 go down, ${11 - below} go up`,
    };
  }

  function poised({ fixed, model, p, step }) {
    const point = fixed.byRate.find((f) => f.fill === "open");
    if (!point) return { answer: null, r: "no such point at these values", eigenvalue: "none", time: "no time", grow: "none" };
    const push = 1e-6;
    const dt = Math.min(step, 0.02 / point.eigenvalue);
    const { t, r } = NC.simulate(model, p, { T: 40 / point.eigenvalue, dt, rInit: point.r + push, noise: null });
    const far = r.findIndex((v) => Math.abs(v - point.r) > 0.01);
    return { answer: "poised", r: say(point.r, 6), eigenvalue: say(point.eigenvalue), grow: say(-model.tauEff(point.eigenvalue, p)), time: far < 0 ? "no time that was computed" : `${say(t[far], 3)} ms` };
  }

  return { boundary, ceiling, count, finite, inhibition, pace, poised, slope };
})();
