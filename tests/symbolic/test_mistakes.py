"""The usual mistakes: each a wrong expression, and what they do not change."""

import pytest
import sympy
from nullcline.symbolic import RateModel, from_formula, transfer
from nullcline.symbolic.mistakes import KINDS, Kind, right, two_mistakes, usual_mistakes
from nullcline.symbolic.transfer import x

SINGLE = RateModel.single()
MODELS = [
    *(RateModel.single(f) for f in transfer.catalogue.values()),
    RateModel.single(from_formula("x/(1 + abs(x))", {})),
]


def defaults(model: RateModel) -> dict[str, float]:
    return {name: p.default for name, p in model.parameters.items()}


def test_what_is_right_is_what_is_derived():
    derivation = SINGLE.derive()
    w, I_ext = (SINGLE.parameters[name].symbol for name in ("w", "I_ext"))
    (r,) = SINGLE.rates
    r_star = sympy.Symbol("r_star", real=True)
    for kind, key, rate in (("drdt", "drdt", r), ("eigenvalue", "eigenvalue", r_star)):
        equation = derivation[key].equation
        assert sympy.simplify(equation.rhs - right(SINGLE, kind).subs(r, rate)) == 0
    assert right(SINGLE, "F") == derivation["transfer"].equation.rhs
    assert sympy.simplify(right(SINGLE, "dF") - derivation["transfer_derivative"].equation.rhs) == 0
    assert right(SINGLE, "drdt").has(w, I_ext)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.populations[0].transfer.name)
def test_mistakes_are_in_the_symbols_of_the_answer_and_say_what_is_wrong(model: RateModel, kind: Kind):
    (rate,) = model.rates
    known = {x if kind in ("F", "dF") else rate, *(p.symbol for p in model.parameters.values())}
    found = [*usual_mistakes(model, kind, defaults(model)), *two_mistakes(model, kind)]
    assert len(found) >= 4
    for mistake in found:
        assert mistake.expression.free_symbols <= known, mistake.sentence
        assert mistake.sentence[0].islower() or mistake.sentence.startswith(("F", "I_ext", "R "))
        assert not mistake.sentence.endswith(".")


def test_a_change_is_named_by_what_belongs_there():
    sentences = [m.sentence for m in usual_mistakes(SINGLE, "F", defaults(SINGLE))]
    for sentence in (
        "the exponent of x has the wrong sign: e^(-a(x - θ)) belongs there",
        "the term -1/[1 + e^(a θ)] is missing, which makes F(0) = 0",
        "a = 1.2 is fixed in it, whatever a is given",
    ):
        assert sentences.count(sentence) == 1
    own = [
        m.sentence
        for m in usual_mistakes(RateModel.single(transfer.erf), "F", defaults(RateModel.single(transfer.erf)))
    ]
    assert "the argument of erf of x has the wrong sign: erf((x - θ)/(√2 s)) belongs there" in own


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "erf"])
def test_what_makes_the_response_zero_at_zero_is_told_as_that(name: str):
    model = RateModel.single(transfer.catalogue[name])
    missing = [m for m in usual_mistakes(model, "F", defaults(model)) if m.sentence.endswith("which makes F(0) = 0")]
    assert len(missing) == 1
    assert sympy.simplify(missing[0].expression - right(model, "F")).has(x) is False
