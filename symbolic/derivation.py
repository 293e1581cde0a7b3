"""A derivation: ordered steps, each an equation with the reason it holds and the checks that it does."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import sympy

from .budget import within
from .errors import ModelError, unknown_name
from .notation import layout
from .typeset import to_text

if TYPE_CHECKING:
    from .model import RateModel


class Kind(StrEnum):
    """How a check goes about it."""

    SYMBOLIC = "symbolic"
    NUMERICAL = "numerical"


class Verdict(StrEnum):
    """What a check, or all checks of a step together, have shown."""

    PROVED = "proved"
    VERIFIED = "verified numerically"
    UNDECIDED = "undecided"
    REFUTED = "refuted"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class Outcome:
    """What came of a check: the residual that should vanish, and at how many points it was evaluated (0: a proof)."""

    verdict: Verdict
    residual: str
    points: int = 0


@dataclass(frozen=True)
class Check:
    """A second route to an equation; `run` takes the step as it stands, so that a changed step is a new question."""

    name: str
    kind: Kind
    run: Callable[["Step"], Outcome] = field(repr=False, compare=False)


@dataclass(frozen=True)
class CheckResult:
    """A check of one step, carried out."""

    step: str
    name: str
    kind: Kind
    verdict: Verdict
    residual: str
    points: int

    def sentence(self) -> str:
        """Say in words what was shown."""
        if self.verdict is Verdict.PROVED:
            return f"{self.name}: proved, the difference is exactly {self.residual}"
        if self.verdict is Verdict.VERIFIED:
            return f"{self.name}: verified at {self.points} points, largest residual {self.residual}"
        if self.verdict is Verdict.UNDECIDED:
            return f"{self.name}: not decided symbolically within the budget"
        return f"{self.name}: refuted, residual {self.residual}"


@dataclass(frozen=True)
class Step:
    """One line of a derivation: what holds, why, and how it was checked.

    `equation` is the line for this model's F; `general` the same line for any F, where there is one. Both are SymPy
    relations; a line of several components is an equation between matrices. Where there is no closed form `equation`
    is the implicit one and `statement` says so.
    """

    key: str
    title: str
    statement: str
    equation: sympy.Basic
    because: str
    follows_from: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    general: sympy.Basic | None = None
    condition: sympy.Basic = sympy.true

    def __str__(self) -> str:
        """Write the step's equation on one line, after its title."""
        return f"{self.title}: {to_text(layout(self.equation))}"

    def check(self) -> tuple[CheckResult, ...]:
        """Carry out the step's checks."""
        results = []
        for check in self.checks:
            outcome = check.run(self)
            results.append(
                CheckResult(self.key, check.name, check.kind, outcome.verdict, outcome.residual, outcome.points)
            )
        return tuple(results)

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_step  # typesetting is loaded for who shows something

        return of_step(self, include, exclude)


@dataclass(frozen=True)
class Verification:
    """The outcome of every check of a derivation, in order."""

    steps: tuple[Step, ...]
    results: tuple[CheckResult, ...]

    @property
    def ok(self) -> bool:
        """Whether every step is checked and none refuted."""
        return all(self.verdict(step.key) in (Verdict.PROVED, Verdict.VERIFIED) for step in self.steps)

    @property
    def proved(self) -> bool:
        """Whether every step is proved."""
        return all(self.verdict(step.key) is Verdict.PROVED for step in self.steps)

    def of(self, key: str) -> tuple[CheckResult, ...]:
        """Return the results of one step.

        Raises KeyError, with the nearest key, where there is no such step.
        """
        keys = [step.key for step in self.steps]
        if key not in keys:
            raise KeyError(unknown_name("step", key, keys))
        return tuple(r for r in self.results if r.step == key)

    def verdict(self, key: str) -> Verdict:
        """Return what the checks of one step have shown together.

        A step needs a symbolic and a numerical check; it is proved when all of its symbolic checks are and no
        numerical one disagrees, and verified numerically when a symbolic one remained undecided.
        """
        results = self.of(key)
        verdicts = {r.verdict for r in results}
        if Verdict.REFUTED in verdicts:
            return Verdict.REFUTED
        if {r.kind for r in results} != {Kind.SYMBOLIC, Kind.NUMERICAL}:
            return Verdict.UNCHECKED
        return Verdict.VERIFIED if Verdict.UNDECIDED in verdicts else Verdict.PROVED

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence for each step that is refuted or left without a check."""
        lines = []
        for step in self.steps:
            verdict = self.verdict(step.key)
            if verdict is Verdict.UNCHECKED:
                lines.append(f"{step.key}: left without a symbolic or without a numerical check")
            lines += [f"{r.step}: {r.sentence()}" for r in self.of(step.key) if r.verdict is Verdict.REFUTED]
        return tuple(lines)

    def __str__(self) -> str:
        width = max((len(step.key) for step in self.steps), default=0)
        rows = [f"{step.key:<{width}}  {self.verdict(step.key)}" for step in self.steps]
        return "\n".join([*rows, *self.failures])

    def __repr__(self) -> str:
        counts = Counter(self.verdict(step.key) for step in self.steps)
        told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
        return f"Verification({len(self.steps)} steps: {told})"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_verification  # typesetting is loaded for who shows something

        return of_verification(self, include, exclude)


# A formula that nobody has seen before is given so many seconds and so much memory, each for deriving and for checking.
_SECONDS, _MEGABYTES = 120.0, 1500.0


def budget_of(model: "RateModel") -> AbstractContextManager[object]:
    """Return the limit of what may be spent on a model's derivation: none for the functions of the catalogue."""
    if model.is_of_the_catalogue:
        return nullcontext()
    return within(seconds=_SECONDS, megabytes=_MEGABYTES, what=f"the derivation of model {model.name!r}")


@dataclass(frozen=True)
class Derivation(Mapping[str, Step]):
    """What follows from a model: steps in order, found by key.

    A derivation travels to another process as its model, and is derived there; with steps that are not the model's
    own it cannot be pickled.

    Raises ModelError where two steps have one key.
    """

    model: "RateModel"
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        counts = Counter(step.key for step in self.steps)
        twice = next((key for key, count in counts.items() if count > 1), None)
        if twice is not None:
            line = f"the derivation of model {self.model.name!r} has two steps {twice!r}"
            raise ModelError(f"{line}: rename a population whose name makes them one, or a step")

    def __getitem__(self, key: str) -> Step:
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(unknown_name("step", key, [s.key for s in self.steps], f"model {self.model.name!r}"))

    def __iter__(self) -> Iterator[str]:
        return iter(step.key for step in self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        """List the steps by key, each with its equation on one line."""
        width = max(map(len, self), default=0)
        return "\n".join(f"{step.key:<{width}}  {to_text(layout(step.equation))}" for step in self.steps)

    def __repr__(self) -> str:
        return f"Derivation({self.model.name}: {', '.join(self)})"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_derivation  # typesetting is loaded for who shows something

        return of_derivation(self, include, exclude)

    def __reduce__(self) -> "tuple[Callable[[RateModel], Derivation], tuple[RateModel]]":
        # The checks are functions made where the steps are derived: they cannot travel, the model can.
        if self.steps != self.model.derive().steps:
            line = f"the derivation of model {self.model.name!r} has steps of its own and cannot be pickled"
            raise TypeError(f"{line}: pickle its model, and change the steps again after derive()")
        return type(self.model).derive, (self.model,)

    def check(self) -> Verification:
        """Carry out every check of every step.

        Raises BudgetExceeded where that takes too long with a formula of one's own.

        >>> from nullcline.symbolic import RateModel
        >>> RateModel.single().derive().check().ok
        True
        """
        with budget_of(self.model):
            return Verification(self.steps, tuple(result for step in self.steps for result in step.check()))
