"""What a model and a derivation show in a notebook."""

from dataclasses import replace

import pytest
import sympy
from nullcline.symbolic import Derivation, Kind, Population, RateModel, transfer
from nullcline.symbolic.notation import layout
from nullcline.symbolic.typeset import to_latex, to_mathml
from shown import HOSTILE, assert_sound_latex, texts_of

MODELS = [
    *(RateModel.single(f) for f in transfer.catalogue.values()),
    RateModel.wilson_cowan(),
    RateModel.network((Population.named("A"), Population.named("B"), Population.named("C")), [[1.0] * 3] * 3),
]


def shown(value: object) -> dict[str, str]:
    return value._repr_mimebundle_()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{m.name} {m.populations[0].transfer.name}")
def test_a_model_and_its_derivation_show_sound_html_and_latex(model: RateModel):
    derivation = model.derive()
    for value in (model, model.populations[0].transfer, derivation, *derivation.values()):
        made = shown(value)
        assert list(made) == ["text/plain", "text/latex", "text/html"]
        texts_of(made["text/html"])
        assert_sound_latex(made["text/latex"])


def test_a_model_shows_its_equation_and_every_parameter():
    model = RateModel.single()
    made = shown(model)
    assert made["text/plain"] == repr(model)
    equation, formula = (layout(model.derive()[key].equation) for key in ("rate_equation", "transfer"))
    for node in (equation, formula):
        assert to_mathml(node) in made["text/html"]
        assert to_latex(node) in made["text/latex"]
    texts = texts_of(made["text/html"])
    for p in model.parameters.values():
        assert p.meaning in texts
        assert f"{p.default:g}" in texts


def test_a_derivation_is_a_table_of_its_steps_and_runs_no_check(monkeypatch):
    derivation = RateModel.single().derive()
    monkeypatch.setattr(type(derivation["drdt"]), "check", lambda step: pytest.fail("a check was carried out"))
    made = shown(derivation)
    texts = texts_of(made["text/html"])
    assert [text for text in texts if text in derivation] == list(derivation)
    assert "The checks are listed, not carried out: derivation.check() carries them out." in texts
    assert texts.count("1 symbolic, 1 numerical") > 1
    for step in derivation.values():
        assert to_latex(layout(step.equation)) in made["text/latex"]


def test_a_step_shows_its_title_equation_reason_and_condition():
    step = RateModel.single().derive()["potential"]
    made = shown(step)
    texts = texts_of(made["text/html"])
    assert {step.title, step.statement, step.because} <= set(texts)
    assert made["text/latex"].count(to_latex(layout(step.condition))) == 1
    assert "Checks: 1 symbolic, 1 numerical; step.check() carries them out." in texts
    always = shown(replace(step, condition=sympy.true))
    assert "This holds for" not in texts_of(always["text/html"])


def test_a_verification_shows_each_verdict_and_each_failure():
    derivation = RateModel.single().derive()
    step = derivation["eigenvalue"]
    wrong = replace(step, equation=sympy.Eq(step.equation.lhs, 2 * step.equation.rhs))
    unchecked = replace(derivation["drdt"], checks=tuple(c for c in step.checks if c.kind is Kind.SYMBOLIC)[:0])
    found = Derivation(derivation.model, (derivation["transfer"], wrong, unchecked)).check()
    texts = texts_of(shown(found)["text/html"])
    assert texts[0] == "3 steps: 1 proved, 1 refuted, 1 unchecked"
    assert [text for text in texts if text in ("proved", "refuted", "unchecked")] == ["proved", "refuted", "unchecked"]
    assert set(found.failures) <= set(texts)
    assert_sound_latex(shown(found)["text/latex"])


def test_only_what_is_asked_for_is_made():
    model = RateModel.single()
    assert list(model._repr_mimebundle_(include=["text/html"])) == ["text/html"]
    assert list(model._repr_mimebundle_(exclude={"text/html"})) == ["text/plain", "text/latex"]
    assert model._repr_mimebundle_(include={"image/png"}) == {}


def test_a_name_does_no_harm():
    model = replace(RateModel.single(), name=HOSTILE)
    derivation = model.derive()
    for value in (model, derivation, replace(derivation["drdt"], title=HOSTILE, statement=HOSTILE, because=HOSTILE)):
        made = shown(value)
        assert "alert(1)" in "".join(texts_of(made["text/html"]))
        assert_sound_latex(made["text/latex"])
        # MathJax, which looks for dollar signs, is told to pass by.
        assert made["text/html"].startswith('<div class="nullcline tex2jax_ignore mathjax_ignore">')
