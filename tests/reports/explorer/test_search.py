"""Formulas of one's own in the explorer: the search in interval arithmetic against nullcline.numeric's with proof."""

import math
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import own_formulas
import pytest
import sympy
from javascript_engine import engine_of
from nullcline.numeric import compile_model, fixed_points
from nullcline.reports.explorer.arithmetics import INTERVALS, enclosing
from nullcline.reports.explorer.functions import numerics_script
from nullcline.symbolic import RateModel, from_formula, functions, load_model, transfer
from nullcline.symbolic.functions import textbook
from nullcline.symbolic.parameter import positive, real
from properties.bounds import U
from py_mini_racer import MiniRacer

EXAMPLES = Path(__file__).parents[3] / "examples"
SETS = 30


def examples():
    """Each single population of examples/."""
    files = {p.stem: load_model(p) for p in sorted(EXAMPLES.glob("*.toml"))}
    return {name: model for name, model in files.items() if model.is_single}


def formulas():
    named = {name: RateModel.single(own_formulas.written(name)) for name in own_formulas.WRITTEN}
    given = {f"{name}, nothing known": RateModel.single(f) for name, f in own_formulas.CATALOGUE.items()}
    return named | given | examples()


def drawn(model, seed, count=SETS):
    rng = np.random.default_rng(seed)
    return [{p.name: float(rng.uniform(*p.sample)) for p in model.parameters.values()} for _ in range(count)]


@pytest.mark.parametrize("model", formulas().values(), ids=formulas())
def test_the_lists_are_those_that_are_proved(model):
    """A root is a double at which h is smallest, right to h's rounding over its slope; so is the proved one.

    Of what is drawn nothing is so close to a fold, a kink or a jump that rounding hides it: every list is whole. r is
    F(x) or (x - I)/w, whichever magnifies the rounding of x less; the eigenvalue moves with x by w F''.
    """
    rows = drawn(model, 21)
    compiled, shape = compile_model(model), model.populations[0].shape
    with engine_of(model) as v8:
        lists = v8.each("NC.fixedPoints(NC.model, q)", rows)
    for row, listed in zip(rows, lists, strict=True):
        ours = fixed_points(model, **row)
        assert (listed["complete"], ours.complete) == (True, True), row
        assert listed["note"] == ours.case, row
        assert [q["stability"] for q in listed["points"]] == list(ours.stability), row
        own = {q.name: row[p.name] for q, p in zip(model.populations[0].transfer.parameters, shape, strict=True)}
        for q, x, r, eigenvalue in zip(listed["points"], ours.x, ours.r, ours.eigenvalue, strict=True):
            slope = 1.0 if math.isnan(eigenvalue) else abs(eigenvalue) * row["tau"]
            # h is a form of some tens of roundings of its largest term.
            rounding = 100 * U * (abs(x) + abs(row["I_ext"]) + abs(row["w"] * r))
            off = rounding / slope
            assert abs(q["x"] - x) <= off
            assert abs(q["r"] - r) <= (rounding + off) / abs(row["w"])
            if math.isnan(eigenvalue):
                assert math.isnan(q["eigenvalue"])
                continue
            bend = abs(row["w"] * float(compiled.d2F(x, **own)))
            assert abs(q["eigenvalue"] - eigenvalue) <= (bend * (rounding + off) + 100 * U * (1 + slope)) / row["tau"]


@pytest.mark.parametrize("model", examples().values(), ids=examples())
def test_an_example_opens_with_the_whole_list(model):
    """At its own values, where roots may lie at exact places: drawn ones never do."""
    with engine_of(model) as v8:
        (listed,) = v8.each("NC.fixedPoints(NC.model, q)", [{p.name: p.default for p in model.parameters.values()}])
    ours = fixed_points(model)
    assert listed["complete"]
    assert [q["r"] for q in listed["points"]] == pytest.approx(ours.r.tolist(), rel=1e-12)
    assert [q["stability"] for q in listed["points"]] == list(ours.stability)


SATURATING = RateModel.single(from_formula("abs(x)/(1 + abs(x))", {}))


@pytest.mark.parametrize(("w", "I_ext"), [(-2, -0.5), (-2, 0.1), (-2, 0.0), (2, 0.0), (3, -0.2), (0.5, 0.0)])
def test_a_box_that_ends_at_a_kink_is_searched_like_any(w, I_ext):
    """At its end F' is not defined, and the turn of h lies inside."""
    with engine_of(SATURATING) as v8:
        (listed,) = v8.each("NC.fixedPoints(NC.model, q)", [{"tau": 1.0, "w": w, "I_ext": I_ext}])
    ours = fixed_points(SATURATING, w=w, I_ext=I_ext)
    assert listed["complete"]
    assert [q["r"] for q in listed["points"]] == pytest.approx(ours.r.tolist(), rel=1e-12)
    assert [q["stability"] for q in listed["points"]] == list(ours.stability)


KINDS = {
    "at a kink": ("distance", {"w": 0.5, "a": 1.0, "theta": 1.0, "I_ext": 1.0}),
    "a kink without recurrence": ("distance", {"w": 0.0, "a": 1.0, "theta": 1.0, "I_ext": 1.0}),
    "a jump over the line": ("step", {"w": -2.0, "I_ext": 3.0}),
    "beside a jump": ("step", {"w": 2.0, "I_ext": 2.0}),
    "growth without bound": ("square", {"w": 5.0, "I_ext": 5.0}),
    "at a smooth switch": ("square", {"w": 2.0, "theta": 1.0, "I_ext": 1.0}),
    "decay without bound": ("square", {"w": -5.0, "a": 1.0, "theta": 1.0, "I_ext": 0.5}),
    "no recurrence": ("bump", {"w": 0.0, "I_ext": 0.5}),
    "a line": ("clipped", {"w": 1.0, "a": 1.0, "theta": 0.0, "I_ext": 0.0}),
    "beside a line": ("clipped", {"w": 1.0, "a": 1.0, "theta": 0.0, "I_ext": 0.25}),
    "a line above a kink": ("distance", {"w": 2.0, "a": 0.5, "theta": 1.0, "I_ext": 1.0}),
    "five": ("wave", {"w": 8.0, "a": 1.5, "theta": 0.0, "I_ext": 0.25}),
}


@pytest.mark.parametrize(("name", "given"), KINDS.values(), ids=KINDS)
def test_every_kind_of_point_is_told(name, given):
    """Each at small exact numbers, where no slope of h is below 1: x is right to far less than 1e-12 of itself."""
    model = RateModel.single(own_formulas.written(name))
    ours = fixed_points(model, **given)
    with engine_of(model) as v8:
        listed = v8.value("NC.fixedPoints(NC.model, p)", p=given)
    assert (listed["complete"], listed["note"]) == (ours.complete, ours.case)
    assert listed.get("continuum") == (list(ours.continuum) if ours.continuum else None)
    assert [q["stability"] for q in listed["points"]] == list(ours.stability)
    assert [q["x"] for q in listed["points"]] == pytest.approx(list(ours.x), rel=1e-12)
    for q, sides in zip(listed["points"], ours.one_sided_eigenvalues, strict=True):
        assert q.get("sides", [math.nan] * 2) == pytest.approx(list(sides), nan_ok=True)


@pytest.mark.parametrize(
    "given",
    [
        {"w": -2.0, "a": 1.0, "theta": 0.0, "I_ext": 0.5},
        {"w": 0.125, "a": 1.0, "theta": 0.0, "I_ext": 3.0},  # beyond the last input
        {"w": 0.5, "a": 0.5, "theta": 0.0, "I_ext": 0.0},  # at both ends, and at 0
        {"w": 0.0, "I_ext": 1.0},
        {"w": 0.0, "I_ext": 3.0},
    ],
    ids=str,
)
def test_only_the_inputs_for_which_a_formula_is_meant_are_searched(given):
    function = replace(own_formulas.written("cubic"), name="within", inputs=(-2.0, 2.0))
    model = RateModel.single(function)
    ours = fixed_points(model, **given)
    with engine_of(model) as v8:
        listed = v8.value("NC.fixedPoints(NC.model, p)", p=given)
    assert (listed["complete"], listed["note"]) == (ours.complete, ours.case)
    assert [q["x"] for q in listed["points"]] == pytest.approx(list(ours.x), rel=1e-12)
    assert [q["stability"] for q in listed["points"]] == list(ours.stability)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("bump", {"w": 2.0, "a": 2.0, "theta": 0.0, "I_ext": 1e-320}),
        ("cubic", {"w": 1.0, "a": 4.0 / 27.0, "theta": 0.0, "I_ext": 1.0}),  # next to a double root
    ],
    ids=["tiny", "a double root"],
)
def test_what_rounding_hides_is_not_claimed(name, given):
    model = RateModel.single(own_formulas.written(name))
    with engine_of(model) as v8:
        listed = v8.value("NC.fixedPoints(NC.model, p)", p=given)
    ours = fixed_points(model, **given)
    assert not listed["complete"] or len(listed["points"]) == ours.count


u, v = sympy.symbols("u v", real=True)
ENCLOSED = {
    **{
        name: getattr(sympy, name)(u)
        for name in ("exp", "sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh", "erf")
    },
    **{
        name: getattr(functions, name)(u)
        for name in ("expit", "softplus", "sech", "tanhc", "gaussian", "expm1", "erfc")
    },
    "log": sympy.log(1 + u**2),
    "sqrt": sympy.sqrt(2 + u),
    "odd power": (u - v) ** 3,
    "even power": (u - v) ** 4,
    "inverse": 1 / (u + 5),
    "saturating": u**2 / (u**2 + v**2),
    "conditional": sympy.Piecewise((u * v, u > v), (v**2, True)),
    "polynomial": v * u**3 - 2 * u**2 / 3 + u - sympy.pi,
}


@pytest.mark.parametrize("expression", ENCLOSED.values(), ids=ENCLOSED)
def test_an_interval_holds_every_value(expression):
    """The exact value at places inside a box lies in the enclosure, which is not much wider than need be."""
    rng = np.random.default_rng(23)
    text = enclosing("made", u, [v], {"F": expression})
    known = f"const {{ {', '.join(sorted(INTERVALS))} }} = NC.intervals;"
    script = "\n".join([numerics_script(RateModel.single(own_formulas.written("wave"))), known, text])
    exact = sympy.lambdify((u, v), textbook(expression), modules="mpmath")
    with MiniRacer() as v8:
        v8.eval(script)
        for _ in range(200):
            lo = float(rng.uniform(-1.9, 6))
            width = float(10 ** rng.uniform(-15, 0.5))
            hi, other = lo + width, float(rng.uniform(0.5, 3))
            low, high = v8.eval(f"made({other!r}).F([{lo!r}, {hi!r}]).map(String).join()").split(",")
            with mpmath.workdps(40):
                for share in (0, 0.3, 1):
                    at = mpmath.mpf(lo) + share * (mpmath.mpf(hi) - mpmath.mpf(lo))
                    value = exact(at, mpmath.mpf(other))
                    assert mpmath.mpf(float(low)) <= value <= mpmath.mpf(float(high)), (lo, hi, other)
                if width < 1e-9 and expression != ENCLOSED["tan"]:
                    assert float(high) - float(low) <= 1e-6 * (1 + abs(value)), (lo, hi, other)


def algebraic(formula):
    parameters = (positive("a", 1.0, "gain", sample=(0.3, 3.0)), real("theta", 0.5, "centre", sample=(-2.0, 4.0)))
    a, theta = (p.symbol for p in parameters)
    made = formula(transfer.x, a, theta)
    return RateModel.single(transfer.TransferFunction("algebraic", "given", made, parameters))


@pytest.mark.parametrize(
    ("formula", "polynomial", "sign"),
    [
        # x - I = w sqrt(1 + u^2), u = a (x - theta): squared, with the sign of w.
        (
            lambda x, a, theta: sympy.sqrt(1 + (a * (x - theta)) ** 2),
            lambda x, a, theta, w, I: (x - I) ** 2 - w**2 * (1 + a**2 * (x - theta) ** 2),
            lambda x, w, I: (x - I) / w > 0,
        ),
        # x - I = w (a x^3/(1 + x^2) + theta).
        (
            lambda x, a, theta: a * x**3 / (1 + x**2) + theta,
            lambda x, a, theta, w, I: (x - I - w * theta) * (1 + x**2) - w * a * x**3,
            lambda x, w, I: True,
        ),
    ],
    ids=["root", "quotient"],
)
def test_a_formula_that_grows_as_its_input_does_is_searched_to_the_end(formula, polynomial, sign):
    """All roots are those of a polynomial, and none is missing however far out: F' has a limit, which is enclosed."""
    model = algebraic(formula)
    rows = drawn(model, 25)
    with engine_of(model) as v8:
        lists = v8.each("NC.fixedPoints(NC.model, q)", rows)
    x = np.polynomial.Polynomial([0, 1])
    for row, listed in zip(rows, lists, strict=True):
        roots = polynomial(x, row["a"], row["theta"], row["w"], row["I_ext"]).roots()
        # NumPy finds a simple root to some 1e-10, and a close pair worse: 1e-6 tells any two apart.
        wanted = sorted(r.real for r in roots if abs(r.imag) < 1e-9 and sign(r.real, row["w"], row["I_ext"]))
        assert listed["complete"], row
        assert [q["x"] for q in listed["points"]] == pytest.approx(wanted, rel=1e-6), row


def test_the_search_is_quick():
    """A list takes a few thousand boxes at most: 5 ms of V8 on any machine of the last ten years, asserted loosely."""
    model = load_model(EXAMPLES / "refractory.toml")
    rows = drawn(model, 24, 100)
    with engine_of(model) as v8:
        v8.each("NC.fixedPoints(NC.model, q).points.length", rows)
        took = v8.value(
            "(() => { const start = Date.now();"
            " rows.forEach((q) => NC.fixedPoints(NC.model, q)); return Date.now() - start; })()",
            rows=rows,
        )
    assert took / len(rows) < 50


def test_critical_points_of_a_formula_are_those_of_the_catalogue():
    """w F' - 1 is right to some roundings, and its slope w F'' is 0.7 there."""
    given = {"w": 5.0, "a": 1.2, "theta": 2.8, "I_ext": 0.5}
    with engine_of(RateModel.single(own_formulas.CATALOGUE["sigmoid"])) as v8:
        searched = v8.value("NC.criticalPoints(NC.model.at(p))", p=given)
    with engine_of(RateModel.single(transfer.sigmoid)) as v8:
        known = v8.value("NC.criticalPoints(NC.model.at(p))", p=given)
    assert searched["complete"]
    assert known["complete"]
    assert searched["inputs"] == pytest.approx(known["inputs"], rel=1e-13)
