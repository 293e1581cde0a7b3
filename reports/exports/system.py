"""A model as every export takes it: named numbers, and equations in forms that no double overflows.

The equations are those of `model.right_hand_side()`, with each transfer function in the form that the numeric functions
add to a rate (`stable_forms(...).rough`). Names are the user's own, except where the target has given them a meaning.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy import Expr, Max, Piecewise, Symbol, exp

from ...numeric.door import initial_rates, positive_number
from ...symbolic import functions
from ...symbolic.errors import NullclineError, ParameterError, unknown_name
from ...symbolic.functions import expit
from ...symbolic.model import Population, RateModel
from ...symbolic.rewriting import rewritten
from ...symbolic.stable import stable_forms
from ...symbolic.transfer import TransferFunction, catalogue

# Where every rate starts, as in the tutorial and in `nullcline simulate`; and by default a file integrates for 20 times
# the longest time constant, by steps of a tenth of the shortest.
START, DURATION, STEPS = 0.2, 20, 10
_MOST_STEPS = 10_000_000

_LONGEST_TEXT = 200
# Beyond this a whole number or a fraction is written as the nearest double: 10^300 has no other short form.
_LARGEST_INTEGER = 10**9


# The names of the tutorial and the catalogue, in a model of one population or of several.
USUAL = "(tau|a|theta|b|s|k|n|R|w|I_ext|r|x)(_[A-Za-z0-9_]+)?"


@dataclass(frozen=True)
class Naming:
    """Which names a target leaves to a user, who writes `[A-Za-z][A-Za-z0-9_]*`.

    `reserved` are those it does not; `refuses` matches more of them, and `keeps` all that it leaves: of a target whose
    own names nobody can list. A target that reads upper and lower case alike has `one_case`.
    """

    reserved: frozenset[str]
    refuses: str = "$^"
    keeps: str = "[A-Za-z][A-Za-z0-9_]*"
    longest: int = 64
    one_case: bool = False

    def names(self, wanted: Iterable[str]) -> dict[str, str]:
        """Return a name for each one wanted: itself where it can be, otherwise with a `p_` or a number."""
        reserved = {self._key(name) for name in self.reserved}
        taken = set(reserved)
        given: dict[str, str] = {}
        for name in wanted:
            allowed = name.isascii() and re.fullmatch(self.keeps, name) and not re.fullmatch(self.refuses, name)
            if allowed and self._key(name) not in taken and len(name) <= self.longest:
                given[name] = name
            else:
                base = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
                if not allowed or self._key(name) in reserved:
                    base = "rate" if name == "r" else f"p_{base}"
                if re.fullmatch(self.refuses, base):
                    base = base.replace("_", "")
                given[name] = next(n for n in self._candidates(base) if self._key(n) not in taken)
            taken.add(self._key(given[name]))
        return given

    def _candidates(self, base: str) -> Iterable[str]:
        yield base[: self.longest].rstrip("_")
        for number in range(2, 10**6):
            yield f"{base[: self.longest - len(str(number)) - 1].rstrip('_')}_{number}"

    def _key(self, name: str) -> str:
        return name.lower() if self.one_case else name


@dataclass(frozen=True)
class Quantity:
    """A rate or a parameter: its name in the export, the name it has here, its value and what it means."""

    name: str
    original: str
    value: float
    unit: str
    meaning: str

    @property
    def symbol(self) -> Symbol:
        """The symbol by which the equations know it."""
        return Symbol(self.name, real=True)

    @property
    def remark(self) -> str:
        """What it means, with its unit, as plain text on one line."""
        return f"{self.meaning} ({self.unit})" if self.unit else self.meaning


@dataclass(frozen=True)
class Run:
    """How a file integrates by itself: the duration T and the step dt in ms, and where the rates start.

    None stands for what suits the model: T of 20 times the longest time constant, dt of a tenth of the shortest, and
    r = 0.2. `r_init` is a number or, for several populations, numbers by name or in order.
    """

    T: float | None = None
    dt: float | None = None
    r_init: object = None


@dataclass(frozen=True)
class System:
    """The equations in the symbols of an export: `inputs` x_i in terms of the rates, `slopes` dr_i/dt in terms of both.

    `time_constants` are the names of those that have the unit of time; `duration` and `step` are in ms.
    """

    title: str
    rates: tuple[Quantity, ...]
    parameters: tuple[Quantity, ...]
    inputs: tuple[tuple[Symbol, Expr], ...]
    slopes: tuple[Expr, ...]
    time_constants: frozenset[str]
    duration: float
    step: float

    @property
    def notes(self) -> list[str]:
        """Lines of plain text for the head of a file: the model, and what was renamed."""
        renamed = [
            f"{q.original} is called {q.name} here" for q in (*self.rates, *self.parameters) if q.original != q.name
        ]
        return [f"model: {self.title}", "times in ms, rates dimensionless", *map(plain, renamed)]


def system_of(
    model: RateModel,
    given: Mapping[str, object],
    naming: Naming,
    run: Run,
    *,
    guarded: bool = False,
    textbook: bool = False,
) -> System:
    """Return the equations of a model with these parameter values, in names that suit a target.

    `guarded` is for targets that compute both sides of a condition: below its threshold a transfer function is then
    computed at the threshold, where it is a number. `textbook` is for targets that are read and not computed: the
    formulas stay as they were stated.

    Raises ParameterError for an unknown parameter and for a value out of bounds, of the run too.
    """
    values = _values(model, given)
    starts = _starts(model, run)
    wanted = [*model.parameters, *(s.name for s in model.rates), *_input_names(model)]
    names = naming.names(wanted)
    units = {name: p.unit for name, p in model.parameters.items()}
    parameters = tuple(
        Quantity(names[name], name, values[name], plain(units[name]), plain(p.meaning))
        for name, p in model.parameters.items()
    )
    rates = tuple(
        Quantity(
            names[p.rate.name], p.rate.name, start, "", plain(f"rate of population {p.name}" if p.name else "rate")
        )
        for p, start in zip(model.populations, starts, strict=True)
    )
    into: dict[Expr, Expr] = {p.symbol: Symbol(names[n], real=True) for n, p in model.parameters.items()}
    into |= {s: Symbol(names[s.name], real=True) for s in model.rates}
    inputs, slopes = [], []
    for population, name, total in zip(model.populations, _input_names(model), model.inputs(), strict=True):
        x = Symbol(names[name], real=True)
        inputs.append((x, total.xreplace(into)))
        own = population.transfer.variable
        response = population.response(own) if textbook else _response(population, guarded=guarded)
        slope = ((-population.rate + response) / population.tau.symbol).xreplace(into | {own: x})
        slopes.append(slope if textbook else _plain_numbers(slope))
    duration, step = _times(run, [values[p.tau.name] for p in model.populations])
    return System(
        title=plain(model.name),
        rates=rates,
        parameters=parameters,
        inputs=tuple(inputs),
        slopes=tuple(slopes),
        time_constants=frozenset(names[p.tau.name] for p in model.populations),
        duration=duration,
        step=step,
    )


def _times(run: Run, taus: Sequence[float]) -> tuple[float, float]:
    duration = DURATION * max(taus) if run.T is None else positive_number("T", run.T)
    step = min(taus) / STEPS if run.dt is None else positive_number("dt", run.dt)
    if not duration / step <= _MOST_STEPS and not (run.T is None and run.dt is None):
        line = f"T={duration!r} with dt={step!r} is {duration / step:.3g} steps, an export takes {_MOST_STEPS:,}"
        raise ParameterError(f"{line}: choose a shorter T or a larger dt", name="dt", value=step, allowed=_MOST_STEPS)
    return duration, step


def _starts(model: RateModel, run: Run) -> list[float]:
    """Return where each rate starts."""
    if run.r_init is None:
        return [START] * len(model.populations)
    starts = initial_rates(model, run.r_init)
    wanted = 0 if model.is_single else 1
    if starts.ndim != wanted:
        line = f"r_init must be one rate a population in an export, got an array of shape {starts.shape}"
        raise ParameterError(line, name="r_init", value=run.r_init)
    return [float(value) for value in starts.reshape(-1)]


def words(text: str) -> frozenset[str]:
    """Return the words of a text, which a target reserves or knows."""
    return frozenset(text.split())


def plain(text: str) -> str:
    """Return a text without line ends and control characters, which might end a comment or do more than that."""
    visible = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in str(text))
    short = " ".join(visible.split())
    return short if len(short) <= _LONGEST_TEXT else short[: _LONGEST_TEXT - 3] + "..."


def comment(mark: str, text: str) -> str:
    """Return a comment that runs to the end of its line; the quote stands between the text and that end."""
    # A backslash there would take the next line into the comment, in C and in XPP.
    return f"{mark} {text}'" if text.endswith(("\\", "/")) else f"{mark} {text}"


def _values(model: RateModel, given: Mapping[str, object]) -> dict[str, float]:
    known = model.parameters
    for name, value in given.items():
        if name not in known:
            line = unknown_name("parameter", name, list(known), f"model {model.name!r}")
            raise ParameterError(line, name=name, value=value, allowed=tuple(known))
    return {name: p.read(given[name]) if name in given else p.default for name, p in known.items()}


def _input_names(model: RateModel) -> list[str]:
    return [f"x_{p.name}" if p.name else "x" for p in model.populations]


def _response(population: Population, *, guarded: bool) -> Expr:
    """Return F(x) of a population in its own parameters, for every real x."""
    function = population.transfer
    active = _without_overflow(_active(function))
    if function.threshold is not None:
        above = function.variable > function.threshold
        start = Max(function.variable, function.threshold)
        active = active.xreplace({function.variable: start}) if guarded else active
        active = Piecewise((active, above), (sympy.Integer(0), True))
    return _ended(active, function.name).subs(population.into_shape, simultaneous=True)


def _active(function: TransferFunction) -> Expr:
    if catalogue.get(function.name) == function:
        return stable_forms(function).rough[0]
    # `stable_forms` would derive an inverse too, which an export does not need and a user's function may not have.
    return rewritten(function.formula)


def _without_overflow(expression: Expr) -> Expr:
    """Write 1/(1 + e^-u) by its name, and the functions that few targets have by those that many have."""

    def is_logistic(e: Expr) -> bool:
        return bool(e.is_Pow and e.exp == -1 and e.base.is_Add and isinstance(e.base - 1, exp))

    expression = expression.replace(is_logistic, lambda e: expit(-(e.base - 1).args[0]))
    for kind, written in _IN_OTHERS.items():
        expression = expression.replace(lambda e, kind=kind: isinstance(e, kind), lambda e, w=written: w(*e.args))
    return expression


# A rate is added to these: what they lose beside their textbook form is below the rounding of that.
_IN_OTHERS: Mapping[type, Callable[..., Expr]] = {
    functions.gaussian: lambda u: exp(-(u**2)),
    functions.erf_increment: lambda v, d: sympy.erf(v + d) - sympy.erf(v),
    functions.erfc: lambda u: 1 - sympy.erf(u),
    sympy.erfc: lambda u: 1 - sympy.erf(u),
    sympy.sign: lambda u: Piecewise((1, u > 0), (-1, u < 0), (0, True)),
    sympy.Heaviside: lambda u, half=sympy.S.Half: Piecewise((1, u > 0), (0, u < 0), (half, True)),
}


def _ended(expression: Expr, name: str) -> Expr:
    """Let the last case of every condition be what is left, as all targets need it."""

    def ended(e: Piecewise) -> Expr:
        if e.args[-1][1] == sympy.true:
            return e
        if sympy.simplify(sympy.Or(*(condition for _, condition in e.args))) != sympy.true:
            line = f"the formula of transfer function {name!r} has no value where none of its conditions holds"
            raise NullclineError(f"{line}: end them with one that is True")
        return Piecewise(*e.args[:-1], (e.args[-1][0], True))

    return expression.replace(lambda e: isinstance(e, Piecewise), ended)


def _plain_numbers(expression: Expr) -> Expr:
    """Write as doubles the constants, and the fractions that are longer as they stand."""

    def is_long(e: Expr) -> bool:
        return bool(e.is_NumberSymbol or (e.is_Rational and max(abs(e.p), e.q) > _LARGEST_INTEGER))

    found = [a for a in expression.atoms(sympy.Number, sympy.NumberSymbol) if is_long(a)]
    return expression.xreplace({a: sympy.Float(float(a)) for a in found})
