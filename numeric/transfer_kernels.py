"""The numeric functions of one transfer function, generated from its stable forms; nothing is validated here."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from ..symbolic.errors import NoClosedForm
from ..symbolic.parameter import LARGEST
from ..symbolic.stable import stable_forms
from ..symbolic.transfer import TransferFunction, formula_derivative, slope, x, y
from . import elementary
from .bracketing import roots_between
from .door import Array
from .generated import executed
from .source import Source, definition, function, has_numerical_form

Kernel = Callable[..., Array]

# Inputs beyond this are cut to it: every F with exponential tails is at its limit there to the last bit, and products
# such as a (x - theta), and their squares, stay finite for every parameter of magnitude 1e-50 to 1e50.
FARTHEST = 1e100
# Powers have no such tails; they are cut only where the error of a product could no longer be formed.
FARTHEST_POWER = 1e290
# Newton's method from the closed form of the inverse, which is right to some units in the last place or to rounding of
# the threshold. Where x is far below that each step brings 16 decimals: twenty reach the smallest double.
_REFINEMENTS = 24
# An inverse whose F is within so many units in the last place of the value asked for is as good as F itself.
_NEAR = 2.0
# And one that is off by so much of it is none.
_LOST = 1e-6


@dataclass(frozen=True, eq=False)
class TransferKernels:
    """The raw functions of one transfer function: arrays in, arrays out, nothing validated.

    Each takes x (or y) and then the transfer function's parameters in order; `inflections`, `threshold`, `low`, `high`
    and the asymptote take the parameters alone. `rough` returns F and F' in the cheaper forms that are right to
    rounding of the largest F. `inputs_of_slope` takes a slope and the parameters and returns the inputs at which F' has
    that slope, rising; None where there is no closed form. `largest_slope` is sup F', None where it is infinite;
    `asymptotic_slope` is the limit of F' where F is unbounded
    (inf for a power above 1), `asymptotic_offset` the limit of x - F/slope where that slope is finite.
    """

    transfer: TransferFunction
    F: Kernel
    dF: Kernel
    d2F: Kernel
    F_inverse: Kernel
    rough: Callable[..., tuple[Array, Array]]
    inflections: tuple[Kernel, ...]
    inputs_of_slope: Callable[..., Sequence[Array]] | None
    largest_slope: Kernel | None
    threshold: Kernel | None
    slope_at_threshold: Kernel | None
    low: Kernel
    high: Kernel
    asymptotic_slope: Kernel | None
    asymptotic_offset: Kernel | None
    is_affine: bool


@lru_cache(maxsize=128)
def transfer_kernels(transfer: TransferFunction) -> TransferKernels:
    """Return the raw numeric functions of a transfer function."""
    made = executed(
        kernels_text(transfer), {**elementary.namespace(), "FARTHEST": FARTHEST, "FARTHEST_POWER": FARTHEST_POWER}
    )

    def only(name: str) -> Kernel | None:
        return None if name not in made else lambda *values: np.asarray(made[name](*values)[0])

    F, dF = _one(made["F"]), _one(made["dF"])
    if not transfer.has_closed_forms:
        return _of_any(transfer, made)
    low: Kernel
    high: Kernel
    if transfer.threshold is not None:
        low = _constant(0.0)
    elif transfer.range.inf.is_finite:
        low = lambda *p: F(np.asarray(-FARTHEST), *p)  # noqa: E731
    else:
        low = _constant(-np.inf)
    if transfer.bounded:
        high = lambda *p: F(np.asarray(FARTHEST), *p)  # noqa: E731
    else:
        high = _constant(np.inf)
    slopes = made.get("inputs_of_slope")
    return TransferKernels(
        transfer=transfer,
        F=F,
        dF=dF,
        d2F=_one(made["d2F"]),
        F_inverse=_inverse(low, high, _one(made["F_inverse"]) if "F_inverse" in made else _bracketed(F), F, dF),
        rough=made["rough"],
        inflections=tuple(_one(made[f"inflection{i}"]) for i in range(len(transfer.inflections))),
        inputs_of_slope=slopes,
        largest_slope=only("largest_slope"),
        threshold=only("threshold"),
        # The derivative from above: a kink is where it is not zero.
        slope_at_threshold=only("slope_at_threshold"),
        low=low,
        high=high,
        asymptotic_slope=only("asymptotic_slope"),
        asymptotic_offset=only("asymptotic_offset"),
        is_affine=formula_derivative(transfer, 2) == 0,
    )


def _of_any(transfer: TransferFunction, made: Mapping[str, Any]) -> TransferKernels:
    """Return the functions of a formula of which no more is known than its values and derivatives."""
    return TransferKernels(
        transfer=transfer,
        F=_silent(_one(made["F"])),
        dF=_silent(_one(made["dF"])),
        d2F=_silent(_one(made["d2F"])),
        F_inverse=_searched_inverse(transfer, _silent(_one(made["F"]))),
        rough=_silent(made["rough"]),
        inflections=(),
        inputs_of_slope=None,
        largest_slope=None,
        threshold=None,
        slope_at_threshold=None,
        low=_constant(-np.inf),
        high=_constant(np.inf),
        asymptotic_slope=None,
        asymptotic_offset=None,
        is_affine=False,
    )


def _silent(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return a kernel that does not warn: arrays compute every case of a formula, also where it does not hold."""
    silent: Callable[..., Any] = np.errstate(over="ignore", invalid="ignore", divide="ignore")(kernel)
    return silent


def _searched_inverse(transfer: TransferFunction, F: Kernel) -> Kernel:
    """The inverse of a formula of one's own, where balls prove that it rises or falls throughout."""

    def function(value: Array, *p: Array) -> Array:
        wanted, *shape = np.broadcast_arrays(np.asarray(value, dtype=float), *p)
        flat = np.stack([column.reshape(-1) for column in (wanted, *shape)])
        found = np.empty(wanted.size)
        sets, whose = (
            np.unique(flat[1:], axis=1, return_inverse=True) if shape else (np.empty((0, 1)), np.zeros(1, int))
        )
        for k in range(sets.shape[1]):
            own = np.broadcast_to(whose.reshape(-1) == k, wanted.size)
            found[own] = _inverse_of_one(transfer, F, flat[0, own], sets[:, k])
        return found.reshape(wanted.shape)

    return function


def _inverse_of_one(transfer: TransferFunction, F: Kernel, wanted: Array, shape: Array) -> Array:
    from .formula_ranges import ranges_of  # needs python-flint

    low, high = transfer.inputs or (-math.inf, math.inf)
    _, (least, most) = ranges_of(transfer, shape.tolist()).over(low, high)
    if not (least >= 0 or most <= 0):
        line = f"transfer function {transfer.name!r} is not known to rise or fall throughout, and has no inverse"
        raise NoClosedForm(f"{line}: solve F(x) = y between two inputs, by scipy.optimize.brentq")
    ends = np.clip(np.array([low, high]), -LARGEST, LARGEST)
    bottom, top = sorted(F(ends, *shape))
    inside = (wanted > bottom) & (wanted < top)
    target = wanted[inside]
    a, b = (np.full(target.shape, end) for end in ends)
    x = np.full(wanted.shape, np.nan)
    x[inside] = roots_between(lambda at, of: F(at, *shape) - target[of], a, b, np.full(target.shape, least >= 0))
    return x


def core_text(transfer: TransferFunction) -> str:
    """Return the text of F, dF, d2F and rough, for every input."""
    forms = stable_forms(transfer)
    closed = transfer.has_closed_forms
    far_slope = transfer.largest_slope if closed and not transfer.bounded else None
    linear = far_slope is not None and far_slope != sympy.oo
    kink = "nan" if transfer.kinks else "0.0"
    # A power without bound is left as it is: its values far out are still doubles, or infinite in truth.
    reach = far_slope is None or linear
    if not closed:
        return "\n".join(
            [
                _of_any_input(transfer, "F", forms.F),
                _of_any_input(transfer, "dF", forms.dF, holes=transfer.kinks),
                _of_any_input(transfer, "d2F", forms.d2F, holes=transfer.switches),
                function("rough", [x, *(p.symbol for p in transfer.parameters)], forms.rough),
            ]
        )
    return "\n".join(
        [
            _everywhere(transfer, "F", [forms.F], ["0.0"], cut=reach, linear=linear),
            _everywhere(transfer, "dF", [forms.dF], [kink], cut=reach),
            _everywhere(transfer, "d2F", [forms.d2F], ["nan"], cut=reach),
            _everywhere(transfer, "rough", list(forms.rough), ["0.0", "0.0"], cut=reach, compensated=False),
        ]
    )


@lru_cache(maxsize=128)
def kernels_text(transfer: TransferFunction) -> str:
    """Return the text of the functions from which the kernels are made."""
    forms = stable_forms(transfer)
    own = [p.symbol for p in transfer.parameters]
    if not transfer.has_closed_forms:
        return core_text(transfer)
    far_slope = None if transfer.bounded else transfer.largest_slope
    parts = [
        core_text(transfer),
        *(
            [function("F_inverse", [y, *own], [forms.F_inverse], compensated=True)]
            if forms.F_inverse is not None and has_numerical_form(forms.F_inverse)
            else []
        ),
        *(function(f"inflection{i}", own, [point]) for i, point in enumerate(transfer.inflections)),
    ]
    if forms.inputs_of_slope and all(map(has_numerical_form, forms.inputs_of_slope)):
        parts.append(function("inputs_of_slope", [slope, *own], forms.inputs_of_slope))
    if transfer.largest_slope != sympy.oo:
        parts.append(function("largest_slope", own, [transfer.largest_slope]))
    if transfer.threshold is not None:
        parts.append(function("threshold", own, [transfer.threshold]))
    if transfer.kinks:
        parts.append(function("slope_at_threshold", [x, *own], [forms.dF]))
    if far_slope is not None:
        parts.append(function("asymptotic_slope", own, [far_slope]))
    if far_slope is not None and far_slope != sympy.oo:
        offset = sympy.limit(sympy.expand(x - transfer.formula / far_slope), x, sympy.oo)
        parts.append(function("asymptotic_offset", own, [offset]))
    return "\n".join(parts)


def _everywhere(
    transfer: TransferFunction,
    name: str,
    active: Sequence[Expr],
    at_threshold: Sequence[str],
    *,
    cut: bool,
    linear: bool = False,
    compensated: bool = True,
) -> str:
    """Return the text of a function of every input: the formula above the threshold, 0 below it."""
    own = [p.symbol for p in transfer.parameters]
    names = [f"p{i}" for i in range(len(own) + 1)]
    source = Source(dict(zip(own, names[1:], strict=True)), compensated=compensated)
    at, edge = names[0], ""
    if transfer.threshold is not None:
        edge = source.value(transfer.threshold)
        # The formula is not meant for inputs below the threshold: there it is given one that is above.
        at = source.name(f"where(p0 > {edge}, p0, 2.0*abs({edge}) + 1.0)")
    if cut:
        tails = linear or transfer.threshold is None
        end = "FARTHEST" if tails else "FARTHEST_POWER"
        at = source.name(f"clipped({at}, {end})")
    source.bind(x, at)
    values = [source.value(e) for e in active]
    if linear:
        # F has an asymptote: beyond the reach it is proportional to the input to the last bit.
        values = [source.name(f"magnified({value}, maximum(p0/FARTHEST, 1.0))") for value in values]
    if edge:
        values = [
            source.name(f"where(p0 > {edge}, {value}, where(p0 < {edge}, 0.0, where(p0 == {edge}, {there}, nan)))")
            for value, there in zip(values, at_threshold, strict=True)
        ]
    return definition(name, names, [*source.lines, f"return {', '.join(values)},"])


def _of_any_input(transfer: TransferFunction, name: str, form: Expr, holes: Sequence[Expr] = ()) -> str:
    """Return the text of a formula of which no limits are known: compensated as far as products have errors; nan in
    a hole.
    """
    own = [p.symbol for p in transfer.parameters]
    names = [f"p{i}" for i in range(len(own) + 1)]
    near = Source(dict(zip(own, names[1:], strict=True)), compensated=True)
    near.bind(x, near.name("clipped(p0, FARTHEST)"))
    value = near.value(form)
    far = Source(dict(zip([x, *own], names, strict=True)), compensated=False, first=len(near.lines))
    beyond = far.value(form)
    text = f"where(abs(p0) <= FARTHEST, {value}, {beyond})"
    for hole in holes:
        text = f"where(p0 == {far.value(hole)}, nan, {text})"
    return definition(name, names, [*near.lines, *far.lines, f"return {text},"])


def _inverse(low: Kernel, high: Kernel, closed_form: Kernel, F: Kernel, dF: Kernel) -> Kernel:
    """The closed form, and then Newton's method for as long as it brings F nearer to the value asked for.

    Where F is steep the last bits of x decide, and no closed form has them; where F is nearly flat they do not matter,
    and a step that rounding made is not taken. Near an end of its range F leaves its tangent at once: what is then
    left over is bracketed.
    """
    bracketed = _bracketed(F)

    # Silent: near the largest double the closed form, or its check, may have no finite number.
    @np.errstate(over="ignore", invalid="ignore")
    def function(value: Array, *p: Array) -> Array:
        bottom, top = low(*p), high(*p)
        inside = (value > bottom) & (value < top)
        somewhere = np.where(np.isfinite(top), bottom + (np.where(np.isfinite(top), top, 0.0) - bottom) / 2, bottom + 1)
        wanted = np.where(inside, value, somewhere)
        best = closed_form(wanted, *p)
        excess = F(best, *p) - wanted
        for _ in range(_REFINEMENTS):
            slope = dF(best, *p)
            usable = slope > np.abs(excess) * 1e-300
            new = best - np.where(usable, excess / np.where(usable, slope, 1.0), 0.0)
            left = F(new, *p) - wanted
            nearer = np.abs(left) < np.abs(excess)
            if not np.any(nearer):
                break
            best, excess = np.where(nearer, new, best), np.where(nearer, left, excess)
        # As near as the rounding of F and of x brings it, or nan.
        done = np.abs(excess) <= _NEAR * np.spacing(np.abs(wanted)) + dF(best, *p) * np.spacing(np.abs(best))
        if not np.all(done | ~inside):
            left_over = inside & ~done
            full = [np.broadcast_to(v, left_over.shape)[left_over] for v in (wanted, *p)]
            found = bracketed(*full)
            best, excess = (np.array(np.broadcast_to(v, left_over.shape)) for v in (best, excess))
            further = F(found, *full[1:]) - full[0]
            best[left_over] = np.where(np.abs(further) >= np.abs(excess[left_over]), best[left_over], found)
            # Next to the largest double F may overflow before its value does: there no input is known.
            above = F(np.nextafter(found, np.inf), *full[1:])
            known = (np.abs(further) <= _LOST * np.abs(full[0])) | ((above >= full[0]) & np.isfinite(above))
            best[left_over] = np.where(known, best[left_over], np.nan)
        return np.where(inside & np.isfinite(best), best, np.nan)

    return function


def _bracketed(F: Kernel) -> Kernel:
    """The inverse of a rising F for which there is no closed form."""

    def function(value: Array, *p: Array) -> Array:
        wanted, *shape = np.broadcast_arrays(value, *p)
        flat, columns = wanted.reshape(-1), [column.reshape(-1) for column in shape]
        ends = np.full(flat.shape, np.finfo(np.float64).max)
        rising = np.ones(flat.shape, dtype=np.bool_)
        x = roots_between(lambda at, of: F(at, *(c[of] for c in columns)) - flat[of], -ends, ends, rising)
        return x.reshape(wanted.shape)

    return function


def _one(made: Callable[..., Sequence[Any]]) -> Kernel:
    return lambda *values: np.asarray(made(*values)[0])


def _constant(value: float) -> Kernel:
    return lambda *parameters: np.full(np.broadcast_shapes(*(np.shape(p) for p in parameters)), value)
