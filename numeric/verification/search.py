"""The search for a counterexample: Hypothesis draws examples, hunts for large errors, and shrinks what fails."""

import importlib
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...symbolic.errors import MissingExtra, NullclineWarning
from ..frozen import plain
from .results import PropertyResult

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .subject import Subject

Case = dict[str, Any]
# A failing example is made simpler for so many seconds.
_SHRINKING = 5.0
# Of the examples so many parts are spent on the parameters that were given and on the defaults.
_SHARE_OF_GIVEN = 10


def hypothesis() -> Any:
    """Return the module hypothesis, or raise MissingExtra that says how to get it."""
    try:
        return importlib.import_module("hypothesis")
    except ImportError:
        line = "verify needs hypothesis: pip install 'nullcline[verify]'"
        raise MissingExtra(line, extra="verify") from None


class Counterexample(AssertionError):
    """A claim does not hold; `numbers` are those that show it."""

    def __init__(self, numbers: Mapping[str, Any]) -> None:
        super().__init__("the claim does not hold")
        self.numbers = dict(numbers)


class NotTested(Exception):
    """An example of which the property says nothing."""


@dataclass
class Judge:
    """Compares errors with their bounds during one example, and remembers the worst."""

    worst: float = 0.0
    compared: int = 0
    seen: list[Mapping[str, Any]] = field(default_factory=list)

    def within(self, error: Any, bound: Any, **numbers: Any) -> None:
        """Claim that an error is at most its bound; `numbers` say what of."""
        off, most = float(error), float(bound)
        if math.isnan(most) or math.isinf(most):
            return  # nothing is claimed
        self.compared += 1
        ratio = 0.0 if off == 0 else off / most if most > 0 else math.inf
        self.worst = max(self.worst, math.inf if math.isnan(ratio) else ratio)
        if not off <= most:
            raise Counterexample({**numbers, "error": off, "bound": most})

    def holds(self, truth: bool, **numbers: Any) -> None:
        """Claim what is either so or not."""
        self.compared += 1
        if not truth:
            self.worst = math.inf
            raise Counterexample(numbers)

    def assume(self, condition: bool) -> None:
        """Say nothing of the example unless a condition holds."""
        if not condition:
            raise NotTested


@dataclass(frozen=True)
class Property:
    """Something that must hold of a model's numbers.

    `draws` returns what is drawn beside the parameters, `check` claims what must hold of one example, `reason` says why
    the property does not apply to a model, if it does not. Of a property with a `cost` of 10 a tenth of the examples
    are tested. `parameters` draws parameter sets of its own, where the usual ones would hardly meet the claim.
    """

    name: str
    claim: str
    check: Callable[["Subject", Case, Judge], None]
    draws: "Callable[[Subject], dict[str, SearchStrategy[Any]]]" = lambda subject: {}
    reason: Callable[["Subject"], str | None] = lambda subject: None
    cost: float = 1.0
    parameters: "Callable[[Subject], SearchStrategy[dict[str, float]]] | None" = None

    def examples(self, asked: int) -> int:
        """Return how many examples are tested where so many are asked for."""
        return max(1, min(asked, max(3, round(asked / self.cost))))


Tell = Callable[[int], None]


def searched(one: Property, subject: "Subject", *, examples: int, seed: int, tell: Tell) -> PropertyResult:
    """Put a property to the test: first on the parameters given and the defaults, then on drawn ones."""
    reason = one.reason(subject)
    total = one.examples(examples)
    if reason is not None:
        tell(total)
        return PropertyResult(one.name, one.claim, 0, None, True, None, reason)
    own = max(1, total // _SHARE_OF_GIVEN)
    st = hypothesis().strategies
    run = _Search(one, subject, tell)
    stages = [(st.just(dict(given)), own) for given in subject.given]
    drawn = subject.parameter_sets() if one.parameters is None else one.parameters(subject)
    stages.append((drawn, max(1, total - own * len(stages))))
    for number, (parameters, count) in enumerate(stages):
        run.stage(parameters, count, seed + number)
        if run.failure is not None:
            break
    tell(max(0, total - run.told))
    if run.failure is None and not run.tested:
        why = "no example met what the claim supposes"
        return PropertyResult(one.name, one.claim, 0, None, True, None, why)
    return PropertyResult(one.name, one.claim, run.tested, run.worst, run.failure is None, run.failure)


class _Search:
    """The state of one search: what was tested, what was worst, what failed."""

    def __init__(self, one: Property, subject: "Subject", tell: Tell) -> None:
        self.one, self.subject, self.tell = one, subject, tell
        self.tested = self.told = 0
        self.worst: float | None = None
        self.failure: dict[str, Any] | None = None
        self._failed: dict[str, dict[str, Any]] = {}
        self._since: float | None = None

    def stage(self, parameters: "SearchStrategy[dict[str, float]]", count: int, seed: int) -> None:
        """Draw so many examples; keep what fails as simple as it could be made."""
        h = hypothesis()
        strategy = h.strategies.fixed_dictionaries({"parameters": parameters, **self.one.draws(self.subject)})
        chosen = h.settings(
            max_examples=count,
            derandomize=False,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            verbosity=h.Verbosity.quiet,
            suppress_health_check=list(h.HealthCheck),
            phases=(h.Phase.generate, h.Phase.target, h.Phase.shrink),
        )

        def one(case: Case) -> None:
            self._example(case)

        example = h.seed(seed)(chosen(h.given(case=strategy)(one)))

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NullclineWarning)
            # That Hypothesis has too little to draw from is nothing to the user.
            warnings.simplefilter("ignore", h.errors.HypothesisWarning)
            try:
                example()
            except h.errors.Unsatisfiable:
                pass
            except Counterexample as found:
                self.failure = found.numbers
            except h.errors.Flaky:
                self.failure = next(reversed(self._failed.values()), {"reason": "it fails only sometimes"})

    def _example(self, case: Case) -> None:
        key = repr(case)
        is_new = key not in self._failed and not self._is_simple_enough()
        if is_new and not self._says_something(key, case):
            hypothesis().reject()
        # All failures are raised here: by its place Hypothesis knows one from another.
        if key in self._failed:
            raise Counterexample(self._failed[key])

    def _is_simple_enough(self) -> bool:
        return self._since is not None and time.monotonic() - self._since > _SHRINKING

    def _says_something(self, key: str, case: Case) -> bool:
        """Test one example, and keep what fails; an example may be one of which the property says nothing."""
        judge = Judge()
        if self._since is None:
            self.told += 1
            self.tell(1)
        numbers: Mapping[str, Any] | None = None
        try:
            self.one.check(self.subject, case, judge)
        except NotTested:
            return False
        except Counterexample as found:
            numbers = found.numbers
        except hypothesis().errors.HypothesisException:
            raise
        except Exception as error:
            # The claim is about what a user calls: that it fails there is a counterexample.
            judge.worst = math.inf
            numbers = {"raised": f"{type(error).__name__}: {error}"}
        if judge.compared or numbers is not None:
            self.tested += 1
            self.worst = max(self.worst or 0.0, judge.worst)
            if math.isfinite(judge.worst):
                hypothesis().target(judge.worst)
        if numbers is not None:
            self._since = self._since or time.monotonic()
            told = {**case["parameters"], **{n: v for n, v in case.items() if n != "parameters"}}
            self._failed[key] = plain({"example": told, **_printable(numbers)})
        return True


def _printable(numbers: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in numbers.items():
        is_plain = isinstance(value, str | bool | int | float | list | tuple | dict) or value is None
        kept[name] = value if is_plain else str(value) if isinstance(value, complex) else float(value)
    return kept
