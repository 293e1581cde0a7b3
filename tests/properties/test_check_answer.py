"""Every usual mistake of every model, made on purpose, is found and named."""

import numpy as np
import pytest
from nullcline.numeric import check_answer
from nullcline.numeric.answers.expressions import compiled
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.mistakes import KINDS, Kind, Mistake, right, two_mistakes, usual_mistakes
from nullcline.symbolic.transfer import x


def as_a_function(model: RateModel, kind: Kind, mistake: Mistake):
    """The wrong expression as a student's function of keyword arguments."""
    argument = x if kind in ("F", "dF") else model.rates[0]
    function = compiled([argument, *(p.symbol for p in model.parameters.values())], [mistake.expression])

    def answer(at, **parameters):
        (value,) = function(np.asarray(at, dtype=float), *(np.asarray(parameters[n]) for n in model.parameters))
        return np.broadcast_to(value, np.shape(at))

    answer.__name__ = kind
    return {
        "F": lambda x, **p: answer(x, **p),
        "dF": lambda x, **p: answer(x, **p),
        "drdt": lambda r, **p: answer(r, **p),
        "eigenvalue": lambda fp, **p: answer(fp, **p),
    }[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", list(transfer.catalogue))
def test_every_mistake_made_on_purpose_is_named(name: str, kind: Kind):
    model = RateModel.single(transfer.catalogue[name])
    values = {n: p.default for n, p in model.parameters.items()} | {"w": 5.0, "I_ext": 0.5}
    mistakes = list(usual_mistakes(model, kind, values))
    # Of the pairs a few are enough: each is found by the same search.
    mistakes += list(two_mistakes(model, kind))[:: 47 if kind in ("F", "dF") else 151]
    named = 0
    for mistake in mistakes:
        result = check_answer(model, **{kind: as_a_function(model, kind, mistake)}, w=5.0, I_ext=0.5)
        if result.right:
            # Some changes change nothing: the sign of a constant that is differentiated away.
            assert is_right(model, kind, mistake), mistake.sentence
            continue
        (finding,) = result.findings
        assert finding.mistake is not None or "no number" in finding.sentence or "depend" in finding.sentence, (
            f"{mistake.sentence}: {finding.sentence}"
        )
        named += finding.mistake is not None
    assert named >= 0.6 * len(mistakes)


def is_right(model: RateModel, kind: Kind, mistake: Mistake) -> bool:
    argument = x if kind in ("F", "dF") else model.rates[0]
    symbols = [argument, *(p.symbol for p in model.parameters.values())]
    function = compiled(symbols, [mistake.expression, right(model, kind)])
    drawn = np.random.default_rng(7)
    numbers = [drawn.uniform(*p.sample, 200) for p in model.parameters.values()]
    wrong, expected = function(
        drawn.uniform(-4, 10, 200) if kind in ("F", "dF") else drawn.uniform(0, 1, 200), *numbers
    )
    there = np.isfinite(expected)
    return bool(np.allclose(wrong[there], expected[there], rtol=1e-6, atol=1e-6, equal_nan=True))
