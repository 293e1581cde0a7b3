// Trajectories from eleven starts and the chosen one; without recurrence the exact solution over it.
NC.panels.push({
  key: "trajectories",
  title: "Trajectories",
  legend: [["blue faint", "other starts"], ["vermillion bold", "chosen"], ["ink dotted", "exact"]],
  drag: { axis: "y", role: "r_init" },
  shows: ({ w }) => ["blue faint", "vermillion bold", ...(w === 0 ? ["ink dotted"] : [])],
  run: ({ simulated, rInit, once }) => once("run", () => simulated({ rInit })),
  draw(plot, state, results) {
    const { model, p, rates, duration, steps, fixed, rInit, w } = results;
    plot.open({ x: [0, duration], y: rates, xLabel: "time *t* (ms)", yLabel: "rate *r*(*t*)" });
    for (const f of fixed.points) plot.rule(f.fill === "open" ? "grey dashed fine" : "grey fine", "y", f.r);
    for (const start of NC.spaced(rates[0] < -0.2 * rates[1] ? rates[0] : 0, rates[1], 11)) {
      const { t, r } = results.simulated({ rInit: start });
      plot.line("blue faint", t, r);
    }
    const { t, r } = this.run(results);
    plot.line("vermillion bold", t, r);
    if (w === 0) plot.line("ink dotted", t, t.map((at) => model.feedforward(at, rInit, p)));
    if (steps.tooLong) plot.caution("the step is too long: a swing may be false");
    plot.handle(0, rInit);
    plot.close();
  },
  read(at, results) {
    const { t, r } = this.run(results);
    const k = Math.min(t.length - 1, Math.round(at / t[1]));
    return `*t* = ${NC.shown(t[k], 3)}: *r* = ${NC.shown(r[k], 3)}`;
  },
  describe(results) {
    const { t, r } = this.run(results);
    const end = r.length - 1;
    const caution = results.steps.tooLong ? " The step is too long for these values: a swing may be false." : "";
    const told = `Trajectories: from r = ${NC.shown(results.rInit)} the rate reaches ${NC.shown(r[end])} after ${NC.shown(t[end])} ms.${caution}`;
    if (results.w !== 0) return told;
    const error = Math.abs(results.rInit - results.model.F(results.I, results.p)) * NC.eulerErrorBound(results.step / results.tau);
    return `${told} Euler's rule with steps of ${NC.shown(results.step)} ms is nowhere further than ${NC.shown(error, 2)} from the exact solution.`;
  },
  table(results) {
    const { t, r } = this.run(results);
    const rows = [];
    for (let i = 0; i < t.length; i += Math.floor((t.length - 1) / 10)) rows.push(results.w === 0 ? [t[i], r[i], results.model.feedforward(t[i], results.rInit, results.p)] : [t[i], r[i]]);
    return { heads: ["*t* (ms)", "*r*(*t*), Euler", ...(results.w === 0 ? ["*r*(*t*), exact"] : [])], rows };
  },
});
