"""The layout of formulas: names, the order of terms, and the formulas of the theory as a textbook writes them."""

import re
import string

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from nullcline.symbolic.functions import expit, expm1, log1p, softplus
from nullcline.symbolic.notation import (
    GREEK,
    Aligned,
    Decorated,
    Fraction,
    Identifier,
    Matrix,
    Number,
    Operator,
    Power,
    Product,
    Sequence,
    Text,
    layout,
    name,
)
from nullcline.symbolic.typeset import to_latex, to_text
from sympy import Derivative, Eq, Function, Integral, Symbol, exp, log, sqrt

tau, a, b, theta, s, k, n, R, w, I_ext = sympy.symbols("tau a b theta s k n R w I_ext")
r, x, y, t, c, h, q = sympy.symbols("r x y t c h q")
r_star, r_init, r_inf, r_k, r_next, dt, eigenvalue = sympy.symbols("r* r_init r_inf r_k r_k+1 dt lambda")
F, dF, d2F, inverse = (Function(each) for each in ("F", "F'", "F''", "F^-1"))
rate, perturbation = Function("r")(t), Function("epsilon")(t)
u = a * (x - theta)
sigmoid = 1 / (1 + exp(-u)) - 1 / (1 + exp(a * theta))
slope = w * dF(w * r_star + I_ext)


def text(expr):
    return to_text(layout(expr))


# Names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelled", "shown", "latex"),
    [
        ("tau", "τ", r"\tau"),
        ("lambda", "λ", r"\lambda"),
        ("lamda", "λ", r"\lambda"),
        ("epsilon0", "ε₀", r"\varepsilon_0"),
        ("Delta", "Δ", r"\Delta"),
        ("c", "c", "c"),
        ("dt", "dt", "dt"),
        ("I_ext", "I_ext", r"I_{\mathrm{ext}}"),
        ("I_ext_E", "I_{ext,E}", r"I_{\mathrm{ext},E}"),
        ("r_init", "r_init", r"r_{\mathrm{init}}"),
        ("tau_E", "τ_E", r"\tau_E"),
        ("w_EI", "w_EI", "w_{EI}"),
        ("tau_PV", "τ_PV", r"\tau_{\mathrm{PV}}"),
        ("w_12", "w₁₂", "w_{12}"),
        ("r*", "r*", "r^*"),
        ("r_star", "r*", "r^*"),
        ("r_E*", "r_E*", "r_E^*"),
        ("r*_E", "r_E*", "r_E^*"),
        ("x_minus", "x₋", "x_{-}"),
        ("x_-", "x₋", "x_{-}"),
        ("x_plus", "x₊", "x_{+}"),
        ("r_inf", "r_∞", r"r_{\infty}"),
        ("r_oo", "r_∞", r"r_{\infty}"),
        ("r0", "r₀", "r_0"),
        ("r_E0", "r_{E,0}", "r_{E,0}"),
        ("r_k+1", "r_{k+1}", "r_{k + 1}"),
        ("r_k_next", "r_{k+1}", "r_{k + 1}"),
        ("F'", "F′", "F'"),
        ("F_E''", "F_E″", "F_E''"),
        ("F^-1", "F⁻¹", "F^{-1}"),
        ("gain", "gain", r"\mathrm{gain}"),
        ("gain_x", "gain_x", r"\mathrm{gain}_x"),
        ("my_long_name", "my_long_name", r"\mathrm{my\_long}_{\mathrm{name}}"),
        ("a_", "a_", r"\mathrm{a\_}"),
        ("a__b", "a__b", r"\mathrm{a\_\_b}"),
    ],
)
def test_a_name_is_written_by_its_spelling(spelled, shown, latex):
    assert to_text(name(spelled)) == shown
    assert to_latex(name(spelled)) == latex


def test_letters_are_italic_and_words_upright():
    assert name("I_ext") == Decorated(Identifier("I"), sub=Identifier("ext", upright=True))
    assert name("w_EI") == Decorated(Identifier("w"), sub=Sequence((Identifier("E"), Identifier("I")), ""))
    assert name("r*") == Decorated(Identifier("r"), sup=Operator("∗"))


@given(
    st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,31}", fullmatch=True, alphabet=string.ascii_letters + string.digits + "_")
)
def test_every_legal_name_keeps_all_its_letters_and_digits(spelled):
    special = {*GREEK, "minus", "plus", "inf", "oo", "infty", "infinity"}
    assume(not any(part.rstrip(string.digits) in special for part in spelled.split("_")))
    shown = to_text(name(spelled)).translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", string.digits))
    assert re.sub("[_{},]", "", shown) == spelled.replace("_", "")


def test_two_names_that_would_look_alike_are_spelled_out():
    assert text(Symbol("r0") + 2 * Symbol("r_0")) == "r0 + 2 r_0"
    assert text(Symbol("r0") ** 2) == "r₀²"


def test_an_integration_variable_never_shares_the_name_of_a_parameter():
    dummy = sympy.Dummy("s")
    assert text(Integral(F(a * s * dummy), (dummy, 0, r))) == "∫_0^r F(a s s′) ds′"


def test_a_symbol_e_or_sigma_keeps_the_exponential_and_the_logistic_apart():
    e, sigma = Symbol("e"), Symbol("sigma")
    assert text(e * exp(x)) == "e exp(x)"
    assert text(sigma * expit(x)) == "σ logistic(x)"
    assert text(expit(x)) == "σ(x)"


# The formulas of the theory ------------------------------------------------------------------------------------------

E_I_SYMBOLS = sympy.symbols("tau_E tau_I r_E r_I w_EE w_EI w_IE w_II I_ext_E I_ext_I alpha beta")
E = {symbol.name: symbol for symbol in E_I_SYMBOLS}
x_E = E["w_EE"] * E["r_E"] - E["w_EI"] * E["r_I"] + E["I_ext_E"]
x_I = E["w_IE"] * E["r_E"] - E["w_II"] * E["r_I"] + E["I_ext_I"]
F_E, F_I, dF_E, dF_I = (Function(each) for each in ("F_E", "F_I", "F_E'", "F_I'"))

FORMULAS = {
    "rate equation": (
        Eq(tau * Derivative(rate, t), -rate + F(w * rate + I_ext)),
        "τ dr/dt = -r(t) + F(w r(t) + I_ext)",
        r"\tau \frac{dr}{dt} = -r(t) + F(w r(t) + I_{\mathrm{ext}})",
    ),
    "sigmoid": (
        Eq(F(x), sigmoid),
        "F(x) = 1/[1 + e^(-a(x - θ))] - 1/[1 + e^(a θ)]",
        r"F(x) = \frac{1}{1 + e^{-a (x - \theta)}} - \frac{1}{1 + e^{a \theta}}",
    ),
    "derivative": (
        Eq(dF(x), sympy.diff(sigmoid, x)),
        "F′(x) = a e^(-a(x - θ))/[1 + e^(-a(x - θ))]²",
        r"F'(x) = \frac{a e^{-a (x - \theta)}}{(1 + e^{-a (x - \theta)})^2}",
    ),
    "second derivative in s": (
        Eq(d2F(x), a**2 * s * (1 - s) * (1 - 2 * s)),
        "F″(x) = a² s(1 - s)(1 - 2 s)",
        "F''(x) = a^2 s (1 - s) (1 - 2 s)",
    ),
    "inverse": (
        Eq(inverse(y), theta + log((y + c) / (1 - c - y)) / a),
        "F⁻¹(y) = θ + (1/a) ln((y + c)/(1 - y - c))",
        r"F^{-1}(y) = \theta + \frac{1}{a} \ln\!\left( \frac{y + c}{1 - y - c} \right)",
    ),
    "feedforward solution": (
        Eq(rate, F(I_ext) + (r_init - F(I_ext)) * exp(-t / tau)),
        "r(t) = F(I_ext) + [r_init - F(I_ext)] e^(-t/τ)",
        r"r(t) = F(I_{\mathrm{ext}}) + [r_{\mathrm{init}} - F(I_{\mathrm{ext}})] e^{-t/\tau}",
    ),
    "fixed point equation": (
        Eq(0, -r_star + F(w * r_star + I_ext)),
        "0 = -r* + F(w r* + I_ext)",
        r"0 = -r^* + F(w r^* + I_{\mathrm{ext}})",
    ),
    "linearisation": (
        Eq(Derivative(perturbation, t), (-1 + slope) / tau * perturbation),
        "dε/dt = [-1 + w F′(w r* + I_ext)] ε(t)/τ",
        r"\frac{d\varepsilon}{dt} = \frac{[-1 + w F'(w r^* + I_{\mathrm{ext}})] \varepsilon(t)}{\tau}",
    ),
    "eigenvalue": (
        Eq(eigenvalue, (-1 + slope) / tau),
        "λ = [-1 + w F′(w r* + I_ext)]/τ",
        r"\lambda = \frac{-1 + w F'(w r^* + I_{\mathrm{ext}})}{\tau}",
    ),
    "eigenvalue, expanded": (
        Eq(eigenvalue, (-1 + w * sympy.diff(sigmoid, x).subs(x, w * r_star + I_ext)) / tau),
        "λ = (1/τ) {-1 + a w e^(-a(w r* + I_ext - θ))/[1 + e^(-a(w r* + I_ext - θ))]²}",
        r"\lambda = \frac{1}{\tau} \left[ -1 + \frac{a w e^{-a (w r^* + I_{\mathrm{ext}} - \theta)}}"
        r"{(1 + e^{-a (w r^* + I_{\mathrm{ext}} - \theta)})^2} \right]",
    ),
    "effective time constant": (
        Eq(Symbol("tau_eff"), tau / (1 - slope)),
        "τ_eff = τ/[1 - w F′(w r* + I_ext)]",
        r"\tau_{\mathrm{eff}} = \frac{\tau}{1 - w F'(w r^* + I_{\mathrm{ext}})}",
    ),
    "perturbation solution": (
        Eq(perturbation, Symbol("epsilon0") * exp(eigenvalue * t)),
        "ε(t) = ε₀ e^(λ t)",
        r"\varepsilon(t) = \varepsilon_0 e^{\lambda t}",
    ),
    "potential": (
        Eq(Function("V")(r), (r**2 / 2 - Integral(F(w * s + I_ext), (s, 0, r))) / tau),
        "V(r) = (1/τ) [r²/2 - ∫_0^r F(w s + I_ext) ds]",
        r"V(r) = \frac{1}{\tau} \left[ \frac{r^2}{2} - \int_0^r F(w s + I_{\mathrm{ext}}) \, ds \right]",
    ),
    "critical point": (
        Eq(Symbol("x_minus"), theta - 2 * sympy.acosh(sqrt(a * w) / 2) / a),
        "x₋ = θ - (2/a) arcosh(√(a w)/2)",
        r"x_{-} = \theta - \frac{2}{a} \operatorname{arcosh}\!\left( \frac{\sqrt{a w}}{2} \right)",
    ),
    "fold curve, w": (Eq(w, 1 / (a * s * (1 - s))), "w = 1/[a s(1 - s)]", r"w = \frac{1}{a s (1 - s)}"),
    "fold curve, I": (
        Eq(I_ext, theta + log(s / (1 - s)) / a - (s - c) / (a * s * (1 - s))),
        "I_ext = θ + (1/a) ln(s/(1 - s)) - (s - c)/[a s(1 - s)]",
        r"I_{\mathrm{ext}} = \theta + \frac{1}{a} \ln\!\left( \frac{s}{1 - s} \right) - \frac{s - c}{a s (1 - s)}",
    ),
    "cusp": (
        Eq(I_ext, theta - 2 / a + 4 * c / a),
        "I_ext = θ + 4 c/a - 2/a",
        r"I_{\mathrm{ext}} = \theta + \frac{4 c}{a} - \frac{2}{a}",
    ),
    "cusp, r": (Eq(r, sympy.Rational(1, 2) - c), "r = 1/2 - c", r"r = \tfrac{1}{2} - c"),
    "Euler map": (
        Eq(r_next, r_k + dt * (-r_k + F(w * r_k + I_ext)) / tau),
        "r_{k+1} = r_k + (dt/τ) [-r_k + F(w r_k + I_ext)]",
        r"r_{k + 1} = r_k + \frac{dt}{\tau} [-r_k + F(w r_k + I_{\mathrm{ext}})]",
    ),
    "Euler feedforward solution": (
        Eq(r_k, r_inf + (r_init - r_inf) * (1 - dt / tau) ** k),
        "r_k = r_∞ + (r_init - r_∞) (1 - dt/τ)^k",
        r"r_k = r_{\infty} + (r_{\mathrm{init}} - r_{\infty}) \left( 1 - \frac{dt}{\tau} \right)^k",
    ),
    "Euler error bound": (
        Function("B")(h) >= (1 - (1 - h) * exp(h)) / (sympy.E * h),
        "B(h) ≥ [1 - (1 - h) e^h]/(e h)",
        r"B(h) \ge \frac{1 - (1 - h) e^h}{e h}",
    ),
    "Euler stability limit": (
        dt < 2 * tau / (1 - slope),
        "dt < 2 τ/[1 - w F′(w r* + I_ext)]",
        r"dt < \frac{2 \tau}{1 - w F'(w r^* + I_{\mathrm{ext}})}",
    ),
    "trapping region": (sympy.And(-c <= r, r <= 1 - c), "-c ≤ r ≤ 1 - c", r"-c \le r \le 1 - c"),
    "range": (
        sympy.Contains(F(x), sympy.Interval.Lopen(-c, 1 - c)),
        "F(x) ∈ (-c, 1 - c]",
        r"F(x) \in (-c, 1 - c]",
    ),
    "relu": (
        Eq(F(x), sympy.Piecewise((a * (x - theta), x > theta), (0, True))),
        "F(x) = {a(x - θ) if x > θ; 0 otherwise}",
        r"F(x) = \begin{cases} a (x - \theta) & \text{if } x > \theta \\ 0 & \text{otherwise} \end{cases}",
    ),
    "softplus": (
        Eq(F(x), a / b * log(1 + exp(b * (x - theta)))),
        "F(x) = (a/b) ln(1 + e^(b(x - θ)))",
        r"F(x) = \frac{a}{b} \ln(1 + e^{b (x - \theta)})",
    ),
    "error function, inverse": (
        Eq(inverse(y), theta + sqrt(2) * s * sympy.erfinv(2 * y - sympy.erf(theta / (sqrt(2) * s)))),
        "F⁻¹(y) = θ + √2 s erf⁻¹(2 y - erf(θ/(√2 s)))",
        r"F^{-1}(y) = \theta + \sqrt{2} s \operatorname{erf}^{-1}\!\left( 2 y - "
        r"\operatorname{erf}\!\left( \frac{\theta}{\sqrt{2} s} \right) \right)",
    ),
    "error function, slope": (
        Eq(dF(x), exp(-((x - theta) ** 2) / (2 * s**2)) / (sqrt(2 * sympy.pi) * s)),
        "F′(x) = e^(-(x - θ)²/(2 s²))/[√(2 π) s]",
        r"F'(x) = \frac{e^{-(x - \theta)^2/(2 s^2)}}{\sqrt{2 \pi} s}",
    ),
    "Naka-Rushton, slope": (
        Eq(dF(x), R * n * s**n * x ** (n - 1) / (x**n + s**n) ** 2),
        "F′(x) = R n s^n x^(n - 1)/(x^n + s^n)²",
        r"F'(x) = \frac{R n s^n x^{n - 1}}{(x^n + s^n)^2}",
    ),
    "Naka-Rushton, inverse": (
        Eq(inverse(r), s * (r / (R - r)) ** (1 / n)),
        "F⁻¹(r) = s [r/(R - r)]^(1/n)",
        r"F^{-1}(r) = s \left( \frac{r}{R - r} \right)^{1/n}",
    ),
    "tanh, slope": (
        Eq(dF(x), a * (1 - sympy.tanh(u) ** 2)),
        "F′(x) = a[1 - tanh²(a(x - θ))]",
        r"F'(x) = a [1 - \tanh^2(a (x - \theta))]",
    ),
    "trace": (
        Eq(Symbol("T"), (E["w_EE"] * E["alpha"] - 1) / E["tau_E"] - (1 + E["w_II"] * E["beta"]) / E["tau_I"]),
        "T = (w_EE α - 1)/τ_E - (1 + w_II β)/τ_I",
        r"T = \frac{w_{EE} \alpha - 1}{\tau_E} - \frac{1 + w_{II} \beta}{\tau_I}",
    ),
    "Hopf condition": (
        sympy.And(Symbol("D") > 0, Eq(Symbol("T"), 0)),
        "T = 0 and D > 0",
        r"T = 0 \quad\text{and}\quad D > 0",
    ),
    "rate equations of the E-I pair": (
        Eq(
            sympy.Matrix(
                [E["tau_E"] * Derivative(Function("r_E")(t), t), E["tau_I"] * Derivative(Function("r_I")(t), t)]
            ),
            sympy.Matrix([-E["r_E"] + F_E(x_E), -E["r_I"] + F_I(x_I)]),
        ),
        "τ_E dr_E/dt = -r_E + F_E(w_EE r_E - w_EI r_I + I_{ext,E}); "
        "τ_I dr_I/dt = -r_I + F_I(w_IE r_E - w_II r_I + I_{ext,I})",
        r"\begin{aligned} \tau_E \frac{dr_E}{dt} &= -r_E + F_E(w_{EE} r_E - w_{EI} r_I + I_{\mathrm{ext},E}) \\[6pt] "
        r"\tau_I \frac{dr_I}{dt} &= -r_I + F_I(w_{IE} r_E - w_{II} r_I + I_{\mathrm{ext},I}) \end{aligned}",
    ),
    "row of the Jacobian": (
        Eq(
            Symbol("J"),
            sympy.ImmutableMatrix([[(-1 + E["w_EE"] * dF_E(x)) / E["tau_E"], -E["w_EI"] * dF_E(x) / E["tau_E"]]]),
            evaluate=False,
        ),
        "J = [[-1 + w_EE F_E′(x)]/τ_E, -w_EI F_E′(x)/τ_E]",
        r"J = \begin{bmatrix} \displaystyle \frac{-1 + w_{EE} F_E'(x)}{\tau_E} & "
        r"\displaystyle -\frac{w_{EI} F_E'(x)}{\tau_E} \end{bmatrix}",
    ),
}


@pytest.mark.parametrize("title", FORMULAS)
def test_the_formulas_of_the_theory_are_written_as_a_textbook_writes_them(title):
    formula, as_text, as_latex = FORMULAS[title]
    assert to_text(layout(formula)) == as_text
    assert to_latex(layout(formula)) == as_latex


# Order ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expr", "shown"),
    [
        (I_ext + w * r_star, "w r* + I_ext"),
        (I_ext - theta + w * r, "w r + I_ext - θ"),
        (I_ext - w * r, "I_ext - w r"),
        (x - theta, "x - θ"),
        (-(x - theta), "θ - x"),
        (-x - theta, "-x - θ"),
        (-r + F(x), "-r + F(x)"),
        (1 - w * dF(x), "1 - w F′(x)"),
        (-1 - w * dF(x), "-1 - w F′(x)"),
        (-w * dF(x), "-w F′(x)"),
        (r_inf - r, "r_∞ - r"),
        (x - I_ext - w * F(x), "x - I_ext - w F(x)"),
        (a * w - 1, "a w - 1"),
        (1 + a * w, "1 + a w"),
        (k + 1, "k + 1"),
        (1 + exp(x), "1 + e^x"),
        (1 - 6 * s + 6 * s**2, "6 s² - 6 s + 1"),
        (1 - s**2, "1 - s²"),
        (-(x + theta) / tau, "-(x + θ)/τ"),
        ((-x - theta) / tau, "-(x + θ)/τ"),
        (-x / tau, "-x/τ"),
        (exp(-a * x + a * theta), "e^(-a(x - θ))"),
        (exp(x**2 - 1), "e^(x² - 1)"),
        (exp(-t / tau), "e^(-t/τ)"),
        (exp(-exp(x)), "exp(-e^x)"),
        (-expm1(-a * x) * expit(u), "[1 - e^(-a x)] σ(a(x - θ))"),
        (log1p(y / c) + softplus(u), "ln(1 + y/c) + softplus(a(x - θ))"),
        (expm1(x), "e^x - 1"),
        (sqrt(2) * x / 2, "x/√2"),
        (sympy.Abs(theta - x), "|x - θ|"),
        (x ** (1 / n), "x^(1/n)"),
        (3 * 2**n, "3 · 2^n"),
        (sympy.Max(x - theta, 0), "max(0, x - θ)"),
        (log(x) ** 2, "[ln(x)]²"),
        (F(x) ** 2, "F(x)²"),
        (r_star**2, "(r*)²"),
        (sympy.Float("0.041666"), "0.041666"),
        (sympy.Float("1e-7") * x, "1×10⁻⁷ x"),
        (-sympy.oo, "-∞"),
        (1 - c - c * exp(-t / tau), "1 - c - c e^(-t/τ)"),
        (-c + (r_init + c) * exp(-t / tau), "-c + (r_init + c) e^(-t/τ)"),
        (-r + a * (w * r + I_ext - theta), "-r + a(w r + I_ext - θ)"),
        (1 / (s * (s - 1)), "-1/[s(1 - s)]"),
        (n * (n - 1), "n(n - 1)"),
        ((theta - x) ** 2, "(x - θ)²"),
        (F(x) - r_init, "F(x) - r_init"),
        ((-1 + w * F(x)) / tau + (-1 - a * F(x)) / theta, "[-1 + w F(x)]/τ - [1 + a F(x)]/θ"),
        (perturbation * sympy.Piecewise((a, x > 0), (b, True)), "[{a if x > 0; b otherwise}] ε(t)"),
        (sqrt(Symbol("a", positive=True) * w), "√(a w)"),
        (F(x) >= 0, "F(x) ≥ 0"),
        (sympy.Ge(0, F(x)), "F(x) ≤ 0"),
    ],
)
def test_terms_and_factors_stand_in_textbook_order(expr, shown):
    assert text(expr) == shown


def test_a_derivative_of_an_undefined_function_at_a_point_is_primed():
    expr = sympy.diff(-r + F(w * r + I_ext), r)
    assert text(expr) == "-1 + w F′(w r + I_ext)"
    assert text(sympy.diff(F(w * r + I_ext), r, 2)) == "w² F″(w r + I_ext)"


def test_derivatives_sums_and_limits():
    i, j, N = sympy.symbols("i j N")
    W, rates = sympy.IndexedBase("W"), sympy.IndexedBase("r")
    assert text(Derivative(F(x), x)) == "dF/dx"
    assert text(Derivative(rate, (t, 2))) == "d²r/dt²"
    assert text(Derivative(F(w * r + I_ext), r)) == "d/dr F(w r + I_ext)"
    assert text(Derivative(Function("g")(x, y), x, y)) == "∂²g/(∂x ∂y)"
    assert text(sympy.Sum(W[i, j] * rates[j], (j, 1, N)) + Symbol("I_i")) == "∑_(j=1)^N W_ij r_j + I_i"
    assert text(sympy.Limit(F(x), x, sympy.oo)) == "lim_(x → ∞) F(x)"


def test_statements():
    p, q_ = sympy.symbols("p q")
    assert text(sympy.Ne(p, q_)) == "p ≠ q"
    assert text(sympy.Or(p > 1, q_ < 0)) in ("p > 1 or q < 0", "q < 0 or p > 1")
    assert text(sympy.And(sympy.Eq(p, 0), sympy.Or(p > 1, q_ < 0))).startswith("p = 0 and (")
    assert text(sympy.FiniteSet(p)) == "{p}"
    assert text(sympy.And(r > 0, r < 1)) == "0 < r < 1"
    assert text(sympy.And(p > 0, q_ > 0)) in ("p > 0 and q > 0", "q > 0 and p > 0")
    assert text(sympy.true) == "true"


def test_a_vector_equation_has_one_line_a_component_and_a_named_matrix_is_a_matrix():
    assert isinstance(layout(Eq(sympy.Matrix([x, y]), sympy.Matrix([a, b]))), Aligned)
    assert isinstance(layout(sympy.Matrix([[a, b], [c, h]])), Matrix)


def test_what_is_unknown_is_shown_as_text_and_an_unknown_function_by_its_name():
    class spline(Function):
        nargs = 1

    assert layout(object).__class__ is Text
    assert layout(sympy.SeqFormula(k, (k, 0, 3))).__class__ is Text
    assert text(2 * spline(x)) == "2 spline(x)"


def test_a_class_can_say_how_it_is_written():
    class Average(sympy.Function):
        nargs = 1

        def _nullcline_layout(self, layout):
            return Decorated(Identifier("r"), sup=Operator("‾")) if self.args[0] == r else layout(self.args[0])

    assert layout(Average(r)) == Decorated(Identifier("r"), sup=Operator("‾"))
    assert layout(2 * Average(x)) == Product((Number("2"), Identifier("x")))


def test_the_tree_is_frozen_and_hashable_and_the_same_each_time():
    first, second = (layout(FORMULAS["eigenvalue, expanded"][0]) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(AttributeError):
        first.sides = ()


def test_a_fraction_in_an_exponent_has_a_slash():
    node = layout(exp(-t / tau))
    assert isinstance(node, Power)
    assert layout(t / tau) == Fraction(Identifier("t"), Identifier("τ"))
