"""`verify`: what it is given, what it says, and that the same seed says the same. What it finds: test_verify_faults."""

import importlib
import json

import mpmath
import pytest
import sympy
from nullcline.numeric import verify
from nullcline.numeric.verification import search
from nullcline.numeric.verification.exact import exact
from nullcline.symbolic import MissingExtra, NullclineError, ParameterError, RateModel, TransferFunction, transfer
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import Coordinate

SINGLE = RateModel.single()


def test_the_derivation_is_one_of_the_properties():
    (row,) = verify(SINGLE, examples=1, only=("derivation",)).rows
    assert row.passed
    assert row.examples == len(SINGLE.derive().check().results)
    assert row.worst_over_bound <= 1


def test_the_same_seed_draws_the_same_examples():
    one, again, other = (verify(SINGLE, examples=30, seed=s, only=("F", "noise")).to_list() for s in (3, 3, 4))
    assert one == again
    assert one != other


def test_the_parameters_given_and_the_defaults_come_first():
    seen = []

    def record(subject, case, judge):
        seen.append(case["parameters"])
        judge.within(0.0, 1.0)

    one = search.Property("record", "it is recorded", record)
    from nullcline.numeric.verification.subject import Subject

    defaults = {name: p.default for name, p in SINGLE.parameters.items()}
    subject = Subject(SINGLE, {"w": 5.0})
    row = search.searched(one, subject, examples=50, seed=0, tell=lambda by: None)
    assert row.passed
    assert seen[0] == defaults | {"w": 5.0}
    assert defaults in seen
    bounds = {name: p.sample for name, p in SINGLE.parameters.items()}
    assert all(p in (defaults, seen[0]) or bounds[n][0] <= p[n] <= bounds[n][1] for p in seen for n in bounds)
    # The ends of the ranges are drawn too.
    assert any(p["w"] in bounds["w"] for p in seen)


def test_a_property_that_does_not_apply_says_why():
    found = verify(RateModel.wilson_cowan(), examples=3, only=("certified_search",))
    (row,) = found.rows
    assert found.ok
    assert (row.examples, row.worst_over_bound, row.passed) == (0, None, True)
    assert row.skipped == "a certified search is for one population, 'wilson-cowan' has 2"
    assert f"skipped certified_search: {row.skipped}" in repr(found)


def test_without_an_extra_what_needs_it_is_skipped_and_names_it(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n in ("flint", "numba") else find_spec(n))
    rows = verify(SINGLE, examples=3, only=("certified_search", "backends")).rows
    assert [row.skipped for row in rows] == [
        "a certified search needs python-flint: pip install 'nullcline[certify]'",
        "compiled loops need numba: pip install 'nullcline[fast]'",
    ]


def test_without_hypothesis_the_extra_is_named(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(search.importlib, "import_module", missing)
    with pytest.raises(MissingExtra) as refusal:
        verify(SINGLE)
    assert str(refusal.value) == "verify needs hypothesis: pip install 'nullcline[verify]'"
    assert refusal.value.extra == "verify"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"examples": 0}, "examples must be at least 1, got 0"),
        ({"examples": 2.5}, "examples must be a whole number, got 2.5 (float)"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"tau": -1}, "tau must be positive, got -1.0 ms"),
        ({"w": [1.0, 2.0]}, "w must be one number, got an array of shape (2,)"),
        ({"only": ("G",), "examples": 1}, None),
        ({"thetha": 1}, "unknown parameter 'thetha' for model 'single'; did you mean 'theta'?"),
    ],
)
def test_what_makes_no_sense_is_refused(given, line):
    with pytest.raises(ParameterError) as refusal:
        verify(SINGLE, **given)
    assert line is None or str(refusal.value).startswith(line)


def test_what_is_no_model_is_refused():
    with pytest.raises(NullclineError, match="model must be a RateModel, got 'single'"):
        verify("single")


def test_progress_is_told_up_to_the_end():
    told = []
    verify(SINGLE, examples=20, only=("F", "time_grid"), progress=lambda *now: told.append(now))
    names, done, totals = zip(*told, strict=True)
    assert list(dict.fromkeys(names)) == ["F", "time_grid"]
    assert list(done) == sorted(done)
    assert set(totals) == {done[-1]}


def test_what_fails_by_an_exception_is_a_counterexample(monkeypatch):
    def broken(subject, case, judge):
        raise ZeroDivisionError("division by zero")

    from nullcline.numeric.verification.subject import Subject

    one = search.Property("broken", "it breaks", broken)
    row = search.searched(one, Subject(SINGLE, {}), examples=5, seed=0, tell=lambda by: None)
    assert not row.passed
    assert row.counterexample["raised"] == "ZeroDivisionError: division by zero"


def test_a_counterexample_is_made_simple():
    def small(subject, case, judge):
        judge.within(case["n"], 10, n=case["n"])

    from nullcline.numeric.verification.subject import Subject

    draws = lambda subject: {"n": search.hypothesis().strategies.integers(0, 1000)}  # noqa: E731
    one = search.Property("small", "n is small", small, draws)
    row = search.searched(one, Subject(SINGLE, {}), examples=100, seed=0, tell=lambda by: None)
    assert row.counterexample["n"] == 11
    assert (row.counterexample["error"], row.counterexample["bound"]) == (11.0, 10.0)
    assert row.worst_over_bound > 1


def test_at_a_kink_no_slope_is_claimed_and_beside_it_the_right_one():
    a, theta = positive("a", 2.0, "gain", sample=(0.5, 3.0)), real("theta", 0.0, "threshold", sample=(-1.0, 1.0))
    u, z = transfer.x - theta.symbol, sympy.Symbol("z", real=True)
    formula = sympy.Piecewise((a.symbol * u, u > 0), (a.symbol * u / 2, True))
    coordinate = Coordinate(z, theta.symbol + z, u, sympy.Interval(-sympy.oo, sympy.oo))
    bent = exact(TransferFunction("bent", "bent", formula, (a, theta), coordinate))
    assert not bent.is_analytic
    assert mpmath.isnan(bent.slope_by_a_step(0.0, (2.0, 0.0)))
    assert [float(bent.slope_by_a_step(at, (2.0, 0.0))) for at in (-1e-9, 1e-9)] == [1.0, 2.0]


def test_rows_hold_no_nan_in_json():
    text = json.dumps(verify(SINGLE, examples=3, only=("F", "newton_from_anywhere")).to_list(), allow_nan=False)
    assert [row["name"] for row in json.loads(text)] == ["F", "newton_from_anywhere"]
