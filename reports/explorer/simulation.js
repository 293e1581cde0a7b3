/** Trajectories by Euler's method, and what theory says of its error. */
{
  /**
   * Return the rates at the times 0, dt, 2 dt, ... below T, from rInit on: {t, r}, two Float64Arrays.
   *
   * The scheme is that of nullcline.numeric.simulate with method "euler"; from one time to the next it takes `inner`
   * steps, of dt/inner each. `noise` is null or {sigma, tau, seed}: the
   * Ornstein-Uhlenbeck noise that comes on top of I_ext, held over each step.
   */
  NC.simulate = (model, p, { T, dt, rInit, noise = null, inner = 1 }) => {
    const samples = Math.ceil(T / dt);
    if (!(samples >= 1 && samples <= 1e8)) throw new RangeError("T and dt must be positive, and T/dt at most 1e8");
    const step = model.at(p).euler(dt / inner);
    const extra = noise === null || !(noise.sigma > 0) ? null : NC.ornsteinUhlenbeck(noise, dt / inner);
    const t = new Float64Array(samples);
    const r = new Float64Array(samples);
    let rate = rInit;
    r[0] = rate;
    for (let k = 1; k < samples; k += 1) {
      for (let i = 0; i < inner; i += 1) rate = step(rate, extra === null ? 0 : extra());
      t[k] = k * dt;
      r[k] = rate;
    }
    return { t, r };
  };

  /**
   * Return E(h) = max over steps k of |(1 - h)^k - e^(-k h)|, with h = dt/tau: without recurrence Euler's method is off
   * by at most |rInit - F(I_ext)| E(h), and some step attains it. Beyond h = 2 it is infinite.
   */
  NC.eulerErrorBound = (h) => {
    if (!(h > 0)) return h === 0 ? 0 : NaN;
    if (h > 2) return Infinity;
    if (h >= 1) return h + Math.expm1(-h);
    // With q = p - 1 and p = -ln(1-h)/h the continuous maximum is at k h = ln(p)/(p - 1).
    const excess = logarithmBeyond(h);
    const q = excess / h;
    const turn = q > 0 ? Math.log1p(q) / q : 1;
    const first = Math.max(Math.floor(turn / h), 1);
    const gap = (k) => Math.exp(-k * h) * -Math.expm1(-k * excess);
    return Math.max(gap(first), gap(first + 1));
  };

  /** -ln(1-h) - h = h^2/2 + h^3/3 + ..., summed where the difference would cancel. */
  function logarithmBeyond(h) {
    if (h > 0.25) return -Math.log1p(-h) - h;
    let [total, power] = [0, h];
    for (let j = 2; ; j += 1) {
      power *= h;
      const next = total + power / j;
      if (next === total) return total;
      total = next;
    }
  }
}
