"""The explorer's functions in V8 against those of nullcline.numeric: the same lines, so the same values to rounding."""

import math
from pathlib import Path

import mpmath
import numpy as np
import own_formulas
import pytest
from javascript_engine import engine_of
from nullcline.numeric import compile_model
from nullcline.numeric.verification.rounded import Rounded, evaluator
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.stable import stable_forms
from properties.bounds import ELEMENTARY, SECOND_ORDER, TINY, TRANSFER, U

EXAMPLES = Path(__file__).parents[3] / "examples"
SETS = 400
ORDERS = ("F", "dF", "d2F")


def drawn(function, rng):
    """Parameters over six magnitudes, and inputs anywhere, moderate, and close to the threshold or the centre."""
    shape = {}
    for p in function.parameters:
        if p.name == "theta":
            shape[p.name] = rng.uniform(-1, 1, SETS) * 10 ** rng.uniform(-3, 3, SETS)
        elif p.name == "n":
            shape[p.name] = 1 + 10 ** rng.uniform(-2, 1, SETS)
        else:
            shape[p.name] = 10 ** rng.uniform(-3, 3, SETS)
    centre = shape.get("theta", shape.get("s"))
    near = centre * (1 + rng.uniform(-1, 1, SETS) * 10 ** rng.uniform(-12, 0, SETS))
    kinds = [rng.uniform(-1e4, 1e4, SETS), rng.uniform(-10, 10, SETS), near]
    return shape, np.choose(rng.integers(0, 3, SETS), kinds)


def rows_of(values, **more):
    columns = {name: np.broadcast_to(v, SETS) for name, v in values.items()}
    rows = [{"p": {name: float(v[i]) for name, v in columns.items()}} for i in range(SETS)]
    return [row | {name: float(v[i]) for name, v in more.items()} for i, row in enumerate(rows)]


def same(one, other):
    """Return where two arrays are equal, or both nan."""
    return (one == other) | (np.isnan(one) & np.isnan(other))


def bends(function, shape, x):
    """How far the two terms of Naka and Rushton's F'' exceed their difference, which vanishes at the inflection."""
    n, s = shape["n"], shape["s"]
    with np.errstate(all="ignore"):
        q = (np.minimum(x, s) / np.maximum(x, s)) ** n
    one, other = np.where(x <= s, n - 1, (n - 1) * q), np.where(x <= s, (n + 1) * q, n + 1)
    return 10 * (one + other) / np.maximum(np.abs(one - other), 1e-300)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_F_and_its_derivatives_agree_to_the_roundings_of_both_sides(function):
    """Each side is right to TRANSFER roundings (tests/properties/test_transfer.py), so they differ by twice that.

    Seen at 20 000 points a function: 9 units in the last place for erf's F, 6 for the others but Naka and Rushton's F''
    at its inflection.
    """
    rng = np.random.default_rng(5)
    shape, x = drawn(function, rng)
    model = RateModel.single(function)
    compiled = compile_model(model)
    with engine_of(model) as v8:
        for order, name in enumerate(ORDERS):
            there = np.array(v8.each(f"NC.model.{name}(q.x, q.p)", rows_of(shape, x=x)), dtype=float)
            here = getattr(compiled, name)(x, **shape)
            roundings = TRANSFER[function.name][order]
            if function.name == "naka_rushton" and order == 2:
                roundings = roundings + bends(function, shape, np.abs(x))
            allowed = 2 * SECOND_ORDER * roundings * U * np.abs(here) + 2 * TINY
            with np.errstate(invalid="ignore"):
                assert np.all(same(there, here) | (np.abs(there - here) <= allowed))


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_the_inverse_agrees_as_far_as_F_tells(function):
    """Each side stops where F, right to TRANSFER roundings, is within 2 units in the last place of y and x rounded."""
    rng = np.random.default_rng(6)
    shape, _ = drawn(function, rng)
    model = RateModel.single(function)
    compiled = compile_model(model)
    kernels = compiled.kernels[0]
    low, high = (np.broadcast_to(end(*shape.values()), SETS) for end in (kernels.low, kernels.high))
    y = low + (np.where(np.isfinite(high), high, 1e3) - low) * rng.random(SETS)
    with engine_of(model) as v8:
        there = np.array(v8.each("NC.model.inverse(q.y, q.p)", rows_of(shape, y=y)), dtype=float)
        ranges = np.array(v8.each("NC.model.range(q.p)", rows_of(shape)), dtype=float)
        outside = v8.each("NC.model.range(q.p).map((y) => NC.model.inverse(y, q.p))", rows_of(shape))
    here = compiled.F_inverse(y, **shape)
    slope = np.maximum(compiled.dF(here, **shape), 1e-300)
    off_in_y = (2 + TRANSFER[function.name][0] / 2) * np.spacing(np.abs(y))
    allowed = 2 * SECOND_ORDER * (off_in_y / slope + np.spacing(np.abs(here)))
    assert np.all(same(there, here) | (np.abs(there - here) <= allowed))
    assert np.isnan(np.array(outside, dtype=float)).all()
    for got, wanted in zip(ranges.T, (low, high), strict=True):
        finite = np.isfinite(wanted)
        assert np.all(got[~finite] == wanted[~finite])
        assert np.all(
            np.abs(got[finite] - wanted[finite]) <= 2 * TRANSFER[function.name][0] * U * np.abs(wanted[finite])
        )


def formulas():
    named = {name: RateModel.single(own_formulas.written(name)) for name in own_formulas.WRITTEN}
    given = {f"{name}, nothing known": RateModel.single(f) for name, f in own_formulas.CATALOGUE.items()}
    files = {p.stem: load_model(p) for p in sorted(EXAMPLES.glob("*.toml"))}
    return named | given | {name: model for name, model in files.items() if len(model.populations) == 1}


@pytest.mark.parametrize("model", formulas().values(), ids=formulas())
def test_a_formula_of_ones_own_agrees_to_the_roundings_of_its_form(model):
    """Both sides compute one form of F and of its derivatives, whose rounding is counted operation by operation."""
    rng = np.random.default_rng(7)
    count = 40
    (population,) = model.populations
    function = population.transfer
    values = {
        p.name: np.full(SETS, p.default) if i % 2 else rng.uniform(*p.sample, SETS)
        for i, p in enumerate(model.parameters.values())
    }
    x = rng.uniform(-6, 8, SETS)
    shape = {own.name: values[here.name] for own, here in zip(function.parameters, population.shape, strict=True)}
    compiled = compile_model(model)
    forms = stable_forms(function)
    with engine_of(model) as v8:
        for name, form in zip(ORDERS, (forms.F, forms.dF, forms.d2F), strict=True):
            there = np.array(v8.each(f"NC.model.{name}(q.x, q.p)", rows_of(values, x=x)), dtype=float)
            here = getattr(compiled, name)(x, **shape)
            for i in range(count):
                if same(there[i], here[i]):
                    continue
                at = {p.symbol: Rounded.exact(shape[p.name][i]) for p in function.parameters}
                with mpmath.workdps(40):
                    bound = evaluator(form)(at | {transfer.x: Rounded.exact(x[i])}).bound
                assert abs(there[i] - here[i]) <= 2 * bound, (name, i)
            assert np.all(same(there, here) | np.isclose(there, here, rtol=1e-12, atol=1e-12))


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_the_models_equations_agree(function):
    """dr/dt, the eigenvalue, I(r), the exact solution: sums of a few terms, each right to its own roundings."""
    rng = np.random.default_rng(8)
    model = RateModel.single(function)
    compiled = compile_model(model)
    values = {p.name: rng.uniform(*p.sample, SETS) for p in model.parameters.values()}
    r, t = rng.uniform(0, 1, SETS), rng.uniform(0, 5, SETS)
    F_off, dF_off, _ = TRANSFER[function.name]
    w, I, tau = (values[name] for name in ("w", "I_ext", "tau"))
    shape = {p.name: values[p.name] for p in function.parameters}
    x = w * r + I
    F, dF = compiled.F(x, **shape), compiled.dF(x, **shape)
    # The input is rounded by both sides alike; F is not.
    with engine_of(model) as v8:
        rows = rows_of(values, r=r, t=t)
        drdt = np.array(v8.each("NC.model.drdt(q.r, q.p)", rows))
        assert np.all(np.abs(drdt - compiled.drdt(r, **values)) <= 2 * (F_off + 3) * U * (np.abs(F) + r) / tau)
        eigenvalue = np.array(v8.each("NC.model.eigenvalue(q.r, q.p)", rows))
        here = compiled.eigenvalue(r, **values)
        off = 2 * (dF_off + 4) * U * (1 + np.abs(w * dF)) / tau
        assert np.all(same(eigenvalue, here) | (np.abs(eigenvalue - here) <= off))
        solved = np.array(v8.each("NC.model.feedforward(q.t, q.r, {...q.p, w: 0})", rows))
        for i in range(SETS):
            one = {name: float(v[i]) for name, v in values.items()} | {"w": 0.0}
            exact = compiled.feedforward_solution(t[i], r[i], **one)
            size = abs(r[i]) + abs(compiled.F(I[i], **{n: v[i] for n, v in shape.items()}))
            # e^(-t/tau) and e^(-t/tau) - 1: 4 U each, and t/tau rounded, magnified by at most 1/e; three operations.
            assert abs(solved[i] - exact) <= 2 * (F_off + ELEMENTARY + 5) * U * size
        inputs = np.array(v8.each("NC.model.at(q.p).drive(NC.model.inverse(q.r, q.p), q.r)", rows), dtype=float)
    inverse = compiled.F_inverse(r, **shape)
    slope = np.maximum(compiled.dF(inverse, **shape), 1e-300)
    off = 2 * ((2 + F_off / 2) * np.spacing(r) / slope + np.spacing(np.abs(inverse))) + 4 * U * (
        np.abs(inverse) + np.abs(w * r)
    )
    wanted = inverse - w * r
    assert np.all(same(inputs, wanted) | (np.abs(inputs - wanted) <= SECOND_ORDER * off))


def test_what_the_page_asks_of_x_and_h_agrees_with_the_equations():
    """To some roundings: h' = 1 - w F', lambda = -h'/tau, tau_eff = -1/lambda, x = w r + I_ext and its solutions."""
    rng = np.random.default_rng(12)
    model = RateModel.single()
    values = {p.name: rng.uniform(*p.sample, SETS) for p in model.parameters.values()}
    x, r, d = rng.uniform(-5, 5, SETS), rng.uniform(0, 1, SETS), rng.uniform(0, 1, SETS)
    w, I, tau = (values[name] for name in ("w", "I_ext", "tau"))
    with engine_of(model) as v8:
        rows = rows_of(values, x=x, r=r, d=d)
        asked = ("slopeOfH(q.d)", "eigenvalueOf(q.d)", "tauEff(q.d)", "rateAt(q.x)", "drive(q.x, q.r)", "input(q.r)")
        slope, eigenvalue, tau_eff, rate, drive, total = (
            np.array(v8.each(f"NC.model.at(q.p).{text}", rows)) for text in asked
        )
        assert v8.value("NC.model.tauEff(0, {})") == math.inf
    assert np.all(np.abs(slope - (1 - w * d)) <= 4 * U * (1 + np.abs(w * d)))
    assert np.all(np.abs(eigenvalue + d / tau) <= 2 * U * np.abs(d / tau))
    assert np.all(np.abs(tau_eff + 1 / d) <= 2 * U / d)
    assert np.all(np.abs(rate - (x - I) / w) <= 4 * U * np.abs((np.abs(x) + np.abs(I)) / w))
    size = np.abs(w * r) + np.abs(I)
    assert np.all(np.abs(drive - (x - w * r)) <= 4 * U * (size + np.abs(x)))
    assert np.all(np.abs(total - (w * r + I)) <= 4 * U * size)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_at_a_critical_point_the_slope_of_F_passes_one_over_w(function):
    """And there are as many as F' has inputs of that slope: two about an inflection, one where F' rises or falls."""
    rng = np.random.default_rng(9)
    model = RateModel.single(function)
    compiled = compile_model(model)
    values = {p.name: rng.uniform(*p.sample, SETS) for p in model.parameters.values()}
    with engine_of(model) as v8:
        points = v8.each("NC.criticalPoints(NC.model.at(q.p)).inputs", rows_of(values))
    kernels = compiled.kernels[0]
    for i, found in enumerate(points):
        shape = [values[p.name][i] for p in function.parameters]
        w = values["w"][i]
        largest = np.inf if kernels.largest_slope is None else float(kernels.largest_slope(*shape))
        turns = w > 0 and 1 / w < largest and function.name != "relu"
        assert len(found) == (1 + len(function.inflections) if turns else 0)
        for x in found:
            # x is rounded by some units in its last place and of the threshold's; F' is right to its roundings.
            names = {p.name: v for p, v in zip(function.parameters, shape, strict=True)}
            dF, d2F = float(compiled.dF(x, **names)), float(compiled.d2F(x, **names))
            slack = 64 * U * (abs(x) + abs(names.get("theta", 0)) + names.get("s", 0)) * abs(d2F)
            assert abs(w * dF - 1) <= 64 * U + abs(w) * slack


def descent(compiled, values, r):
    """V(r) by quadrature of the numeric functions, cut at the threshold and around the steepest place."""
    (weight, I) = values["w"], values["I_ext"]
    places = [
        float(point(*compiled.shape_of(0, [values[n] for n in compiled.model.parameters])))
        for point in (
            *compiled.kernels[0].inflections,
            *([compiled.kernels[0].threshold] if compiled.kernels[0].threshold else []),
        )
    ]
    corners = sorted((c - I) / weight for c in places if weight and min(0, r) < (c - I) / weight < max(0, r))
    path = [0.0, *(corners if r > 0 else corners[::-1]), r]
    return float(-mpmath.quad(lambda rho: mpmath.mpf(float(compiled.drdt(float(rho), **values))), path, maxdegree=8))


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=transfer.catalogue)
def test_the_potential_is_the_integral_of_the_flow(function):
    """To 1e-13 of r times the largest |dr/dt|: a sum over nodes of values right to some units in their last place."""
    rng = np.random.default_rng(10)
    model = RateModel.single(function)
    compiled = compile_model(model)
    with engine_of(model) as v8:
        for _ in range(6):
            values = {p.name: float(rng.uniform(*p.sample)) for p in model.parameters.values()}
            rates = [0.1, 0.35, 0.6, 1.0]
            curve = v8.value("NC.potentialCurve(NC.model, p, r)", p=values, r=rates)
            for r, on_curve in zip(rates, curve, strict=True):
                V = v8.value("NC.model.potential(r, p)", p=values, r=r)
                size = r * float(np.max(np.abs(compiled.drdt(np.linspace(0, r, 50), **values)) + r / values["tau"]))
                assert abs(V - descent(compiled, values, r)) <= 1e-13 * size
                assert abs(V - on_curve) <= 1e-13 * size


def test_the_potential_of_the_sigmoid_is_the_one_that_is_derived():
    """theory: V = [r^2/2 + c r - ln((1 + e^(a(w r + I - theta)))/(1 + e^(a(I - theta))))/(a w)]/tau."""
    p = {"a": 1.2, "theta": 2.8, "w": 5.0, "I_ext": 0.5, "tau": 2.0}
    with engine_of(RateModel.single()) as v8:
        for r in (-0.5, 0.2, 0.9, 3.0):
            c = 1 / (1 + math.exp(p["a"] * p["theta"]))
            top, bottom = (math.log1p(math.exp(p["a"] * (p["w"] * q + p["I_ext"] - p["theta"]))) for q in (r, 0.0))
            V = (r**2 / 2 + c * r - (top - bottom) / (p["a"] * p["w"])) / p["tau"]
            assert v8.value("NC.model.potential(r, p)", r=r, p=p) == pytest.approx(V, abs=2e-15)


@pytest.mark.parametrize("name", own_formulas.WRITTEN)
def test_the_potential_of_a_formula_is_the_integral_of_the_flow(name):
    """By quadrature between the kinks, as above."""
    model = RateModel.single(own_formulas.written(name))
    compiled = compile_model(model)
    values = {"tau": 2.0, "a": 1.5, "theta": 0.75, "w": 1.25, "I_ext": 0.5}
    kinks = [0.75, 0.75 + 1 / 1.5]
    corners = [c for c in ((kink - values["I_ext"]) / values["w"] for kink in kinks) if 0 < c < 1.5]

    def flow(rho):
        return mpmath.mpf(float(compiled.drdt(float(rho), **values)))

    with engine_of(model) as v8:
        V = v8.value("NC.model.potential(1.5, p)", p=values)
    exact = float(-mpmath.quad(flow, [0, *corners, 1.5], maxdegree=8))
    assert abs(V - exact) <= 1e-12


def test_what_is_not_given_has_its_default_and_nothing_is_inherited():
    with engine_of(RateModel.single()) as v8:
        assert v8.value("NC.model.F(1, {}) === NC.model.F(1, {a: 1.2, theta: 2.8})")
        assert v8.value("NC.model.F(1, Object.create({a: 7})) === NC.model.F(1, {})")


def test_infinite_inputs_have_their_limits():
    for function in transfer.catalogue.values():
        model = RateModel.single(function)
        compiled = compile_model(model)
        with engine_of(model) as v8:
            for x, name in ((np.inf, "Infinity"), (-np.inf, "-Infinity"), (np.nan, "NaN")):
                for order in ORDERS:
                    there = v8.value(f"NC.model.{order}({name}, {{}})")
                    here = getattr(compiled, order)(x)
                    # The slope of a power at the largest double is about that: a rounding up it is infinite.
                    if not min(there, here) > 1e308:
                        assert there == pytest.approx(here, rel=1e-15, nan_ok=True), (function.name, x, order)
