"""The explorer's numeric script as text: nothing of the user's in its code, no code from text, small; its elementary
functions against many digits.
"""

import ast
import math
import re
from dataclasses import replace
from pathlib import Path

import mpmath
import numpy as np
import own_formulas
import pytest
from javascript_engine import engine_of
from nullcline.numeric import elementary, source
from nullcline.reports.explorer import functions
from nullcline.reports.explorer.arithmetics import INTERVALS
from nullcline.reports.explorer.explorer import explorer
from nullcline.reports.explorer.functions import fixed_script, model_script, numerics_script
from nullcline.symbolic import RateModel, load_model, transfer
from nullcline.symbolic.errors import NullclineError
from nullcline.symbolic.parameter import positive, real
from py_mini_racer import MiniRacer

HOSTILE = "</script><script>alert(1)</script><!-- \u2028 \\ ' \" `${7}`"
INHERITED = ("constructor", "toString", "length", "valueOf", "prototype", "arguments", "eval", "NC")


def hostile_model():
    """A model whose name, meanings and parameters' names are what breaks a page or an object that is not careful."""
    parameters = (
        positive("constructor", 1.2, HOSTILE, unit="</script>", sample=(0.3, 3.0)),
        real("toString", 2.8, "threshold", sample=(-2.0, 4.0)),
        positive("length", 1.0, "height", sample=(0.5, 2.0)),
    )
    a, theta, k = (p.symbol for p in parameters)
    formula = k * transfer.sympy.tanh(a * (transfer.x - theta))
    function = transfer.TransferFunction("hostile", HOSTILE, formula, parameters)
    return replace(RateModel.single(function), name=HOSTILE)


def test_names_and_texts_of_the_user_are_data():
    model = hostile_model()
    script = explorer(model, {}).script
    assert "</" not in script
    assert "<!--" not in script
    assert "\u2028" not in script
    # Taken out of the data, nothing is left of them.
    code = re.sub(r'"(?:[^"\\]|\\.)*"', '""', model_script(model))
    for name in ("constructor", "toString", "alert", "hostile"):
        assert name not in code
    with engine_of(model) as v8:
        assert v8.value("NC.model.name") == HOSTILE
        told = v8.value("NC.model.parameters")
        assert [(p["name"], p["value"]) for p in told] == [(p.name, p.default) for p in model.parameters.values()]
        given = {"constructor": 2.0, "toString": 0.5, "length": 1.5}
        assert v8.value("NC.model.F(1, p)", p=given) == pytest.approx(1.5 * math.tanh(1.0), rel=1e-15)
        # What is inherited is not taken for given.
        assert v8.value("NC.model.F(3, {})") == pytest.approx(math.tanh(1.2 * 0.2), rel=1e-14)


@pytest.mark.parametrize("name", INHERITED)
def test_a_parameter_may_have_the_name_of_anything_javascript_has(name):
    gain = positive(name, 1.5, "gain", sample=(0.3, 3.0))
    formula = transfer.sympy.atan(gain.symbol * transfer.x)
    model = RateModel.single(transfer.TransferFunction("f", "f", formula, (gain,)))
    with engine_of(model) as v8:
        assert v8.value("NC.model.F(1, {})") == pytest.approx(math.atan(1.5), rel=1e-15)
        assert v8.value("NC.model.F(1, p)", p={name: 3.0}) == pytest.approx(math.atan(3.0), rel=1e-15)


def test_a_model_file_makes_a_script_of_the_same_kind(tmp_path):
    path = tmp_path / "hostile.toml"
    path.write_text(
        "schema = 1\nname = '</script><script>alert(1)'\n[transfer]\nformula = 'tanh(constructor*(x - length))'\n"
        "title = '</ScRiPt>'\n[parameters]\nconstructor = { value = 2.0, meaning = '</script>' }\n"
        "length = { value = 1.0 }\n",
        encoding="utf-8",
    )
    model = load_model(path)
    assert "</" not in explorer(model, {}).script
    with engine_of(model) as v8:
        assert v8.value("NC.model.name") == "</script><script>alert(1)"


def models():
    known = {name: RateModel.single(f) for name, f in transfer.catalogue.items()}
    return known | {name: RateModel.single(own_formulas.written(name)) for name in own_formulas.WRITTEN}


@pytest.mark.parametrize("model", models().values(), ids=models())
def test_a_script_makes_no_code_and_touches_no_page(model):
    script = numerics_script(model)
    for banned in (
        "eval(",
        "Function(",
        "innerHTML",
        "document",
        "window",
        "import ",
        "export ",
        "fetch(",
        "setTimeout",
    ):
        assert banned not in script, banned


def test_the_fixed_part_is_small():
    assert len(fixed_script(RateModel.single())) < 41_000
    assert len(fixed_script(RateModel.single(own_formulas.written("wave")))) < 41_000
    assert all(len(model_script(m)) < 20_000 for m in models().values())


def test_several_populations_are_refused():
    with pytest.raises(NullclineError, match="is for one population, model 'wilson-cowan' has 2"):
        numerics_script(RateModel.wilson_cowan())


def test_every_function_that_lines_may_call_is_there():
    names = {*source._NAMES, *elementary.namespace()} - {
        "Any",
        "NDArray",
        "Array",
        "np",
        "functools",
        "namespace",
        "rough_namespace",
    }
    with engine_of(RateModel.single()) as v8:
        there = set(v8.value("Object.keys(NC.elementary)"))
    assert {n for n in names if n in source._NAMES or n in _called()} <= there
    with engine_of(RateModel.single(own_formulas.written("wave"))) as v8:
        assert set(v8.value("Object.keys(NC.intervals)")) >= INTERVALS


def _called():
    """Every name that stands in a text which numeric/source.py writes."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(Path(source.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return set(re.findall(r"\b(\w+)\(", " ".join(texts)))


# Elementary functions against 50 digits: (name, exact, where, units in the last place).
EXACT = {
    "erf": (mpmath.erf, (-7, 7), 3),
    "erfc": (mpmath.erfc, (-6, 27), 6),
    "erfinv": (mpmath.erfinv, (-0.99999, 0.99999), 6),
    "expit": (lambda u: 1 / (1 + mpmath.exp(-u)), (-700, 700), 4),
    "sech": (mpmath.sech, (-700, 700), 4),
    "gaussian": (lambda u: mpmath.exp(-(u**2)), (-26, 26), 3),
    "softplus": (lambda u: mpmath.log1p(mpmath.exp(u)), (-700, 700), 4),
    "tanhc": (lambda u: mpmath.tanh(u) / u, (-40, 40), 4),
    **{name: (getattr(mpmath, name), (-3, 3), 2) for name in ("exp", "expm1", "sinh", "cosh", "tanh", "asinh", "atan")},
    "log": (mpmath.log, (0.01, 9), 2),
    "log1p": (mpmath.log1p, (-0.99, 9), 2),
    "acosh": (mpmath.acosh, (1.01, 90), 2),
    "atanh": (mpmath.atanh, (-0.99, 0.99), 2),
    "asin": (mpmath.asin, (-1, 1), 2),
    "acos": (mpmath.acos, (-0.99, 0.99), 2),
}


@pytest.mark.parametrize("name", EXACT)
def test_elementary_functions_are_right_to_some_units_in_the_last_place(name):
    exact, (low, high), units = EXACT[name]
    rng = np.random.default_rng(31)
    some = np.concatenate([rng.uniform(low, high, 3000), rng.uniform(-1, 1, 300) * 10 ** rng.uniform(-12, 0, 300)])
    at = [float(u) for u in some if low <= u <= high and u != 0]
    with engine_of(RateModel.single()) as v8:
        values = v8.value(f"u.map(NC.elementary.{name})", u=at)
    with mpmath.workdps(50):
        for u, value in zip(at, values, strict=True):
            true = exact(mpmath.mpf(u))
            if abs(true) > 1e-290:
                assert abs(value - true) <= units * math.ulp(float(true)), u


def test_the_inverse_of_erfc_keeps_its_digits_in_the_tail():
    at = [float(y) for y in 10.0 ** np.linspace(-300, 0, 400)] + [1.0, 1.5, 1.9999]
    with engine_of(RateModel.single()) as v8:
        values = v8.value("y.map(NC.elementary.erfcinv)", y=at)
        assert v8.value("[0, 2, 1, -1, 3].map(NC.elementary.erfcinv)") == pytest.approx(
            [math.inf, -math.inf, 0, math.nan, math.nan], nan_ok=True
        )
    with mpmath.workdps(50):
        for y, value in zip(at, values, strict=True):
            if value:
                # erfc at u is y, with u rounded to some units in its last place, and y as it is.
                u = mpmath.mpf(value)
                slope = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-(u**2))
                assert abs(mpmath.erfc(u) - y) <= slope * 4 * math.ulp(value) + 6 * math.ulp(y)


def test_products_and_sums_have_their_exact_errors():
    rng = np.random.default_rng(32)
    pairs = [[float(a), float(b)] for a, b in rng.uniform(-1, 1, (500, 2)) * 10 ** rng.uniform(-60, 60, (500, 2))]
    with engine_of(RateModel.single()) as v8:
        sums = v8.value("q.map(([a, b]) => [a + b, NC.elementary.sum_error(a, b, a + b)])", q=pairs)
        products = v8.value("q.map(([a, b]) => [a * b, NC.elementary.product_error(a, b, a * b)])", q=pairs)
    with mpmath.workprec(2000):
        for (a, b), (total, left), (product, rest) in zip(pairs, sums, products, strict=True):
            assert mpmath.mpf(a) + mpmath.mpf(b) == mpmath.mpf(total) + mpmath.mpf(left)
            assert mpmath.mpf(a) * mpmath.mpf(b) == mpmath.mpf(product) + mpmath.mpf(rest)


def test_what_is_left_out_of_a_file_is_no_code():
    """Both texts compute the same, to the last bit; and no text holds what the page is without."""
    for closed in (True, False):
        model = RateModel.single(transfer.sigmoid if closed else own_formulas.written("refractory"))
        folder = Path(functions.__file__).parent
        whole = [(folder / name).read_text(encoding="utf-8") for name in functions.files_for(model)]
        for text in whole:
            code = [line for line in text.split("\n") if not re.match(r"\s*(/?\*|//)", line)]
            assert not any(re.search(r'"[^"]*(//|/\*)[^"]*"|`[^`]*(//|/\*)[^`]*`', line) for line in code)
            assert not any(re.search(r"\$\{[^}]*`", line) for line in code)
        values = []
        for fixed in ("\n".join(whole), fixed_script(model)):
            with MiniRacer() as v8:
                v8.eval("\n".join(["const NC = {};", fixed, model_script(model)]))
                p = "{w: 5, I_ext: 0.5}"
                asked = (
                    f"[NC.fixedPoints(NC.model, {p}), NC.bifurcation(NC.model, {p}, 60), NC.model.potential(0.7, {p})]"
                )
                values.append(v8.eval(f"JSON.stringify({asked})"))
        assert values[0] == values[1]
        assert not re.search(r"^\s*(//|/\*|\*)|  ", fixed_script(model), re.MULTILINE)


MANY = {
    "exp": (mpmath.exp, (-800, 800)),
    "log": (mpmath.log, (1e-9, 900)),
    "sqrt": (mpmath.sqrt, (1e-9, 900)),
    "tanh": (mpmath.tanh, (-40, 40)),
    "erf": (mpmath.erf, (-9, 9)),
}


@pytest.mark.parametrize("name", MANY)
def test_many_digits_are_right(name):
    """70 of the 77 digits, of the larger of the value and 1: what is lost is lost to the argument's size."""
    exact, (low, high) = MANY[name]
    at = [float(u) for u in np.random.default_rng(33).uniform(low, high, 60)] + [max(low, 0.5), 1.0]
    text = f"u.map((v) => {{ const made = NC.digits.{name}(NC.digits.of(v)); return [String(made.m), made.e]; }})"
    with engine_of(RateModel.single()) as v8:
        values = v8.value(text, u=at)
        assert v8.value("u.map((v) => NC.digits.toNumber(NC.digits.of(v)))", u=[*at, 5e-324, -1e308]) == [
            *at,
            5e-324,
            -1e308,
        ]
        pi = v8.value("(() => { const made = NC.digits.pi(); return [String(made.m), made.e]; })()")
    with mpmath.workdps(120):
        assert abs(mpmath.mpf(int(pi[0])) * mpmath.mpf(2) ** int(pi[1]) - mpmath.pi) < mpmath.mpf(10) ** -74
        for u, (m, e) in zip(at, values, strict=True):
            true = exact(mpmath.mpf(u))
            value = mpmath.mpf(int(m)) * mpmath.mpf(2) ** int(e)
            assert abs(value - true) <= mpmath.mpf(10) ** -70 * (
                abs(true) if name in ("exp", "sqrt") else max(abs(true), 1)
            )
