// The potential: the rate moves downhill in V, so valleys are stable and hilltops unstable fixed points.
NC.panels.push({
  key: "potential",
  title: "Potential",
  legend: [["purple", "*V*(*r*)"], ["point filled", "valley"], ["point open", "hilltop"], ["handle", "*r*_init_"]],
  drag: { axis: "x", role: "r_init" },
  draw(plot, state, { model, p, rates, fixed, rInit }) {
    const r = NC.spaced(...rates, 161);
    const V = NC.potentialCurve(model, p, r);
    const seen = [...V].filter(Number.isFinite);
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    plot.open({ x: rates, y: NC.plot.roundedOut(low - 0.04 * (high - low), high), xLabel: "rate *r*", yLabel: "potential *V*(*r*) (1/ms)" });
    plot.line("purple", r, V);
    for (const f of fixed.points) plot.point(f, f.r, model.potential(f.r, p));
    plot.handle(rInit, model.potential(rInit, p));
    plot.close();
  },
  read: (r, { model, p }) => `*r* = ${NC.shown(r, 3)}: *V* = ${NC.shown(model.potential(r, p), 3)}`,
  describe({ model, p, fixed }) {
    const valleys = fixed.points.filter((f) => f.fill === "filled").map((f) => `r = ${NC.shown(f.r)} (V = ${NC.shown(model.potential(f.r, p), 3)})`);
    return `Potential: ${valleys.length === 1 ? "one valley" : `${valleys.length} valleys`}${valleys.length ? `, at ${NC.listed(valleys)}` : ""}.`;
  },
  table({ model, p, rates }) {
    return { heads: ["*r*", "*V*(*r*) (1/ms)"], rows: [...NC.spaced(...rates, 11)].map((r) => [r, model.potential(r, p)]) };
  },
});
