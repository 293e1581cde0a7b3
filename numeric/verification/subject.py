"""The model under test: its public functions, its formula with fifty digits, and the parameters that are drawn for it.

Weights and inputs are put together here a second time, from the populations' signs and parameters, so that what the
numeric functions make of them has something to be compared with.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import numpy as np

from ...symbolic.errors import MissingExtra, NoClosedForm
from ...symbolic.model import RateModel
from ...symbolic.parameter import Parameter
from ...symbolic.stable import stable_forms
from ...symbolic.transfer import catalogue, x
from ..compile import CompiledModel, compile_model
from ..fixed_points import fixed_points
from ..formula_ranges import ranges_of
from ..results import FixedPoints
from .bounds import SECOND_ORDER, TINY, TRANSFER, U
from .exact import Exact, exact
from .rounded import Rounded, evaluator
from .search import Judge, hypothesis

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Parameters = Mapping[str, float]
# What is left of an argument, carried as hi + lo or multiplied out, is within twice the count of the plain form.
_FORMS = 2


@dataclass(frozen=True)
class Point:
    """One fixed point as it was listed, with an entry for each population."""

    r: list[float]
    x: list[float]
    eigenvalues: list[complex]
    stability: str


class Subject:
    """A model, seen through its public functions."""

    def __init__(self, model: RateModel, given: Parameters) -> None:
        self.model = model
        self.functions: CompiledModel = compile_model(model)
        defaults = {name: p.default for name, p in model.parameters.items()}
        mine = defaults | dict(given)
        self.given: list[dict[str, float]] = [mine] if mine == defaults else [mine, defaults]

    @property
    def size(self) -> int:
        """How many populations there are."""
        return len(self.model.populations)

    @cached_property
    def names(self) -> list[str]:
        return [p.name or "r" for p in self.model.populations]

    # Parts of a parameter set.

    def shape(self, i: int, p: Parameters) -> list[float]:
        """The parameters of a population's transfer function."""
        return [p[q.name] for q in self.model.populations[i].shape]

    def own_shape(self, i: int, p: Parameters) -> dict[str, float]:
        """The same by the names that the transfer function has for them."""
        population = self.model.populations[i]
        return {own.name: p[q.name] for own, q in zip(population.transfer.parameters, population.shape, strict=True)}

    def tau(self, i: int, p: Parameters) -> float:
        return p[self.model.populations[i].tau.name]

    def allows_inputs(self, p: Parameters, columns: Any) -> bool:
        """Whether the external inputs stay within their bounds with these samples on top, one column a population."""
        return all(
            population.I_ext.allows(float(value) + self.I(i, p)) and population.I_ext.allows(float(value))
            for i, population in enumerate(self.model.populations)
            for value in np.asarray(columns)[:, i]
        )

    def I(self, i: int, p: Parameters) -> float:  # noqa: E743  mathematics keeps its letters
        return p[self.model.populations[i].I_ext.name]

    def weights(self, p: Parameters) -> list[list[float]]:
        """The weights with the signs of the populations that they come from."""
        signs = [-1.0 if q.sign < 0 else 1.0 for q in self.model.populations]
        rows = [[0.0 if w is None else p[w.name] for w in row] for row in self.model.weights]
        return [[sign * w if w else 0.0 for sign, w in zip(signs, row, strict=True)] for row in rows]

    def without_weights(self, p: Parameters) -> dict[str, float] | None:
        """The same parameters without recurrence; None where some weight may not be zero."""
        still = dict(p)
        for row in self.model.weights:
            for w in row:
                if w is not None:
                    if not w.allows(0.0):
                        return None
                    still[w.name] = 0.0
        return still

    # The formula, and what rounding can do to it.

    def exact(self, i: int) -> Exact:
        return exact(self.model.populations[i].transfer)

    def F(self, i: int, at: Any, p: Parameters, order: int = 0) -> Any:
        """F, F' or F'' of a population with fifty digits; nan where it has no value."""
        return self.exact(i).value(at, self.shape(i, p), order)

    def error_of_F(self, i: int, at: float, p: Parameters, size: Any, order: int = 0) -> float:
        """Bound the error of F, F' or F'' as the compiled functions compute it from a double, where it is `size`.

        For the catalogue by the counts of its forms, for any other function by a running analysis of its form.
        """
        transfer = self.model.populations[i].transfer
        if catalogue.get(transfer.name) == transfer:
            roundings = TRANSFER[transfer.name][order] + self._bend(i, at, p, order)
            return float(SECOND_ORDER * roundings * U * size) + TINY
        forms = stable_forms(transfer)
        form = (forms.F, forms.dF, forms.d2F)[order]
        found = evaluator(form)(self._environment(i, Rounded.exact(at), p))
        return _FORMS * found.bound + TINY

    def _bend(self, i: int, at: float, p: Parameters, order: int) -> float:
        """The roundings of F'' of Naka and Rushton's beside its inflection, where two terms cancel (see bounds)."""
        if order != 2 or at <= 0 or self.model.populations[i].transfer.name != "naka_rushton":
            return 0.0
        shape = self.own_shape(i, p)
        n, s = shape["n"], shape["s"]
        q = (min(at, s) / max(at, s)) ** n
        one, other = (n - 1, (n + 1) * q) if at <= s else ((n - 1) * q, n + 1)
        return float(10 * (one + other) / max(abs(one - other), 1e-300))

    def _environment(self, i: int, at: Rounded, p: Parameters) -> dict[Any, Rounded]:
        transfer = self.model.populations[i].transfer
        own = {q.symbol: Rounded.exact(v) for q, v in zip(transfer.parameters, self.shape(i, p), strict=True)}
        return {x: at, **own}

    def response(self, i: int, at: Rounded, p: Parameters) -> Rounded:
        """F as a simulation steps towards it: the exact value, and what rounding does to the rough form."""
        value = self.F(i, at.value, p)
        edge = self.exact(i).edge(self.shape(i, p))
        if at.value <= edge:
            # Where rounding may put the input above the threshold, F is what it is there.
            if at.value + U * at.error * 2 <= edge:
                return Rounded(mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0))
            above = edge + 2 * U * at.error
            beyond = self.F(i, above, p)
            return Rounded(mpmath.mpf(0), abs(beyond), abs(beyond) / U)
        form = evaluator(stable_forms(self.model.populations[i].transfer).rough[0])
        found = form(self._environment(i, at, p))
        return Rounded(value, max(found.size, abs(value)), _FORMS * found.error)

    def inputs(self, rates: Sequence[Rounded], p: Parameters, extra: Sequence[float] | None = None) -> list[Rounded]:
        """The total inputs, each with its roundings."""
        found = []
        for i, row in enumerate(self.weights(p)):
            total = Rounded.exact(self.I(i, p))
            if extra is not None:
                total = total + Rounded.exact(extra[i])
            for w, r in zip(row, rates, strict=True):
                if w:
                    total = total + Rounded.exact(w) * r
            found.append(total)
        return found

    # What comes back from the public functions, in one form for any number of populations.

    def points(self, p: Parameters, found: FixedPoints | None = None) -> tuple[FixedPoints, list[Point]]:
        """The fixed points, listed by the public function."""
        found = fixed_points(self.model, **arguments(p)) if found is None else found
        listed = []
        for k in range(len(found.stability)):
            r, at, eigenvalues = (np.atleast_1d(v[k]).tolist() for v in (found.r, found.x, found.eigenvalue))
            listed.append(Point(r, at, [complex(v) for v in eigenvalues], str(found.stability[k])))
        return found, listed

    def rates_of(self, r: Any) -> Any:
        """The rates of a run, with an axis of populations."""
        return np.asarray(r)[..., None] if self.model.is_single else np.asarray(r)

    def start(self, rates: Sequence[float]) -> Any:
        """Initial rates as `simulate` takes them."""
        return rates[0] if self.model.is_single else list(rates)

    def ends(self, i: int, p: Parameters) -> tuple[float, float] | None:
        """The ends of F's range, in doubles; of a formula of one's own an enclosure, None without python-flint."""
        transfer = self.model.populations[i].transfer
        try:
            span = transfer.range
        except NoClosedForm:
            try:
                return ranges_of(transfer, self.shape(i, p)).over(*(transfer.inputs or (-math.inf, math.inf)))[0]
            except MissingExtra:
                return None
        numbers = {q.symbol: mpmath.mpf(v) for q, v in zip(transfer.parameters, self.shape(i, p), strict=True)}
        found = []
        for end in (span.inf, span.sup):
            if not end.is_finite and not end.free_symbols:
                found.append(math.copysign(math.inf, float(end)))
            else:
                found.append(float(evaluator(end)({s: Rounded.exact(v) for s, v in numbers.items()}).value))
        return found[0], found[1]

    # What is drawn.

    @cached_property
    def _stated_inputs(self) -> list[tuple[float, float]]:
        """The inputs that formulas of a user's own say they are meant for."""
        spans = [getattr(p.transfer, "inputs", None) for p in self.model.populations]
        return [(float(span[0]), float(span[1])) for span in spans if span]

    @property
    def has_stated_inputs(self) -> bool:
        return bool(self._stated_inputs)

    def parameter_sets(self) -> "SearchStrategy[dict[str, float]]":
        """Each parameter from the range that people study, from its ends, and from the bounds that it may reach."""
        st = hypothesis().strategies
        return st.fixed_dictionaries({name: values_of(p) for name, p in self.model.parameters.items()})  # type: ignore[no-any-return]

    def near_a_fold(self) -> "SearchStrategy[dict[str, float]]":
        """Parameters of one population beside a fold: w = 1/F'(x), I = x - w F(x), and a little off.

        How little is drawn, from some units in the last place to a tenth. Where F' vanishes the set is left as it is.
        """
        st = hypothesis().strategies
        away = st.tuples(st.sampled_from([-1.0, 1.0]), st.floats(-15.0, -1.0))
        (population,) = self.model.populations
        ((weight,),) = self.model.weights
        assert weight is not None

        def placed(drawn: tuple[dict[str, float], float, tuple[float, float]]) -> dict[str, float]:
            p, at, (side, exponent) = drawn
            f, shape = self.functions.populations[0], self.own_shape(0, p)
            with np.errstate(all="ignore"):
                slope, value = f.dF(at, **shape), f.F(at, **shape)
                w = 1 / slope if slope else math.nan
            I = at - w * value
            sign = -1.0 if population.sign < 0 else 1.0
            if not (math.isfinite(I) and abs(w) < 1e6 and abs(I) < 1e6 and weight.allows(sign * w)):
                return p
            moved = I + side * 10.0**exponent * max(1.0, abs(I))
            return (
                p if not population.I_ext.allows(moved) else {**p, weight.name: sign * w, population.I_ext.name: moved}
            )

        middle = st.floats(-3.0, 6.0)
        return st.tuples(self.parameter_sets(), middle, away).map(placed)  # type: ignore[no-any-return]

    def input_values(self) -> "SearchStrategy[float]":
        """Inputs to a transfer function: anywhere that it is meant for, of every small size, and around 0."""
        st = hypothesis().strategies
        if self.has_stated_inputs:
            low, high = min(e[0] for e in self._stated_inputs), max(e[1] for e in self._stated_inputs)
            return st.one_of(st.floats(low, high), st.sampled_from([low, high]))  # type: ignore[no-any-return]
        small = st.tuples(st.sampled_from([-1.0, 1.0]), st.floats(-100.0, 0.0)).map(lambda v: v[0] * 10.0 ** v[1])
        # Far out F is at its limit, and far in its tails arguments are large: there their rounding tells.
        anywhere = st.one_of(st.floats(-1e4, 1e4), st.floats(-300.0, 300.0), st.floats(-10.0, 10.0), small)
        return anywhere.map(lambda v: v if abs(v) >= 1e-100 else 0.0)  # type: ignore[no-any-return]


def arguments(p: Parameters) -> dict[str, Any]:
    """Return parameters as the public functions take them, beside their options."""
    return dict(p)


def values_of(parameter: Parameter) -> "SearchStrategy[float]":
    """Draw a parameter: its sample range, the ends of that, and its bounds where it may take them."""
    st = hypothesis().strategies
    low, high = parameter.sample
    low, high = max(low, parameter.minimum), min(high, parameter.maximum)
    if not low < high:
        low = high = parameter.default
    corners = {low, high, parameter.default, parameter.minimum, parameter.maximum}
    allowed = sorted(v for v in corners if math.isfinite(v) and parameter.allows(v))
    inside = st.floats(low, high).filter(parameter.allows)
    # Numbers next to 0 that nobody means: a bound there would be about the doubles only.
    meant = inside.map(lambda v: v if abs(v) >= 1e-9 or not parameter.allows(0.0) else 0.0)
    return st.one_of(meant, meant, meant, st.sampled_from(allowed))  # type: ignore[no-any-return]


def finite(judge: Judge, *values: Any) -> None:
    """Say nothing of an example in which some value is no finite number."""
    judge.assume(all(mpmath.isfinite(v) for v in values))
