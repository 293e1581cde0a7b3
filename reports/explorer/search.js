/**
 * Fixed points where of F no more is known than its formula: branch and prune in interval arithmetic.
 *
 * The line is cut where the formula's cases change. On a box inside a piece an enclosure of h(x) = x - I_ext - w F(x)
 * without 0 says that there is no fixed point; one of h' without 0, that there is at most one, which the signs of h at
 * the ends decide; one of h'' without 0, that h turns at most once, and the box is cut there. Any other box is halved,
 * under a budget. What the budget or rounding leaves open is said to be.
 */
{
  const I = NC.intervals;
  const BUDGET = 4000; // boxes
  const EPS = 2 ** -52;
  const NARROW = 1e-9; // a box of this size, relative to where it is, is not cut in search of a turn
  // Off the centre, where roots often lie: at 0, or between symmetric ends.
  const CUTS = [0.4873, 0.3541, 0.618, 0.2718, 0.7321];
  const signOf = (a) => (a[0] > 0 ? 1 : a[1] < 0 ? -1 : 0);
  const isZero = (a) => a[0] === 0 && a[1] === 0;
  const at = (x) => [x, x];

  /** The pieces of F: {a, b, H, slope, bend}, with the ends and enclosures of h, h' and h''; `drive` is I_ext, or many. */
  function piecesOf(own, drive = null) {
    const [low, high] = own.made.domain || [-Infinity, Infinity];
    const inner = [...new Set(own.switches)].filter((s) => s > low && s < high).sort((a, b) => a - b);
    const ends = [low, ...inner, high];
    const w = at(own.w);
    const I_ext = drive || at(own.I);
    return ends.slice(1).map((b, i) => {
      const a = ends[i];
      const forms = own.enclosures(own.caseAt(inside(a, b)));
      return {
        a,
        b,
        H: (X) => I.sub(I.sub(X, I_ext), I.mul(w, anywhere(forms, "F", X))),
        slope: (X) => I.sub([1, 1], I.mul(w, anywhere(forms, "dF", X))),
        bend: (X) => I.neg(I.mul(w, forms.d2F(X))),
      };
    });
  }

  /** F or F' on a box; on one that reaches to infinity on one side also as a function of 1/x, or of -1/x. */
  function anywhere(forms, name, [lo, hi]) {
    const made = forms[name]([lo, hi]);
    if (hi === Infinity && lo > 0) return I.meet(made, forms[`${name}right`](I.div([1, 1], [lo, hi])));
    if (lo === -Infinity && hi < 0) return I.meet(made, forms[`${name}left`](I.div([1, 1], [-hi, -lo])));
    return made;
  }

  function inside(a, b, share = 0.5) {
    if (a === -Infinity) return b === Infinity ? 0 : b - 1 - Math.abs(b);
    if (b === Infinity) return a + 1 + Math.abs(a);
    return a + (b - a) * share;
  }

  /** A place at which to cut a box: at a share of it or, across magnitudes, of the exponents. */
  function cutOf(a, b, share) {
    const [near, far] = Math.abs(a) < Math.abs(b) ? [a, b] : [b, a];
    const start = a < 0 && b > 0 ? 1 : Math.max(Math.abs(near), 1e-300);
    if (Math.abs(far) > 65536 * start) {
      return Math.sign(far) * Math.exp(Math.log(start) + share * (Math.log(Math.abs(far)) - Math.log(start)));
    }
    return a + (b - a) * share;
  }

  /** The sign of h next to an end of a box on which it is monotone: 0 where rounding hides it. */
  function signInside(piece, x, isLeft, direction) {
    const value = piece.H(at(x));
    if (isZero(value)) return isLeft ? direction : -direction;
    return signOf(value);
  }

  /** What the search of one model has found so far. */
  class Findings {
    constructor(own) {
      this.own = own;
      this.points = [];
      this.open = false;
      this.jumps = [];
      this.boxes = 0;
    }

    root(x, rising, piece) {
      this.points.push(pointOf(this.own, x, piece, rising ? "stable" : "unstable"));
    }

    undecided(x, piece) {
      this.open = true;
      const last = this.points.find((q) => q.stability === "undecided" && Math.abs(q.x - x) <= 1e-6 * (1 + Math.abs(x)));
      if (last === undefined) this.points.push(pointOf(this.own, x, piece, "undecided"));
    }
  }

  function pointOf(own, x, piece, stability) {
    const F = own.F(x);
    const dF = own.dF(x);
    // At a place where cases change the piece says which slope is meant.
    const [lo, hi] = Number.isNaN(dF) ? piece.slope(at(x)) : [0, 0];
    const slope = Number.isNaN(dF) ? (lo + hi) / 2 : own.slopeOfH(dF);
    const eigenvalue = Number.isNaN(dF) ? own.eigenvalueOf(slope) : own.eigenvalue(dF);
    const steep = Math.abs(1 - slope) > 1;
    return { x, r: steep ? own.rateAt(x) : F, eigenvalue, stability };
  }

  /** Return {points, case, note}: the fixed points by rising input, and what is special about them. */
  NC.searchedPoints = (own) => {
    const found = new Findings(own);
    const [low, high] = own.made.domain || [-Infinity, Infinity];
    if (own.w === 0) {
      const { I } = own;
      if (!(low <= I && I <= high)) return told(found, null);
      return { points: [{ x: I, r: own.F(I), eigenvalue: own.eigenvalue(0), stability: "stable" }], case: "regular" };
    }
    const pieces = piecesOf(own);
    let outside = false;
    for (const piece of pieces) {
      const [a, b, known] = finiteEnds(piece);
      outside = outside || !known;
      if (isZero(piece.slope([a, b])) && isZero(piece.H(at(cutOf(a, b, CUTS[0]))))) {
        return { points: [], case: "continuum", note: "a line of fixed points" };
      }
      search(found, piece, a, b);
    }
    pieces.slice(1).forEach((piece, i) => atSwitch(found, pieces[i], piece, piece.a));
    for (const end of [low, high].filter(Number.isFinite)) {
      // A stated end belongs to the inputs for which F is meant.
      const piece = end === low ? pieces[0] : pieces[pieces.length - 1];
      if (isZero(piece.H(at(end)))) atSwitch(found, piece, piece, end);
    }
    return outside ? { points: sorted(found), case: "outside" } : told(found, pieces[0]);
  };

  const sorted = (found) => found.points.sort((a, b) => a.x - b.x);

  /** A list that was searched through, with the sentence for what is special: as nullcline.numeric has it. */
  function told(found, first) {
    const points = sorted(found);
    const { own } = found;
    if (found.open) return { points, case: "undecided" };
    if (points.some((q) => q.stability === "nonsmooth")) return { points, case: "kink" };
    const regular = { points, case: "regular" };
    if (found.jumps.length > 0) {
      const where = found.jumps.map((x) => Number(x.toPrecision(6))).join(", ");
      return { ...regular, note: `no fixed point where F jumps over the line of r, at x = ${where}` };
    }
    if (own.made.domain !== null) {
      const [low, high] = own.made.domain;
      const which = points.length > 0 ? "every fixed point" : "no fixed point";
      return { ...regular, note: `${which} among the inputs from ${low} to ${high}, for which F is meant` };
    }
    if (points.length > 0) return regular;
    // dr/dt keeps the sign that it has far out: there h has that of -w dr/dt.
    const side = -signOf(first.H(at(-(2 ** 200)))) * Math.sign(own.w);
    if (side > 0) return { points, case: "none" };
    return { ...regular, note: side < 0 ? "no fixed point: the rate falls without bound" : "no fixed point" };
  }

  /** Cut off infinite ends beyond which h is shown to have no zero: [a, b, whether that was shown]. */
  function finiteEnds(piece, isSure = hasNoZero) {
    const { a, b } = piece;
    const [left, leftKnown] = a === -Infinity ? reach(piece, Number.isFinite(b) ? b : 0, -1, isSure) : [a, true];
    const [right, rightKnown] = b === Infinity ? reach(piece, Number.isFinite(a) ? a : 0, 1, isSure) : [b, true];
    return [left, right, leftKnown && rightKnown];
  }

  function reach(piece, start, side, isSure) {
    let step = 4.1 * (1 + Math.abs(start));
    for (let i = 0; i < 170; i += 1) {
      const x = start + side * step;
      if (isSure(piece, x, side)) return [x, true];
      step *= 4;
    }
    return [start + side * 1e12 * (1 + Math.abs(start)), false];
  }

  const beyond = (x, side) => (side > 0 ? [x, Infinity] : [-Infinity, x]);

  function hasNoZero(piece, x, side) {
    const box = beyond(x, side);
    if (signOf(piece.H(box)) !== 0) return true;
    // h goes away from 0 on all of the box.
    const direction = signOf(piece.slope(box));
    return direction !== 0 && signOf(piece.H(at(x))) === side * direction;
  }

  /** Whether h is monotone beyond an input, or flat. */
  function slopeIsSure(piece, x, side) {
    const box = beyond(x, side);
    const slope = piece.slope(box);
    if (signOf(slope) !== 0 || isZero(slope)) return true;
    // h' goes away from 0 on all of the box, or stays.
    const [low, high] = piece.bend(box);
    const away = signOf(piece.slope(at(x))) * side;
    return (away > 0 && low >= 0) || (away < 0 && high <= 0);
  }

  /** Whether h is 0 where two cases meet; a corner of F has an eigenvalue on each side. */
  function atSwitch(found, left, right, x) {
    const { own } = found;
    const values = [left.H(at(x)), right.H(at(x))];
    const signs = values.map(signOf);
    if (own.h(x) !== 0) {
      // Where F jumps h may pass 0 without being it; where it does not, rounding hides a root on one of the sides.
      if (signs[0] === 0 && signs[1] === 0) found.undecided(x, left);
      if (signs[0] * signs[1] < 0) found.jumps.push(x);
      return;
    }
    if (!values.every(isZero) && signs[0] === 0 && signs[1] === 0) {
      found.undecided(x, left);
      return;
    }
    const slopes = [left.slope(at(x)), right.slope(at(x))].map(([lo, hi]) => (lo + hi) / 2);
    const sides = slopes.map(own.eigenvalueOf);
    const smooth = !own.kinks.includes(x) || sides[0] === sides[1];
    if (!smooth) {
      found.points.push({ x, r: own.F(x), eigenvalue: NaN, stability: "nonsmooth", sides });
    } else {
      const stability = sides[0] < 0 ? "stable" : sides[0] > 0 ? "unstable" : "undecided";
      found.points.push({ x, r: own.F(x), eigenvalue: sides[0], stability });
    }
  }

  /** Find every zero of h between two places inside a piece. */
  function search(found, piece, from, to) {
    const boxes = [[from, to, 0]];
    while (boxes.length > 0) {
      const [a, b, depth] = boxes.pop();
      found.boxes += 1;
      const X = [a, b];
      const narrow = b - a <= 8 * EPS * Math.max(Math.abs(a), Math.abs(b)) + 1e-300;
      const H = piece.H(X);
      if (signOf(H) !== 0 || a >= b) continue;
      const slope = piece.slope(X);
      const middle = cutOf(a, b, CUTS[depth % CUTS.length]);
      // The mean value theorem: h(m) + h'(X) (X - m).
      const mean = I.add(piece.H(at(middle)), I.mul(slope, I.sub(X, at(middle))));
      if (signOf(mean) !== 0) continue;
      const direction = signOf(slope);
      if (direction !== 0) {
        if (monotone(found, piece, a, b, direction)) continue;
      } else if (signOf(piece.bend(X)) !== 0 && turning(found, piece, a, b)) {
        continue;
      }
      if (narrow || found.boxes > BUDGET || !(middle > a && middle < b)) {
        // h is 0 at an end, and nowhere else so near: that end is looked at by itself.
        if (!(direction !== 0 && (isZero(piece.H(at(a))) || isZero(piece.H(at(b)))))) found.undecided(middle, piece);
      } else {
        boxes.push([middle, b, depth + 1], [a, middle, depth + 1]);
      }
    }
  }

  /** Take the root of a box on which h is monotone, if it has one; false where rounding hides a sign at an end. */
  function monotone(found, piece, a, b, direction) {
    const [left, right] = [signInside(piece, a, true, direction), signInside(piece, b, false, direction)];
    if (left === 0 || right === 0) return false;
    if (left !== right) found.root(NC.rootBetween(found.own.h, a, b, direction > 0), direction > 0, piece);
    return true;
  }

  /** Take the roots of a box on which h is convex or concave; false where rounding hides how h' is at an end. */
  function turning(found, piece, a, b) {
    const { own } = found;
    const [left, right] = [signOf(piece.slope(at(a))), signOf(piece.slope(at(b)))];
    if (left === 0 || right === 0) return false;
    if (left === right) return monotone(found, piece, a, b, left);
    const turn = NC.rootBetween((x) => own.slopeOf(own.dF(x)), a, b, left < 0);
    // The turn lies between two places at which h' has a certain sign.
    let [from, to] = [turn, turn];
    for (let width = EPS * Math.abs(turn) + 1e-300; signOf(piece.slope(at(from))) !== left; width *= 4) {
      from = turn - width;
      if (from <= a) return false;
    }
    for (let width = EPS * Math.abs(turn) + 1e-300; signOf(piece.slope(at(to))) !== right; width *= 4) {
      to = turn + width;
      if (to >= b) return false;
    }
    const sign = signOf(piece.H([from, to]));
    const ends = [signInside(piece, a, true, left), signInside(piece, b, false, right)];
    if (ends.includes(0)) return false;
    if (sign === 0) {
      // A maximum of h below 0 at both ends, or a minimum above it: two roots, or none.
      if (ends[0] === -left) found.undecided(turn, piece);
      return true;
    }
    if (ends[0] !== sign) found.root(NC.rootBetween(own.h, a, from, left > 0), left > 0, piece);
    if (ends[1] !== sign) found.root(NC.rootBetween(own.h, to, b, right > 0), right > 0, piece);
    return true;
  }

  const BOXES = 256;

  /** Return a number that h' = 1 - w F' does not pass between two inputs: the upper end of its enclosures. */
  NC.steepest = (own, from, to) => {
    let most = -Infinity;
    for (const piece of piecesOf(own)) {
      const [a, b] = [Math.max(piece.a, from), Math.min(piece.b, to)];
      for (let k = 0; a < b && k < BOXES; k += 1) {
        most = Math.max(most, piece.slope([a + ((b - a) * k) / BOXES, a + ((b - a) * (k + 1)) / BOXES])[1]);
      }
    }
    return most;
  };

  /**
   * Return where w F' passes 1: {inputs, complete}, the inputs rising. I_ext does not enter: without a view the whole line
   * is searched; with one, {from, to, highest}, the inputs at which a fixed point has an I_ext from `from` to `to`, and,
   * where no end of these is known, those at which its rate is at most `highest` as well. `complete` says that there is
   * no other: it is false where the budget or rounding left a box open, or F' goes on in a way that is not known.
   */
  NC.criticalPoints = (own, view = null) => {
    const found = { inputs: [], complete: true, boxes: 0 };
    if (own.w === 0) return { inputs: [], complete: true };
    const drive = view === null ? null : [view.from, view.to];
    for (const piece of piecesOf(own, drive)) {
      const [a, b, known] = view === null ? finiteEnds(piece, slopeIsSure) : finiteEnds(piece);
      const reach = view === null || known ? Infinity : Math.abs(own.w) * view.highest;
      if (!known && view === null) found.complete = false;
      else searchTurns(found, piece, known ? a : Math.max(a, view.from - reach), known ? b : Math.min(b, view.to + reach), own);
      if (!found.complete) break;
    }
    return { inputs: found.inputs.sort((a, b) => a - b), complete: found.complete };
  };

  function searchTurns(found, piece, from, to, own) {
    const stack = [[from, to, 0]];
    const sure = (x) => signOf(piece.slope(at(x))) !== 0;
    while (stack.length > 0) {
      const [a, b, depth] = stack.pop();
      found.boxes += 1;
      if (!(a < b)) continue;
      const slope = piece.slope([a, b]);
      // Where w F' is 1 all along nothing turns.
      if (signOf(slope) !== 0 || isZero(slope)) continue;
      const [left, right] = [signOf(piece.slope(at(a))), signOf(piece.slope(at(b)))];
      if (signOf(piece.bend([a, b])) !== 0 && left !== 0 && right !== 0) {
        if (left !== right) found.inputs.push(NC.rootBetween((x) => own.slopeOf(own.dF(x)), a, b, left < 0));
        continue;
      }
      // Not cut where rounding hides on which side of 1 w F' is: both halves would be left open.
      const cuts = CUTS.map((_, i) => cutOf(a, b, CUTS[(depth + i) % CUTS.length]));
      const middle = cuts.find(sure) || cuts[0];
      if (found.boxes > BUDGET || !(middle > a && middle < b) || b - a <= NARROW * (1 + Math.abs(a))) found.complete = false;
      else stack.push([middle, b, depth + 1], [a, middle, depth + 1]);
      if (found.boxes > BUDGET) return;
    }
  }
}
