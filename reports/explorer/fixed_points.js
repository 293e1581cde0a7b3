/** The fixed points of a model, and what is special about a list of them. */
{
  const FARTHEST = 1e100;
  const LARGEST_PARAMETER = 1e90;

  // The sentences are in NC.cases.
  const INCOMPLETE = new Set(["beyond", "outside", "undecided"]);

  /**
   * Return the fixed points of a model, by rising input: {points: [{r, x, eigenvalue, stability}], complete, note}.
   *
   * `stability` is "stable", "unstable", "half-stable" (a double root), "stable-nonhyperbolic" (a triple root),
   * "nonsmooth" (at a kink: `sides` are its two eigenvalues) or "undecided". A half-line of fixed points is said by
   * `continuum: [0, Infinity]` and an empty list.
   */
  NC.fixedPoints = (model, p) => {
    const own = model.at(p);
    if (!own.values.every(Number.isFinite)) return listed([], "outside");
    const found = own.closed ? NC.closedFormPoints(own) : NC.searchedPoints(own);
    return finished(own, found.points, found.case);
  };

  function listed(points, which) {
    const answer = { points, complete: !INCOMPLETE.has(which), case: which, note: NC.cases[which] };
    return which === "continuum" ? { ...answer, continuum: [0, Infinity] } : answer;
  }

  /** Look a list through: what lies too far out, what has no sure sign, what no double holds. */
  function finished(own, points, found) {
    let which = found;
    if (!own.affine && points.some((q) => Math.abs(q.x) > FARTHEST)) which = "outside";
    if (points.some((q) => Math.abs(q.eigenvalue) === Infinity)) which = "outside";
    const kept = points.filter((q) => Number.isFinite(q.x) && Number.isFinite(q.r));
    for (const q of kept) {
      const wrong = (q.stability === "stable" && !(q.eigenvalue < 0)) || (q.stability === "unstable" && !(q.eigenvalue > 0));
      if (wrong) {
        q.stability = "undecided";
        if (which === "regular") which = "undecided";
      }
    }
    if (kept.length < points.length) which = "beyond";
    const far = [own.w, own.I, ...own.shape].some((v) => Math.abs(v) > LARGEST_PARAMETER);
    return listed(kept, far ? "outside" : which);
  }
}
