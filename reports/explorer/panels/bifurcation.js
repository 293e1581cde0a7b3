// The bifurcation diagram: all fixed points against the external input, as the exact curve I(r).
NC.panels.push({
  key: "bifurcation",
  title: "Bifurcation diagram",
  legend: [["blue", "stable"], ["vermillion dashed", "unstable"], ["grey", "undecided"], ["fold", "fold"], ["corner", "corner"], ["handle", "now"]],
  lines: { stable: "blue", unstable: "vermillion dashed", undecided: "grey" },
  shows({ bifurcation: { branches, folds, corners } }) {
    const undecided = branches.some((branch) => branch.stability === "undecided");
    return ["blue", "vermillion dashed", "handle", ...(undecided ? ["grey"] : []), ...(folds.length ? ["fold"] : []), ...(corners.length ? ["corner"] : [])];
  },
  drag: { axis: "x", role: "I_ext" },
  draw(plot, state, results) {
    const { rates, bifurcation, fixed, I } = results;
    plot.open({ x: bifurcation.drives, y: rates, xLabel: "external input *I*_ext_", yLabel: "fixed points *r*\u2217" });
    const folds = bifurcation.folds.filter((f) => Number.isFinite(f.I)).map((f) => f.I);
    if (folds.length === 2) plot.band("band", Math.min(...folds), Math.max(...folds));
    plot.rule("grey fine", "x", I);
    for (const branch of bifurcation.branches) plot.line(this.lines[branch.stability], branch.I, branch.r);
    for (const fold of bifurcation.folds) plot.turn("fold", fold.I, fold.r);
    for (const corner of bifurcation.corners) plot.turn("corner", corner.I, corner.r);
    for (const f of fixed.points) plot.point(f, I, f.r, true);
    if (!bifurcation.complete) plot.caution("folds may be missing");
    plot.handle(I, rates[1]);
    plot.close();
  },
  read(I, { model, p }) {
    const { points } = NC.fixedPoints(model, { ...p, I_ext: I });
    return `*I*_ext_ = ${NC.shown(I, 3)}: *r*\u2217 = ${points.map((f) => NC.shown(f.r, 3)).join(", ") || "none"}`;
  },
  describe({ bifurcation, I, w, fixed }) {
    const folds = bifurcation.folds.map((f) => f.I).sort((a, b) => a - b).map((at) => NC.shown(at));
    const found = folds.length ? `folds at external input ${NC.listed(folds)}` : "no fold";
    const where = bifurcation.complete ? found : `${folds.length ? found : "no fold found"}, and folds may be missing`;
    return `Bifurcation diagram at w = ${NC.shown(w)}: ${where}; at the present input ${NC.shown(I)} ${fixed.points.length} fixed ${fixed.points.length === 1 ? "point" : "points"}.`;
  },
  table({ bifurcation }) {
    const rows = [];
    for (const { I, r, stability } of bifurcation.branches) {
      const every = Math.max(1, Math.floor(I.length / 8));
      for (let i = 0; i < I.length; i += every) rows.push([I[i], r[i], stability]);
    }
    return { heads: ["*I*_ext_", "*r*\u2217", "stability"], rows };
  },
});
