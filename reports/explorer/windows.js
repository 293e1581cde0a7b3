// What part of each axis is shown: steady while a slider moves, wide enough for all that is to be seen.
NC.windows = (() => {
  const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

  /** The next round number away from zero. */
  function roundUp(value) {
    if (!(value > 0)) return 0;
    const unit = 10 ** Math.floor(Math.log10(value));
    return ROUND.find((r) => r * unit >= value * (1 - 1e-9)) * unit;
  }

  const finite = (values) => values.filter((v) => typeof v === "number" && Number.isFinite(v));

  /** Rates: from 0, or below it where the rate goes there, to the upper end of F; what F reaches where its range is not known. */
  function rates(model, p, points, rInit, span, home) {
    const [low, high] = model.range(p);
    const reached = high === null ? [...NC.spaced(Math.min(0, ...span), Math.max(0, ...span), 41)].map((x) => model.F(x, p)) : [];
    const seen = finite([0, rInit, ...points.map((f) => f.r), ...reached]);
    const bounded = Number.isFinite(high);
    const top = bounded ? Math.max(high, ...seen) : Math.max(1, home ? home[1] : 0, 1.15 * Math.max(...seen));
    const least = Math.min(...seen);
    const bottom = least < 0 ? -roundUp(Number.isFinite(low) && low < 0 ? Math.max(-low, -least) : -1.1 * least) : 0;
    return [bottom, bounded && high <= 1 && top <= 1 && high > 0.4 ? 1 : roundUp(top) || 1];
  }

  /** Inputs: where F rises, as the page opened, and every present fixed point. */
  function inputs(model, p, points, span, home) {
    const [low, high] = model.range(p);
    const seen = finite([0, p.I_ext, ...points.map((f) => f.x), ...(home || [])]);
    if (!home) {
      if (model.inverse && Number.isFinite(low) && Number.isFinite(high)) {
        const risen = model.inverse(low + 0.995 * (high - low), p);
        if (Number.isFinite(risen)) seen.push(1.2 * risen);
      }
      seen.push(...span);
    }
    const [least, most] = [Math.min(...seen), Math.max(...seen)];
    return [least < 0 ? -roundUp(-1.05 * least) : 0, roundUp(most) || 1];
  }

  /** External inputs of the bifurcation diagram: the slider's range, with the folds and the present value inside. */
  function drives(span, folds, present) {
    const at = finite(folds.map((f) => f.I));
    const margin = 0.08 * (span[1] - span[0]);
    const low = Math.min(span[0], present, ...at.filter((I) => I < span[0]).map((I) => I - margin));
    const high = Math.max(span[1], present, ...at.filter((I) => I > span[1]).map((I) => I + margin));
    return low < span[0] || high > span[1] ? NC.plot.roundedOut(low, high, 6) : [low, high];
  }

  return { drives, inputs, rates };
})();
