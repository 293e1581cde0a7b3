// The phase line: the rate of change against the rate, arrows along the flow, fixed points where it vanishes.
NC.panels.push({
  key: "phase-line",
  title: "Phase line",
  legend: [["blue", "d*r*/d*t*"], ["point filled", "stable"], ["point open", "unstable"], ["handle", "*r*_init_"]],
  drag: { axis: "x", role: "r_init" },
  draw(plot, state, { model, p, rates, fixed, rInit, w }) {
    const bends = w ? model.kinks(p).map((x) => model.rateAt(x, p)) : [];
    const r = NC.spacedAround(...rates, 201, bends);
    const change = r.map((v) => model.drdt(v, p));
    const seen = change.filter(Number.isFinite);
    const [low, high] = [Math.min(0, ...seen), Math.max(0, ...seen)];
    plot.open({ x: rates, y: NC.plot.roundedOut(low - 0.05 * (high - low), high + 0.05 * (high - low)), xLabel: "rate *r*", yLabel: "d*r*/d*t* (1/ms)" });
    plot.rule("ink fine", "y", 0);
    plot.line("blue", r, change);
    const edges = [rates[0], ...fixed.byRate.map((f) => f.r).filter((v) => v > rates[0] && v < rates[1]), rates[1]];
    for (let i = 0; i + 1 < edges.length; i++) {
      const room = plot.x(edges[i + 1]) - plot.x(edges[i]);
      const middle = (edges[i] + edges[i + 1]) / 2;
      const sense = Math.sign(model.drdt(middle, p));
      const places = room > 130 ? [0.3, 0.7] : room > 22 ? [0.5] : [];
      if (sense) for (const share of places) plot.arrow(edges[i] + share * (edges[i + 1] - edges[i]), 0, sense);
    }
    plot.line("handle-stem", [rInit, rInit], [0, model.drdt(rInit, p)]);
    for (const f of fixed.points) plot.point(f, f.r, 0);
    plot.handle(rInit, 0);
    plot.close();
  },
  read: (r, { model, p }) => `*r* = ${NC.shown(r, 3)}: d*r*/d*t* = ${NC.shown(model.drdt(r, p), 3)}`,
  describe({ model, p, fixed, rInit }) {
    const change = model.drdt(rInit, p);
    const flow = change > 0 ? "rises" : change < 0 ? "falls" : "does not change";
    return `Phase line: dr/dt vanishes at ${fixed.points.length} ${fixed.points.length === 1 ? "rate" : "rates"}; at r_init = ${NC.shown(rInit)} it is ${NC.shown(change, 3)} per ms, so the rate ${flow}.`;
  },
  table({ model, p, rates }) {
    return { heads: ["*r*", "d*r*/d*t* (1/ms)"], rows: [...NC.spaced(...rates, 11)].map((r) => [r, model.drdt(r, p)]) };
  },
});
