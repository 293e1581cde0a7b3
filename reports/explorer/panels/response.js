// The F-I curve and its slope, with the line x = w r + I_ext on whose crossings with F the fixed points lie.
NC.panels.push({
  key: "fi",
  title: "F-I curve and its slope",
  legend: [["blue", "*F*"], ["vermillion dashed", "*F*\u2032"], ["grey fine", "*x* = *w* *r* + *I*_ext_"], ["handle", "*I*_ext_"]],
  drag: { axis: "x", role: "I_ext" },
  curve: ({ model, p, inputs, once }) =>
    once("fi", () => {
      const x = NC.spacedAround(...inputs, 241, model.kinks(p));
      return { x, F: x.map((v) => model.F(v, p)), dF: x.map((v) => model.dF(v, p)) };
    }),
  draw(plot, state, results) {
    const { model, p, inputs, rates, fixed, I } = results;
    const { x, F, dF } = this.curve(results);
    const real = (values) => values.filter(Number.isFinite);
    const up = NC.plot.roundedOut(Math.min(rates[0], ...real(F)), Math.max(rates[1], ...real(F)));
    const steep = NC.plot.roundedOut(Math.min(0, ...real(dF)), Math.max(0.5, 1.15 * Math.max(...real(dF))), 5);
    plot.open({ x: inputs, y: up, right: steep, xLabel: "input *x*", yLabel: "response *F*(*x*)", rightLabel: "slope *F*\u2032(*x*)" });
    const ends = up[1] > up[0] ? up : [0, 1];
    plot.line("grey fine", ends.map((r) => model.input(r, p)), ends);
    plot.line("vermillion dashed", x, dF, steep);
    plot.line("blue", x, F);
    for (const f of fixed.points) plot.point(f, f.x, f.r, true);
    plot.handle(I, ends[0] > 0 ? ends[0] : 0);
    plot.close();
  },
  read: (x, { model, p }) => `*x* = ${NC.shown(x, 3)}: *F* = ${NC.shown(model.F(x, p), 3)}, *F*\u2032 = ${NC.shown(model.dF(x, p), 3)}`,
  describe(results) {
    const { x, F, dF } = this.curve(results);
    let top = 0;
    dF.forEach((value, i) => { if (value > dF[top] || !Number.isFinite(dF[top])) top = i; });
    return `F-I curve: F runs from ${NC.shown(F[0], 3)} at x = ${NC.shown(x[0], 3)} to ${NC.shown(F[F.length - 1], 3)} at x = ${NC.shown(x[x.length - 1], 3)}; `
      + `its slope is largest, ${NC.shown(dF[top], 3)}, near x = ${NC.shown(x[top], 3)}.`;
  },
  table({ model, p, inputs }) {
    return { heads: ["*x*", "*F*(*x*)", "*F*\u2032(*x*)"], rows: [...NC.spaced(...inputs, 11)].map((x) => [x, model.F(x, p), model.dF(x, p)]) };
  },
});
