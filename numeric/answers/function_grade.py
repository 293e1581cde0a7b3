"""A student's function against the model's own: at many inputs, for several sets of parameters, and as it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...symbolic.errors import NullclineError
from ...symbolic.mistakes import Kind, right
from ...symbolic.model import RateModel
from ...symbolic.parameter import Parameter
from ..compile import compile_model
from ..door import Array
from ..fixed_points import fixed_points
from .answer import Answer, Finding
from .attempt import Attempt, Outcome, called
from .mistake import Sample, mistake_in

# A textbook formula in doubles is right to about 1e-13 here and a quotient of central differences to 1e-10; rounded
# constants and the usual mistakes are off by more than this.
TOLERANCE = 1e-6
# What is nearer than this is told as near.
_NEAR = 1e-2
# Sets of parameters beside the one that was asked for, drawn once and for all.
_OTHERS, _SEED = 6, 2020
# An eigenvalue is asked for at fixed points alone, of which there may be only one for a set.
_OTHERS_AT_REST = 16
_FAR = (-1000.0, -200.0, 200.0, 1000.0)
_WHOLE = (0, 1, 2, 3)


def grade_function(attempt: Attempt, model: RateModel, values: Mapping[str, float], tolerance: float | None) -> Answer:
    """Return the grade of a function; the parameters asked for come first, and are told first."""
    grader = _Grader(attempt, model, dict(values), TOLERANCE if tolerance is None else tolerance)
    if not any(grader.places):
        raise NullclineError("eigenvalue cannot be graded where there is no fixed point: choose other parameters")
    findings = list(grader.findings())
    notes = [attempt.note] if attempt.note else []
    if not findings:
        notes += grader.notes()
    return Answer(model.name, (grader.checked,), tuple(findings), tuple(notes))


@dataclass(frozen=True, eq=False)
class _Grader:
    attempt: Attempt
    model: RateModel
    values: dict[str, float]
    tolerance: float

    @property
    def kind(self) -> Kind:
        return self.attempt.kind

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong; one thing at a time, as a lecturer would."""
        samples = self._samples_of_numbers(self.sets[0], self.places[0])
        if (trouble := self._trouble_of(samples)) is not None:
            yield trouble
            return
        if (wrong := self._first_wrong(samples)) is not None:
            others = zip(self.sets[1:], self.places[1:], strict=True)
            more = [sample for p, at in others for sample in self._samples_of_numbers(p, at)]
            yield self._told(wrong, [*samples, *more])
            return
        if (array := self._of_arrays[1]) is not None:
            yield array
            return
        for parameters, places in zip(self.sets[1:], self.places[1:], strict=True):
            here = self._all(parameters, places)
            if (trouble := self._trouble_of(here)) is not None:
                yield trouble
                return
            samples += here
        if (wrong := self._first_wrong(samples)) is not None:
            yield self._told(wrong, samples)
            return
        if self.kind != "eigenvalue" and (whole := self._of_whole_numbers()) is not None:
            yield whole

    def notes(self) -> Iterator[str]:
        """Yield what is right, and could be better."""
        if self.kind == "eigenvalue":
            return
        if not self._of_arrays[0]:
            outcome = called(self.attempt, self._as_array(), self.values)
            line = f"{self.kind} is right, and takes one number at a time: for an array {outcome.trouble}"
            yield f"{line}; np.exp in place of math.exp takes arrays as well"
        if self.kind in ("F", "dF") and self.model.populations[0].transfer.inputs is None:
            yield from self._far_out()

    # Where it is looked at ------------------------------------------------------------------------------------------

    @cached_property
    def sets(self) -> list[dict[str, float]]:
        """The parameters that were asked for, and drawn ones for those that the function takes and that matter."""
        needed = right(self.model, self.kind).free_symbols
        vary = [p for p in self.model.parameters.values() if p.name in self.attempt.takes and p.symbol in needed]
        drawn = np.random.default_rng(_SEED)
        number = _OTHERS_AT_REST if self.kind == "eigenvalue" else _OTHERS
        others = [self.values | {p.name: _drawn(p, drawn) for p in vary} for _ in range(number)] if vary else []
        return [self.values, *others]

    @cached_property
    def places(self) -> list[list[float]]:
        """The inputs, or the rates, of each set."""
        return [self._places_of(parameters) for parameters in self.sets]

    def _places_of(self, parameters: Mapping[str, float]) -> list[float]:
        if self.kind == "eigenvalue":
            found = fixed_points(self.model, **dict[str, Any](parameters))
            return [float(r) for r in found.r if np.isfinite(r)]
        if self.kind == "drdt":
            return [i / 10 for i in range(11)]
        low, high = self.model.populations[0].transfer.inputs or (-4.0, 10.0)
        return [float(x) for x in np.linspace(low, high, 29)]

    def _as_array(self) -> Array:
        return np.array(self.places[0])

    @property
    def checked(self) -> str:
        """What was looked at, and where."""
        what = {"F": "inputs", "dF": "inputs", "drdt": "rates", "eigenvalue": "fixed points"}[self.kind]
        sets = f"{len(self.sets)} sets of parameters" if len(self.sets) > 1 else "one set of parameters"
        return f"{self.kind} at {sum(map(len, self.places))} {what}, {sets}"

    # What comes back ------------------------------------------------------------------------------------------------

    def _all(self, parameters: Mapping[str, float], places: list[float]) -> list[Sample]:
        """Samples of one set: of an array at once, if the function takes one."""
        if self._of_arrays[0] and places:
            outcome = called(self.attempt, np.array(places), parameters)
            if outcome.values is not None and outcome.values.shape == (len(places),):
                return self._samples(parameters, places, [Outcome(np.asarray(v)) for v in outcome.values])
        return self._samples_of_numbers(parameters, places)

    def _samples_of_numbers(self, parameters: Mapping[str, float], places: list[float]) -> list[Sample]:
        return self._samples(parameters, places, [called(self.attempt, at, parameters) for at in places])

    def _samples(self, parameters: Mapping[str, float], places: list[float], outcomes: list[Outcome]) -> list[Sample]:
        if not places:
            return []
        expected = np.atleast_1d(self._expected(np.array(places), parameters))
        return [
            Sample(at, dict(parameters), float(value), outcome)
            for at, value, outcome in zip(places, expected, outcomes, strict=True)
            # At a kink the right answer is not defined.
            if np.isfinite(value)
        ]

    def _expected(self, at: Any, parameters: Mapping[str, float]) -> Any:
        compiled = compile_model(self.model)
        if self.kind in ("F", "dF"):
            shape = [parameters[p.name] for p in self.model.populations[0].shape]
            return getattr(compiled, self.kind)(at, *shape)
        return getattr(compiled, self.kind)(at, **parameters)

    def _is_close(self, got: Any, expected: Any) -> Any:
        # Of nan this is false.
        return np.abs(got - expected) <= self.tolerance * np.maximum(1.0, np.abs(expected))

    def _trouble_of(self, samples: list[Sample]) -> Finding | None:
        for sample in samples:
            if sample.outcome.is_missing:
                return Finding(self.kind, sample.outcome.trouble)
            if sample.outcome.values is None:
                line = f"{self._case(sample)}: {sample.outcome.trouble}"
                return Finding(self.kind, line, self._inputs(sample), sample.expected)
            if sample.outcome.values.size != 1:
                shape = sample.outcome.values.shape
                line = f"{self._case(sample)}: it returns an array of shape {shape} for one number"
                return Finding(self.kind, line, self._inputs(sample), sample.expected)
        return None

    def _first_wrong(self, samples: list[Sample]) -> Sample | None:
        """The worst sample of the first set that has a wrong one."""
        for parameters in self.sets:
            wrong = [s for s in samples if s.parameters == parameters and not self._is_close(s.got, s.expected)]
            if wrong:
                return max(wrong, key=lambda s: (np.isfinite(s.got), abs(s.got - s.expected)))
        return None

    def _told(self, wrong: Sample, samples: list[Sample]) -> Finding:
        usable = [s for s in samples if s.outcome.values is not None and s.outcome.values.size == 1]
        mistake = mistake_in(self.model, self.kind, usable, self.values, self.tolerance)
        line = f"{self._case(wrong)} is {wrong.expected:.6g}, yours is {wrong.got:.6g}"
        why = mistake or self._pattern(usable)
        line += f": {why}" if why else ""
        return Finding(self.kind, line, self._inputs(wrong), wrong.expected, wrong.got, mistake)

    def _pattern(self, samples: list[Sample]) -> str:
        """What the errors have in common, where no usual mistake explains them."""
        got, expected = (np.array([getattr(s, name) for s in samples]) for name in ("got", "expected"))
        there = np.isfinite(got)
        got, expected = got[there], expected[there]
        if not got.size:
            return "it is no number anywhere"
        if np.all(self._is_close(got, got[0])) and not np.all(self._is_close(expected, expected[0])):
            return "it does not depend on its arguments"
        far = np.abs(expected) > _NEAR
        ratio = got[far] / expected[far]
        if far.sum() > 2 and np.all(np.abs(ratio - ratio[0]) < self.tolerance * max(1.0, abs(ratio[0]))):
            return f"it is {ratio[0]:.6g} times what it must be, everywhere"
        gap = got - expected
        if np.all(np.abs(gap - gap[0]) < self.tolerance):
            return f"it is off by {gap[0]:.6g} everywhere"
        if np.abs(gap).max() < _NEAR:
            return (
                f"it is nowhere off by more than {np.abs(gap).max():.1g}: is a constant rounded, or a step too coarse?"
            )
        first = [s for s in samples if s.parameters == self.sets[0]]
        if first and all(self._is_close(s.got, s.expected) for s in first):
            return f"it is right for {self._parameters(self.values)} alone"
        return ""

    # As it is used --------------------------------------------------------------------------------------------------

    @cached_property
    def _of_arrays(self) -> tuple[bool, Finding | None]:
        """Whether the function takes arrays, and what goes wrong with one; that it raises is no mistake."""
        if self.kind == "eigenvalue":
            return False, None
        for given in (self._as_array(), self._as_array()[:6].reshape(2, 3)):
            before = given.copy()
            outcome = called(self.attempt, given, self.values)
            if not np.array_equal(given, before):
                line = "it changes the array that it is given: work on a copy, as x = x - theta makes one"
                return False, Finding(self.kind, line)
            if outcome.values is None:
                return False, None
            if outcome.values.shape != given.shape:
                line = f"for an array of shape {given.shape} it returns one of shape {outcome.values.shape}"
                return False, Finding(self.kind, f"{line}: each input has its own value")
            expected = self._expected(given, self.values)
            wrong = np.isfinite(expected) & ~self._is_close(outcome.values, expected)
            if wrong.any():
                place = tuple(np.argwhere(wrong)[0])
                at, right_one, got = float(given[place]), float(expected[place]), float(outcome.values[place])
                line = f"in an array {self._named(at)} is {got:.6g}, alone {right_one:.6g}: treat each input by itself"
                return False, Finding(self.kind, line, {self._argument: at}, right_one, got)
        return True, None

    def _of_whole_numbers(self) -> Finding | None:
        """What goes wrong with whole numbers only."""
        given: list[Any] = [*_WHOLE, *([np.array(_WHOLE)] if self._of_arrays[0] else [])]
        for at in given:
            outcome = called(self.attempt, at, self.values)
            expected = self._expected(np.asarray(at, dtype=float), self.values)
            shown = f"the whole number {at}" if isinstance(at, int) else f"the array {at.tolist()} of whole numbers"
            if outcome.values is None:
                line = f"for {shown} {outcome.trouble}, for the same as floats it is right"
                return Finding(self.kind, f"{line}: begin with x = np.asarray(x, dtype=float)")
            there = np.isfinite(expected)
            if not np.all(self._is_close(outcome.values, expected) | ~there):
                line = f"for {shown} it is {_listed(outcome.values)}, for the same as floats {_listed(expected)}"
                return Finding(self.kind, f"{line}: a whole number was kept where a fraction belongs")
        return None

    def _far_out(self) -> Iterator[str]:
        for at in _FAR:
            outcome = called(self.attempt, at, self.values)
            expected = float(self._expected(at, self.values))
            line = f"{self.kind} is right where rates are, not far out: {self._named(at)} is {expected:.6g}"
            if outcome.values is None:
                yield f"{line}, yours: {outcome.trouble}"
                return
            if np.isfinite(expected) and not self._is_close(float(outcome.values.reshape(-1)[0]), expected):
                got = float(outcome.values.reshape(-1)[0])
                yield f"{line}, yours is {got:.6g}" + ("" if np.isfinite(got) else "; an exponential overflows there")
                return

    # In words -------------------------------------------------------------------------------------------------------

    @property
    def _argument(self) -> str:
        return "x" if self.kind in ("F", "dF") else "r"

    def _named(self, at: float) -> str:
        return f"{self.kind}({self._argument} = {at:.6g})"

    def _parameters(self, parameters: Mapping[str, float]) -> str:
        needed = right(self.model, self.kind).free_symbols
        told = [p.name for p in self.model.parameters.values() if p.symbol in needed]
        return ", ".join(f"{name} = {parameters[name]:.6g}" for name in told)

    def _case(self, sample: Sample) -> str:
        told = self._parameters(sample.parameters)
        return f"{self._named(sample.at)}{f' with {told}' if told else ''}"

    def _inputs(self, sample: Sample) -> dict[str, float]:
        return {self._argument: sample.at, **sample.parameters}


def _listed(values: Any) -> str:
    return np.array2string(np.asarray(values), precision=4, separator=", ")


def _drawn(parameter: Parameter, drawn: np.random.Generator) -> float:
    """A value of a parameter within what people study, with few digits."""
    low, high = parameter.sample
    value = round(float(drawn.uniform(low, high)), 2)
    return value if parameter.allows(value) else parameter.default
