/** The potential, and the exact bifurcation diagram against the external input. */
{
  // Gauss and Kronrod's nodes on [0, 1] from the middle outwards, with Kronrod's and (for every other one) Gauss's weights.
  const KRONROD = [
    [0, 0.20948214108472782, 0.4179591836734694],
    [0.20778495500789848, 0.20443294007529889, 0],
    [0.4058451513773972, 0.19035057806478542, 0.3818300505051189],
    [0.5860872354676911, 0.1690047266392679, 0],
    [0.7415311855993945, 0.14065325971552592, 0.27970539148927664],
    [0.8648644233597691, 0.10479001032225019, 0],
    [0.9491079123427585, 0.06309209262997856, 0.1294849661688697],
    [0.9914553711208126, 0.022935322010529224, 0],
  ];
  // Where the two rules agree so far, Kronrod's is right to the last digits: its error is about the 1.5th power.
  const AGREED = 1e-12;
  const DEEPEST = 40;

  function integral(f, a, b, scale, depth = 0) {
    const middle = (a + b) / 2;
    const half = (b - a) / 2;
    let kronrod = 0;
    let gauss = 0;
    for (const [node, both, alone] of KRONROD) {
      const value = node === 0 ? f(middle) : f(middle - half * node) + f(middle + half * node);
      kronrod += both * value;
      gauss += alone * value;
    }
    const error = Math.abs((kronrod - gauss) * half);
    if (!(error > AGREED * scale) || depth >= DEEPEST) return kronrod * half;
    return integral(f, a, middle, scale, depth + 1) + integral(f, middle, b, scale, depth + 1);
  }

  /** Return V(r), with dr/dt = -dV/dr and V(0) = 0. */
  NC.potential = (own, r) => descent(own, 0, r);

  /** Return V at many rates, given in rising order: each integral starts where the last one ended. */
  NC.potentialCurve = (model, p, rates) => {
    const own = model.at(p);
    const values = new Float64Array(rates.length);
    let [total, at] = [NaN, 0];
    rates.forEach((r, i) => {
      total = i === 0 ? NC.potential(own, r) : total + descent(own, at, r);
      values[i] = total;
      at = r;
    });
    return values;
  };

  /** V(b) - V(a): the integral of -dr/dt, cut where F bends, jumps or is steepest. */
  function descent(own, a, b) {
    if (a === b) return 0;
    const { w, tau } = own;
    const [low, high] = a < b ? [a, b] : [b, a];
    const inputs = [...own.kinks, ...(own.threshold === null ? [] : [own.threshold]), ...(own.inflections || [])];
    const corners = w === 0 ? [] : inputs.map(own.rateAt).filter((c) => c > low && c < high);
    const ends = [low, ...corners.sort((one, other) => one - other), high];
    const slope = (r) => -own.drdt(r, own.F(own.input(r)));
    const size = Math.max(Math.abs(a), Math.abs(b));
    const response = Math.max(Math.abs(own.F(own.input(a))), Math.abs(own.F(own.input(b))));
    const scale = (Math.max(size, response) * Math.max(size, high - low)) / tau;
    let total = 0;
    for (let i = 0; i + 1 < ends.length; i += 1) total += integral(slope, ends[i], ends[i + 1], scale);
    return a < b ? total : -total;
  }

  /**
   * Return the fixed points against the external input, at the present w: {branches, folds, corners, complete}.
   *
   * The curve is exact: at total input x the rate F(x) is a fixed point for I_ext = x - w F(x). It turns where w F'(x) =
   * 1 (`folds`), and has a corner at a kink of F; between two turns it is one branch {I, r, x, stability}. `n` points are
   * spent where it bends. `view` is {from, to}, the inputs I_ext to be covered, and `highest`, the largest rate to be
   * followed where there is no largest one. The present I_ext does not enter where a view is given. `complete` says that
   * no turn is missing on the curve in view.
   */
  NC.bifurcation = (model, p, n = 400, view = {}) => {
    const own = model.at(p);
    const at = (x) => {
      const r = own.F(x);
      return { x, r, I: own.drive(x, r) };
    };
    const kinks = own.kinks.filter(Number.isFinite);
    const everywhere = NC.criticalPoints(own);
    const known = everywhere.complete ? everywhere.inputs : [];
    const { from, to } = { ...usualView(own, known.map(at)), ...view };
    const highest = view.highest || 4 * Math.max(1, ...known.map((x) => Math.abs(own.F(x))));
    // Where not all turns of the line are to be had, those in view.
    const { inputs: turns, complete } = everywhere.complete ? everywhere : NC.criticalPoints(own, { from, to, highest });
    const isInView = ({ I, r }) => everywhere.complete || (I >= from && I <= to && Math.abs(r) <= highest);
    const [lo, hi] = inputsFor(own, at, from, to, highest, turns.filter((x) => isInView(at(x))));
    const cuts = [...turns, ...kinks].filter((x) => x > lo && x < hi).sort((a, b) => a - b);
    const ends = [lo, ...cuts, hi].filter((x, i, all) => i === 0 || x > all[i - 1]);
    const pieces = traced(own, at, ends, n, to - from);
    const branches = [];
    const folds = [];
    const corners = [];
    pieces.forEach((piece, i) => {
      const before = branches[branches.length - 1];
      const { x, I, r } = piece[0];
      const stability = stabilityOf(own, piece);
      const changed = i === 0 || before.stability !== stability;
      if (i > 0 && turns.includes(x) && changed && isInView(piece[0])) folds.push({ I, r, x });
      if (i > 0 && kinks.includes(x)) corners.push({ I, r, x });
      const own_ = changed ? { x: [], I: [], r: [], stability } : before;
      if (changed) branches.push(own_);
      for (const point of changed ? piece : piece.slice(1)) {
        own_.x.push(point.x);
        own_.I.push(point.I);
        own_.r.push(point.r);
      }
    });
    return { branches, folds, corners, complete };
  };

  /** The stability of a piece of the curve, on which 1 - w F' keeps its sign unless a turn is missing: then undecided. */
  function stabilityOf(own, piece) {
    const slopes = piece.slice(1, -1).map(({ x }) => own.slopeOf(own.dF(x)));
    // Next to a turn rounding may give the other sign: F' is right to far less than this.
    const sure = slopes.filter((slope) => Math.abs(slope) > 1e-9 * (1 + Math.abs(1 - slope)));
    const signs = new Set((sure.length > 0 ? sure : slopes).map(Math.sign));
    return signs.size !== 1 ? "undecided" : signs.has(1) ? "stable" : signs.has(-1) ? "unstable" : "undecided";
  }

  /** A view around the present input and the folds. */
  function usualView(own, folds) {
    const inputs = [own.I, ...folds.map((q) => q.I)];
    const [low, high] = [Math.min(...inputs), Math.max(...inputs)];
    const margin = Math.max(2, (high - low) / 2);
    return { from: low - margin, to: high + margin };
  }

  /** The total inputs that the curve passes while I_ext is in view. */
  function inputsFor(own, at, from, to, highest, turns) {
    if (Number.isFinite(own.low) && Number.isFinite(own.high) && own.closed) {
      const [one, other] = [own.w * own.low, own.w * own.high];
      return [from + Math.min(one, other), to + Math.max(one, other)];
    }
    const first = Math.min(from, ...turns);
    const last = Math.max(to, ...turns);
    const outside = ({ I, r }) => !(I >= from && I <= to && Math.abs(r) <= highest);
    const reach = (start, side) => {
      let step = (to - from) / 64;
      let x = start;
      for (let i = 0; i < 60 && !outside(at(x)); i += 1) {
        x += side * step;
        step *= 1.25;
      }
      return x;
    };
    return [reach(first, -1), reach(last, 1)];
  }

  /** Follow the curve from cut to cut: each piece a list of points, close together where it bends. */
  function traced(own, at, ends, n, span) {
    const count = Math.max(Math.ceil(n / 8 / Math.max(ends.length - 1, 1)), 4);
    const inner = [...(own.inflections || [])];
    const pieces = [];
    for (let i = 0; i + 1 < ends.length; i += 1) {
      const [a, b] = [ends[i], ends[i + 1]];
      const xs = new Set([a, b, ...inner.filter((x) => x > a && x < b)]);
      for (let k = 1; k < count; k += 1) xs.add(a + ((b - a) * k) / count);
      pieces.push([...xs].sort((one, other) => one - other).map(at));
    }
    const rates = pieces.flat().map((q) => q.r).filter(Number.isFinite);
    const height = Math.max(...rates) - Math.min(...rates) || 1;
    // A segment's bend: how far its middle is from the chord, in units of the view, and a little for its length.
    const segment = (piece, a, b) => {
      const middle = at(a.x + (b.x - a.x) / 2);
      const [u, v] = [(b.I - a.I) / span, (b.r - a.r) / height];
      const [s, t] = [(middle.I - a.I) / span, (middle.r - a.r) / height];
      const length = Math.hypot(u, v);
      const away = length > 0 ? Math.abs(u * t - v * s) / length : Math.hypot(s, t);
      const worth = middle.x > a.x && middle.x < b.x ? away + 1e-4 * length : -1;
      return { piece, a, b, middle, worth: Number.isNaN(worth) ? -1 : worth };
    };
    const segments = [];
    pieces.forEach((piece, i) => piece.slice(1).forEach((b, k) => segments.push(segment(i, piece[k], b))));
    while (segments.length < n) {
      let worst = 0;
      for (let k = 1; k < segments.length; k += 1) if (segments[k].worth > segments[worst].worth) worst = k;
      const { piece, a, b, middle, worth } = segments[worst];
      if (worth < 0) break;
      pieces[piece].push(middle);
      segments[worst] = segment(piece, a, middle);
      segments.push(segment(piece, middle, b));
    }
    for (const piece of pieces) piece.sort((one, other) => one.x - other.x);
    return pieces;
  }
}
