"""Which usual mistake explains wrong values: the one whose own values they are, at every place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ...symbolic.mistakes import Kind, Mistake, two_mistakes, usual_mistakes
from ...symbolic.model import RateModel
from ...symbolic.transfer import x
from ..door import Array
from .attempt import Outcome
from .expressions import compiled

# At so few places a mistake could agree by chance.
_FEWEST = 4
# Mistakes are compiled together, so many at a time: the first that fits ends the search.
_AT_A_TIME = 64


@dataclass(frozen=True)
class Sample:
    """One case: the input or the rate, the parameters, what belongs there, and what came."""

    at: float
    parameters: Mapping[str, float]
    expected: float
    outcome: Outcome

    @property
    def got(self) -> float:
        """The number that came; nan where none did."""
        values = self.outcome.values
        return float("nan") if values is None or values.size != 1 else float(values.reshape(-1)[0])


def mistake_in(
    model: RateModel, kind: Kind, samples: list[Sample], values: Mapping[str, float], tolerance: float
) -> str | None:
    """Return the sentence of the usual mistake, or of two, that gives the same values; None where none does."""
    got = np.array([sample.got for sample in samples])
    there = np.isfinite(got)
    if there.sum() < _FEWEST:
        return None
    usable = [sample for sample, finite in zip(samples, there, strict=True) if finite]
    for mistakes in (usual_mistakes(model, kind, values), two_mistakes(model, kind)):
        if (found := _first_that_fits(mistakes, model, kind, usable, got[there], tolerance)) is not None:
            return found
    return None


def _first_that_fits(
    mistakes: Iterable[Mistake], model: RateModel, kind: Kind, samples: list[Sample], got: Array, tolerance: float
) -> str | None:
    (rate,) = model.rates
    symbols = [x if kind in ("F", "dF") else rate, *(p.symbol for p in model.parameters.values())]
    numbers = [np.array([s.at for s in samples])]
    numbers += [np.array([s.parameters[name] for s in samples]) for name in model.parameters]
    waiting = iter(mistakes)
    while some := list(islice(waiting, _AT_A_TIME)):
        found = compiled(symbols, [mistake.expression for mistake in some])(*numbers)
        for mistake, wrong in zip(some, found, strict=True):
            # Of nan this is false.
            if np.all(np.abs(got - wrong) <= tolerance * np.maximum(1.0, np.abs(wrong))):
                return mistake.sentence
    return None
