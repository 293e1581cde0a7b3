"""The search of `population`, as one compiled loop, for transfer functions of the commonest kind.

That kind is bounded, smooth, with one inflection, and the inputs of a given slope in closed form: sigmoid, tanh, erf.
The loop cuts h where `population` does and runs `newton`'s steps, for a block of parameter sets together. A set in
which it meets anything out of the ordinary it leaves to `population`: the sign of h hidden by rounding, no recurrence,
numbers of extreme size, a root that Newton's method does not settle.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import sympy

from ..symbolic.model import RateModel
from ..symbolic.transfer import TransferFunction
from . import accelerator
from .compile import CompiledModel, general_equations
from .door import Array
from .newton import EPS, POLISHINGS, STEPS
from .population import ROUNDINGS, Sets, Table, fill
from .promise import LARGEST
from .source import Source, definition
from .transfer_kernels import kernels_text


def is_common(transfer: TransferFunction) -> bool:
    """Whether the loop is meant for a transfer function."""
    smooth = transfer.bounded and transfer.threshold is None
    return smooth and len(transfer.inflections) == 1 and len(transfer.inputs_of_slope) == 2


def fill_by_loop(compiled: CompiledModel, grid: Sequence[Array], rows: int, table: Table) -> None:
    """Find every fixed point of each set of a grid, as `population.fill` does.

    Each parameter has two axes, of which those that it does not vary along have length 1; `rows` is the first one's.
    """
    size = table.count.size
    left = np.zeros(size, dtype=np.bool_)
    sets = Sets(compiled, grid, size)
    ends = [end(*sets.shape) for end in (sets.kernels.low, sets.kernels.high)]
    values = [np.ascontiguousarray(v) for v in (sets.w, sets.I, sets.tau, *ends, *sets.shape)]
    outcome = (table.x, table.r, table.eigenvalue, table.stability, table.count, left)
    _loop(compiled.model)(*values, *outcome, size // rows)
    which = np.flatnonzero(left)
    if which.size:
        some = Table.empty(sets.kernels, which.size)
        some.clear()
        flat = [np.broadcast_to(v, (rows, size // rows)).reshape(-1)[which] for v in grid]
        fill(Sets(compiled, flat, which.size), some)
        for column, found in zip(table.columns, some.columns, strict=True):
            column[which] = found
        table.sides.update({int(which[row]): sides for row, sides in some.sides.items()})


@lru_cache(maxsize=64)
def _loop(model: RateModel) -> Callable[..., None]:
    numbers = {
        "EPS": EPS,
        "HALF_DIGITS": EPS**0.5,
        "STEPS": STEPS,
        "POLISHINGS": POLISHINGS,
        "ROUNDINGS": ROUNDINGS,
        "LARGEST": LARGEST,
    }
    return accelerator.compiled(loop_text(model), "fixed_points", forms="right", **numbers)


def loop_text(model: RateModel) -> str:
    """Return the text of `fixed_points`, which fills a table of n rows and three columns, and marks what it leaves."""
    (population,) = model.populations
    ((weight,),) = model.weights
    assert weight is not None
    # The loop is given the weight with the population's sign in it, and the model's equations have it without.
    signed = sympy.Symbol("w with its sign", real=True)
    given_weight = {weight.symbol: -signed if population.sign < 0 else signed}
    names = {signed: "w", population.I_ext.symbol: "I", population.tau.symbol: "tau"}
    d = sympy.Symbol("d", real=True)
    (total,), (_, (slope,)) = model.inputs(), general_equations(model, [sympy.Symbol("f")], [d])
    total, slope = total.xreplace(given_weight), slope.xreplace(given_weight)
    back = _lines(total, {population.rate: "F", **names}, "back")
    eigenvalue = _lines(slope, {d: "d", **names}, "eigenvalue")
    shape = [f"s{i}" for i in range(len(population.shape))]
    own = ", ".join(shape)
    own_rows = [f"{name} = block_{name}[j]" for name in shape]
    given = ["w", "I", "tau", "low", "high", *shape]
    listed_rows = ["w, I = lw[j], lI[j]", *(f"{name} = ls[{i}, j]" for i, name in enumerate(shape))]

    def height(at: str, h: str, slope: str) -> list[str]:
        """Lines that compute h and its slope at an input, from the rough forms."""
        return [f"F, d = rough({at}, {own})", *back, f"{h} = {at} - back", f"{slope} = 1.0 - w*d"]

    def hidden(at: str, h: str) -> str:
        return f"abs({h}) <= ROUNDINGS*(abs(I) + abs(place) + abs({at}) + rough_size) + 1e-300"

    cut = [
        "w, I = block_w[j], block_I[j]",
        *own_rows,
        "one, two = w*block_low[j], w*block_high[j]",
        "rough_size = maximum(abs(one), abs(two))",
        "margin = 8.0*EPS*(abs(I) + rough_size) + 1e-300",
        "lo, hi = I + minimum(one, two) - margin, I + maximum(one, two) + margin",
        f"place = inflection0({own})[0]",
        "middle = minimum(maximum(place, lo), hi)",
        *height("middle", "h_middle", "slope_middle"),
        f"largest = largest_slope({own})[0]",
        "turns = (w > 0.0) & (1.0 < largest*w)",
        f"before, after = inputs_of_slope(1.0/w if turns else 0.5*largest, {own})",
        "steep = turns & (slope_middle < 0.0)",
        "has_before, has_after = steep & (lo < before) & (before < middle), steep & (middle < after) & (after < hi)",
        *height("before", "h_before", "unused"),
        *height("after", "h_after", "unused"),
        "flat = (w > 0.0) & (abs(slope_middle) <= 64.0*EPS) & (middle > lo) & (middle < hi)",
        f"doubtful = (flat & ({hidden('middle', 'h_middle')})) | (has_before & ({hidden('before', 'h_before')}))",
        f"doubtful = doubtful | (has_after & ({hidden('after', 'h_after')}))",
        f"large = {' | '.join(f'(abs({name}) > LARGEST)' for name in ('w', 'I', *shape))}",
        "marked[j] = 1 if doubtful | large | (w == 0.0) else 0",
        "at0[j], at4[j], sign0[j], sign4[j] = lo, hi, -1, 1",
        "first = before if has_before else lo",
        "first_sign = (1 if h_before > 0.0 else -1) if has_before else -1",
        "further = middle > first",
        "second = middle if further else first",
        # At the end of the bracket the sign is known, where rounding might hide it.
        "second_sign = (1 if (middle >= hi) | (h_middle > 0.0) else -1) if further else first_sign",
        "at1[j], sign1[j], at2[j], sign2[j] = first, first_sign, second, second_sign",
        "at3[j] = after if has_after else second",
        "sign3[j] = (1 if h_after > 0.0 else -1) if has_after else second_sign",
    ]
    # Every piece is written down, and the next one over it unless h changes sign there: no branch to be guessed.
    listing = [
        line
        for piece in range(4)
        for line in (
            "for j in range(size):",
            f"    of[n], pieces[n] = j, {piece}",
            f"    n += 1 if (sign{piece}[j] != sign{piece + 1}[j]) & (marked[j] == 0) else 0",
        )
    ]
    gathering = [
        "j, piece = of[i], pieces[i]",
        "w = block_w[j]",
        "lw[i], lI[i], ltau[i] = w, block_I[j], block_tau[j]",
        *(f"ls[{i}, i] = block_{name}[j]" for i, name in enumerate(shape)),
        "rises = signs[piece, j] < 0",
        # h'' = -w F'': the end to start from is where h has that sign.
        "from_left = rises != ((piece < 2) == (w < 0.0))",
        "a, b = edges[piece, j], edges[piece + 1, j]",
        "begin = a if from_left else b",
        "xs[i], begins[i], ends[i] = begin, begin, b if from_left else a",
        "rising[i] = 1.0 if rises else -1.0",
        # The rough forms may have put the end of a piece on the wrong side of a root this near.
        "slack = 8.0*EPS*abs(w)*maximum(abs(block_low[j]), abs(block_high[j]))",
        "leasts[i], mosts[i] = minimum(a, b) - slack, maximum(a, b) + slack",
    ]
    newton = [
        *listed_rows,
        "at, ahead = xs[j], 1.0 if ends[j] > begins[j] else -1.0",
        *height("at", "h", "slope"),
        "slope = EPS if slope == 0.0 else slope",
        "new = at - h/slope",
        "new = ends[j] if (ends[j] - new)*ahead < 0.0 else new",
        "moved = (new - at)*ahead",
        "change = abs(slope/slopes[j] - 1.0)",
        "bend = change*abs(moved/moves[j])",
        "still = moved <= 4.0*EPS*abs(at)",
        "near = (change < 0.1) & (moved*bend*bend*bend <= EPS*abs(new))",
        "active = going[j] > 0",
        "xs[j] = new if active else at",
        "moves[j] = moved if active else moves[j]",
        "slopes[j] = slope if active else slopes[j]",
        "going[j] = 0 if still | near else going[j]",
        "unsettled += going[j]",
    ]
    polish = [
        *listed_rows,
        "at = xs[j]",
        *height("at", "unused", "slope"),
        "slope = INFINITY if slope == 0.0 else slope",
        f"F = F_of(at, {own})[0]",
        *back,
        "new = at - (at - back)/slope",
        "new = minimum(maximum(new, leasts[j]), mosts[j])",
        "active = going[j] > 0",
        "moves[j] = new - at if active else moves[j]",
        "slopes[j] = slope if active else slopes[j]",
        "xs[j] = new if active else at",
        "rs[j] = F + d*(new - at) if active else rs[j]",
        # After a step of half the digits the slope changes by as little, and what is left is its square.
        "going[j] = going[j] if abs(new - at) > HALF_DIGITS*abs(new) else 0",
        "unsettled += going[j]",
    ]
    ending = [
        *listed_rows,
        f"F = F_of(0.0, {own})[0]",
        *back,
        # h(0) = 0 exactly: Newton's method only comes near 0, for ever nearer.
        "zero = (back == 0.0) & (leasts[j] <= 0.0) & (mosts[j] >= 0.0)",
        "at = 0.0 if zero else xs[j]",
        "F = F if zero else rs[j]",
        f"d = dF_of(at, {own})[0]",
        "tau = ltau[j]",
        *eigenvalue,
        "xs[j] = at",
        # The one of F(x) and (x - I)/w that does not magnify the rounding of x.
        "rs[j] = (at - I)/w if abs(w*d) > 1.0 else F",
        "es[j] = eigenvalue",
        # What the last step left: half of what it moved, times the change of the slope along it.
        "near = abs(moves[j]*((1.0 - w*d)/slopes[j] - 1.0)) <= EPS*abs(at)",
        "fine = (eigenvalue*rising[j] < 0.0) & (abs(eigenvalue) < INFINITY) & (abs(at) <= FARTHEST)",
        "going[j] = 0 if fine & (zero | (near & (slow[j] == 0))) else 1",
    ]
    writing = [
        "row = start + of[j]",
        "if going[j] > 0:",
        "    left[row] = True",
        "column = count[row]",
        "x[row, column], r[row, column], eigenvalues[row, column] = xs[j], rs[j], es[j]",
        "codes[row, column] = 1 if rising[j] > 0.0 else 2",
        "count[row] = column + 1",
    ]
    # A block has at most three roots a set, and one entry more is written than counts.
    room, block = 3 * 256 + 1, 256
    rows = ["xs", "begins", "ends", "leasts", "mosts", "rs", "es", "moves", "slopes", "lw", "lI", "ltau", "rising"]
    whole = ["of", "pieces", "going", "slow"]
    body = [
        *(f"{row} = np.empty({room})" for row in rows),
        *(f"{row} = np.empty({room}, np.int64)" for row in whole),
        f"ls, marked = np.empty(({len(shape)}, {room})), np.empty({block}, np.int64)",
        f"edges, signs = np.empty((5, {block})), np.empty((5, {block}), np.int64)",
        *(f"at{i}, sign{i} = edges[{i}], signs[{i}]" for i in range(5)),
        *(f"block_{name} = np.empty({block})" for name in given),
        *(f"down_{name}, along_{name} = {name}_of.shape[0] > 1, {name}_of.shape[1] > 1" for name in given),
        "for start in range(0, left.size, 256):",
        "    size, n = min(256, left.size - start), 0",
        "    for j in range(size):",
        "        row = (start + j)//length",
        "        column = start + j - row*length",
        *(
            f"        block_{name}[j] = {name}_of[row if down_{name} else 0, column if along_{name} else 0]"
            for name in given
        ),
        "    for j in range(size):",
        *(f"        {line}" for line in cut),
        "    for j in range(size):",
        "        left[start + j] = marked[j] > 0",
        *(f"    {line}" for line in listing),
        "    for i in range(n):",
        *(f"        {line}" for line in gathering),
        "    moves[:n], slopes[:n], going[:n] = np.nan, np.nan, 1",
        "    for _ in range(STEPS):",
        "        unsettled = 0",
        "        for j in range(n):",
        *(f"            {line}" for line in newton),
        "        if unsettled == 0:",
        "            break",
        "    for j in range(n):",
        "        slow[j], going[j] = going[j], 1",
        "    for _ in range(POLISHINGS):",
        "        unsettled = 0",
        "        for j in range(n):",
        *(f"            {line}" for line in polish),
        "        if unsettled == 0:",
        "            break",
        "    for j in range(n):",
        *(f"        {line}" for line in ending),
        "    for j in range(n):",
        *(f"        {line}" for line in writing),
    ]
    arguments = [*(f"{name}_of" for name in given), "x", "r", "eigenvalues", "codes", "count", "left", "length"]
    return _functions(population.transfer) + "\n" + definition("fixed_points", arguments, body)


def _lines(expression: sympy.Expr, names: dict[sympy.Symbol, str], result: str) -> list[str]:
    source = Source(names, compensated=False)
    value = source.value(expression)
    # The lines' own names must not be those of a loop around them.
    return [re.sub(r"\bt(\d+)\b", rf"{result}_\1", line) for line in [*source.lines, f"{result} = {value}"]]


def _functions(transfer: TransferFunction) -> str:
    """Return the text of F_of, dF_of, rough and what depends on the parameters alone."""
    needed = ("F", "dF", "rough", "inflection0", "inputs_of_slope", "largest_slope")
    parts = re.split(r"^(?=def )", kernels_text(transfer), flags=re.MULTILINE)
    kept = [part for part in parts if (name := re.match(r"def (\w+)\(", part)) and name[1] in needed]
    return re.sub(r"^def (d?F)\(", r"def \1_of(", "".join(kept), flags=re.MULTILINE)
