// One run with a noisy input: an Ornstein-Uhlenbeck process added to I_ext, the same for the same seed.
NC.panels.push({
  key: "noise",
  title: "With a noisy input",
  legend: [["green", "*r*(*t*)"], ["grey fine", "stable"], ["grey dashed fine", "unstable"]],
  run: ({ simulated, duration, rInit, noise, once }) => once("noisy", () => simulated({ T: 5 * duration, rInit, noise })),
  draw(plot, state, results) {
    const { rates, duration, fixed, steps } = results;
    const { t, r } = this.run(results);
    let [low, high] = rates;
    for (const v of r) if (Number.isFinite(v)) [low, high] = [Math.min(low, v), Math.max(high, v)];
    plot.open({ x: [0, 5 * duration], y: low < rates[0] || high > rates[1] ? NC.plot.roundedOut(low, high, 10) : rates, xLabel: "time *t* (ms)", yLabel: "rate *r*(*t*)" });
    for (const f of fixed.points) plot.rule(f.fill === "open" ? "grey dashed fine" : "grey fine", "y", f.r);
    plot.line("green", t, r);
    if (steps.tooLong) plot.caution("the step is too long: a swing may be false");
    plot.close();
  },
  /** Mean and standard deviation over the run after its first fifth. */
  moments(results) {
    const { r } = this.run(results);
    const kept = r.subarray(Math.floor(r.length / 5));
    const mean = kept.reduce((sum, v) => sum + v, 0) / kept.length;
    return { mean, deviation: Math.sqrt(kept.reduce((sum, v) => sum + (v - mean) ** 2, 0) / kept.length) };
  },
  read(at, results) {
    const { t, r } = this.run(results);
    const k = Math.min(t.length - 1, Math.round(at / t[1]));
    return `*t* = ${NC.shown(t[k], 3)}: *r* = ${NC.shown(r[k], 3)}`;
  },
  describe(results) {
    const { mean, deviation } = this.moments(results);
    const caution = results.steps.tooLong ? " The step is too long for these values: a swing may be false." : "";
    return `Run with noise of standard deviation ${NC.shown(results.noise.sigma)} in the input, seed ${results.noise.seed}: after the start the rate has mean ${NC.shown(mean, 3)} and standard deviation ${NC.shown(deviation, 3)}.${caution}`;
  },
  table(results) {
    const { t, r } = this.run(results);
    const rows = [];
    for (let i = 0; i < t.length; i += Math.floor((t.length - 1) / 20)) rows.push([t[i], r[i]]);
    return { heads: ["*t* (ms)", "*r*(*t*)"], rows };
  },
});
