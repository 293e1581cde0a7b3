"""A C99 file: the right-hand side as a function, and a main that integrates it and prints a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from sympy import Expr
from sympy.printing.c import C99CodePrinter

from ...symbolic.model import RateModel
from .helpers import helpers_for, u
from .system import Naming, Run, System, comment, system_of, words

_HAS = words("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh expm1 log1p erf")
_WORDS = words(
    "auto break case char const continue default do double else enum extern float for goto if inline int long"
    " register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while"
    " asm bool complex imaginary errno stdin stdout stderr assert linux unix main printf rhs step r p out u"
    " acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim floor"
    " fma fmax fmin fmod frexp hypot ilogb isfinite isinf isnan isnormal ldexp lgamma log log10 log1p log2 logb"
    " lrint lround modf nan nearbyint nextafter pow remainder remquo rint round scalbn signbit sin sinh sqrt tan"
    " tanh tgamma trunc expit softplus sech"
)
# A macro of the standard headers is written in capitals, and nothing but capitals is.
NAMING = Naming(_WORDS, refuses=r"[A-Z][A-Z0-9_]{2,}|r_init")

_FRAME = """\
{notes}
#include <math.h>
#include <stdio.h>

#define RATES {rates}
#define PARAMETERS {parameters}

{helpers}/* out = dr/dt in 1/ms, for rates r and parameters p in the order of the tables below. */
void rhs(const double *r, const double *p, double *out) {{
{body}
}}

static const char *const rate_names[RATES] = {{{rate_names}}};
static const double initial[RATES] = {{{initial}}};
static const double defaults[PARAMETERS] = {{
{defaults}
}};

/* Go on by dt (ms), by the classical fourth-order Runge-Kutta method. */
static void step(double *r, const double *p, double dt) {{
    double k1[RATES], k2[RATES], k3[RATES], k4[RATES], at[RATES];
    int i;
    rhs(r, p, k1);
    for (i = 0; i < RATES; i++) at[i] = r[i] + dt / 2 * k1[i];
    rhs(at, p, k2);
    for (i = 0; i < RATES; i++) at[i] = r[i] + dt / 2 * k2[i];
    rhs(at, p, k3);
    for (i = 0; i < RATES; i++) at[i] = r[i] + dt * k3[i];
    rhs(at, p, k4);
    for (i = 0; i < RATES; i++) r[i] += dt / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}}

int main(void) {{
    const double dt = {step!r};
    const long steps = {steps};
    double r[RATES];
    long k;
    int i;
    printf("t");
    for (i = 0; i < RATES; i++) {{
        r[i] = initial[i];
        printf("\\t%s", rate_names[i]);
    }}
    for (k = 0; k <= steps; k++) {{
        printf("\\n%.17g", (double)k * dt);
        for (i = 0; i < RATES; i++) printf("\\t%.17g", r[i]);
        step(r, defaults, dt);
    }}
    printf("\\n");
    return 0;
}}
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the file."""
    system = system_of(model, given, NAMING, run)
    helpers = helpers_for(system.slopes, _HAS, "C")
    return _FRAME.format(
        notes="\n".join(comment("//", note) for note in system.notes),
        rates=len(system.rates),
        parameters=len(system.parameters),
        helpers="".join(
            f"static double {h.name}(double {u}) {{\n    return {c_text(h.value)};\n}}\n\n" for h in helpers
        ),
        body="\n".join(f"    {line}" for line in _body(system)),
        rate_names=", ".join(f'"{r.original}"' for r in system.rates),
        initial=", ".join(repr(r.value) for r in system.rates),
        defaults="\n".join(f"    {p.value!r}, {comment('//', f'{p.name}: {p.remark}')}" for p in system.parameters),
        step=system.step,
        steps=round(system.duration / system.step),
    )


def c_text(expression: Expr) -> str:
    """Return an expression in C, on one line."""
    functions = {name: name for name in ("expit", "softplus", "sech")}
    # Strict C99 has no M_PI and no M_SQRT2.
    printer = _Printer({"user_functions": functions, "math_macros": {}})
    return " ".join(str(printer.doprint(expression)).split())


def _body(system: System) -> Sequence[str]:
    return [
        *(f"const double {r.name} = r[{i}];" for i, r in enumerate(system.rates)),
        *(f"const double {p.name} = p[{i}];" for i, p in enumerate(system.parameters)),
        *(f"const double {x} = {c_text(value)};" for x, value in system.inputs),
        *(f"out[{i}] = {c_text(slope)};" for i, slope in enumerate(system.slopes)),
    ]


class _Printer(C99CodePrinter):
    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))
