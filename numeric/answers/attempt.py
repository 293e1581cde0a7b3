"""A student's function, however its arguments are called: as it can be called, and what comes back as numbers."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...symbolic.answer_formula import read_answer
from ...symbolic.errors import NullclineError, shown
from ...symbolic.mistakes import Kind
from ...symbolic.model import RateModel
from ...symbolic.transfer import x
from ..door import Array
from .expressions import compiled

# What an error of the student's own is quoted to.
_LONGEST_ERROR = 120
# What the first argument may be called, and other names for parameters.
_ARGUMENT = {
    "F": ("x",),
    "dF": ("x",),
    "drdt": ("r",),
    "eigenvalue": ("fp", "r", "r_fp", "x_fp", "r_star", "fixed_point"),
}
_OTHER_NAMES = {"I_ext": ("I", "I_E", "Iext", "I0"), "theta": ("th", "thr"), "w": ("w_EE", "wEE")}


class CannotBeCalled(Exception):
    """The function has no arguments that the numbers could be given to; the message says why."""


@dataclass(frozen=True)
class Attempt:
    """A function to grade: `run` takes an input or a rate, and parameters by name.

    `takes` are the model's parameters that it receives; `note` says what was guessed about its arguments.
    """

    kind: Kind
    run: Callable[[Any, Mapping[str, float]], Any]
    takes: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a call gave: an array of numbers, or the trouble in words."""

    values: Array | None
    trouble: str = ""
    is_missing: bool = False


def attempt_of(given: Any, model: RateModel, kind: Kind) -> Attempt:
    """Return a function, or a text as a formula, as it can be called.

    Raises CannotBeCalled where its arguments do not fit, NullclineError for what is neither.
    """
    if isinstance(given, str):
        return _of_formula(given, model, kind)
    if not callable(given):
        raise NullclineError(f"{kind} must be a function or a formula as text, got {shown(given)}")
    order = _order(model, kind)
    # A function that NumPy made takes what it was made of does.
    inner = getattr(given, "pyfunc", given)
    try:
        arguments = list(inspect.signature(inner).parameters.values())
    except (TypeError, ValueError):
        arguments = []
    named = [a for a in arguments if a.kind not in (a.VAR_POSITIONAL, a.VAR_KEYWORD)]
    if not named:
        return Attempt(kind, lambda at, p: given(at, *(p[name] for name in order)), order)
    first, others = _first_argument(named, kind, model)
    takes_all = any(a.kind is a.VAR_KEYWORD for a in arguments)
    places, guessed = _places(kind, others, order, tuple(model.parameters))
    rest = tuple(name for name in model.parameters if takes_all and name not in places.values())

    def run(at: Any, parameters: Mapping[str, float]) -> Any:
        positional, keywords = [], {name: parameters[name] for name in rest}
        for argument in named:
            if argument is not first and argument.name not in places:
                continue
            value = at if argument is first else parameters[places[argument.name]]
            if argument.kind is argument.POSITIONAL_ONLY:
                positional.append(value)
            else:
                keywords[argument.name] = value
        return given(*positional, **keywords)

    note = ""
    if guessed:
        pairs = ", ".join(f"{theirs} for {ours}" for theirs, ours in guessed.items())
        note = f"the arguments of {kind} were taken in the order of the tutorial: {pairs}"
    return Attempt(kind, run, tuple(name for name in model.parameters if name in {*places.values(), *rest}), note)


def _of_formula(text: str, model: RateModel, kind: Kind) -> Attempt:
    (rate,) = model.rates
    expression = read_answer(text, model, kind)
    argument = x if kind in ("F", "dF") else rate
    function = compiled([argument, *(p.symbol for p in model.parameters.values())], [expression])

    def run(at: Any, parameters: Mapping[str, float]) -> Any:
        numbers = (np.asarray(parameters[name]) for name in model.parameters)
        (value,) = function(np.asarray(at, dtype=float), *numbers)
        return np.broadcast_to(value, np.shape(at)).copy()

    return Attempt(kind, run, tuple(model.parameters))


def _order(model: RateModel, kind: Kind) -> tuple[str, ...]:
    """The parameters in the order in which the tutorial's functions take them."""
    (population,) = model.populations
    ((weight,),) = model.weights
    assert weight is not None, "a model of one population has a weight"
    shape = tuple(p.name for p in population.shape)
    tau, w, I_ext = population.tau.name, weight.name, population.I_ext.name
    return {"F": shape, "dF": shape, "drdt": (I_ext, w, *shape, tau), "eigenvalue": (tau, *shape, w, I_ext)}[kind]


def _first_argument(
    named: list[inspect.Parameter], kind: Kind, model: RateModel
) -> tuple[inspect.Parameter, list[inspect.Parameter]]:
    """The argument that is the input or the rate: by its name, else the first that is no parameter."""
    by_name = [a for a in named if a.name in _ARGUMENT[kind]]
    free = [a for a in named if a.name not in model.parameters and a.default is a.empty]
    if not by_name and not free:
        wanted = _ARGUMENT[kind][0]
        raise CannotBeCalled(f"it has no argument {wanted}: begin it with def {kind}({wanted}, ...)")
    first = (by_name or free)[0]
    return first, [a for a in named if a is not first]


def _places(
    kind: Kind, others: list[inspect.Parameter], order: tuple[str, ...], known: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return which parameter each argument gets: by its name, or, of what is left, by its place."""
    places = {a.name: a.name for a in others if a.name in known}
    for ours, names in _OTHER_NAMES.items():
        if ours in known and ours not in places.values():
            places |= {a.name: ours for a in others if a.name in names and a.name not in places}
    left = [a for a in others if a.name not in places and a.default is a.empty]
    free = [name for name in order if name not in places.values()]
    if len(left) > len(free):
        unknown = left[len(free)].name
        line = f"it asks for {unknown}, which the model does not have"
        raise CannotBeCalled(f"{line}: {kind} may take {', '.join([_ARGUMENT[kind][0], *known])}")
    guessed = dict(zip((a.name for a in left), free, strict=False))
    return places | guessed, guessed


# Calling --------------------------------------------------------------------------------------------------------------


def called(attempt: Attempt, at: Any, parameters: Mapping[str, float]) -> Outcome:
    """Call a student's function; whatever comes back is an outcome."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # What overflows here is the student's, and is told from the numbers.
            warnings.simplefilter("ignore")
            answer = attempt.run(at, parameters)
    except NotImplementedError:
        return Outcome(None, "it is not written yet: it raises NotImplementedError", is_missing=True)
    except Exception as error:
        text = " ".join(str(error).split())[:_LONGEST_ERROR].rstrip(".")
        return Outcome(None, f"it raises {type(error).__name__}{': ' if text else ''}{text}")
    return _numbers(answer)


def _numbers(answer: Any) -> Outcome:
    if answer is None:
        return Outcome(None, "it returns nothing (None): end it with return", is_missing=True)
    if answer is Ellipsis:
        return Outcome(None, "it returns ..., the gap that is left for the formula", is_missing=True)
    if callable(answer) or isinstance(answer, str | bytes | dict | set):
        return Outcome(None, f"it returns {shown(answer)}, which is no number")
    try:
        values = np.asarray(answer)
        if np.iscomplexobj(values) and not np.any(values.imag):
            values = values.real
        if values.dtype.kind not in "buif":
            raise TypeError
        return Outcome(values.astype(float))
    except (TypeError, ValueError):
        return Outcome(None, f"it returns {shown(answer)}, which is no real number")
