"""Mathematics as MathML, which a browser sets by itself; and the directive `derived`, which shows a derived equation.

    ```{derived} eigenvalue
    ```

shows that step of the derivation of `RateModel.single()`, as the report does: no formula is typed twice. With
`:general:` it is the line for any F. `NOISE` has what is derived of Ornstein-Uhlenbeck input, and `rewritten` some
steps in other letters.
"""

import re
from functools import cache
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.utils.math.latex2mathml import tex2mathml
from nullcline.reports.formats.markup import display, element
from nullcline.symbolic import Derivation, RateModel
from nullcline.symbolic.functions import textbook
from nullcline.symbolic.noise import EULER_MARUYAMA, EXACT, PROCESS, Chain, dt, sigma, tau
from nullcline.symbolic.notation import layout
from nullcline.symbolic.typeset import to_text
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sympy import Basic, Derivative, Eq, Function, Symbol, expand, simplify, symbols
from sympy.core.function import AppliedUndef


@cache
def derivation() -> Derivation:
    return RateModel.single().derive()


def boxed(formula: str, title: str, *, wide: bool) -> str:
    """Return a formula on a line of its own; one that may be too wide for a phone is scrolled by keyboard."""
    scroll = {"tabindex": "0", "role": "group", "aria_label": title} if wide else {}
    return element("div", formula, class_="derived", **scroll)


# So many characters of a formula as text may be wider than a phone; of LaTeX it takes more.
_WIDE, _WIDE_LATEX = 34, 60


def of_noise(equation: Basic) -> Basic:
    """Return an equation in which the time constant is called the noise's."""
    return equation.subs(tau, Symbol("tau_eta", positive=True))


def noise_update(chain: Chain) -> Basic:
    """Return one step of a chain."""
    now, later, normal = symbols("eta_k eta_k+1 n_k+1", positive=True)
    return of_noise(Eq(later, textbook(chain.decay * now + chain.amplitude * normal)))


def noise_variance(chain: Chain) -> Basic:
    """Return the variance that a chain settles at, its step in units of the time constant."""
    variance, step = symbols("V h", positive=True)
    settled = chain.stationary_variance.subs(dt, step * tau)
    return Eq(variance, sigma**2 / expand(simplify(sigma**2 / settled)))


NOISE = {
    "noise_process": ("The Ornstein-Uhlenbeck process", of_noise(PROCESS)),
    "noise_exact": ("A step of the noise", noise_update(EXACT)),
    "noise_euler": ("A step of the noise by Euler's method", noise_update(EULER_MARUYAMA)),
    "noise_variance": ("The variance that Euler's method settles at", noise_variance(EULER_MARUYAMA)),
}


@cache
def rewritten() -> dict[str, tuple[str, Basic]]:
    """Return what follows from a step by a change of letters: no recurrence, or the input x in place of the rate."""
    fixed = derivation()["fixed_point_equation"].general
    (slope,) = derivation()["critical_points"].general.atoms(AppliedUndef)
    r_star, x, w, external = symbols("r_star x w I_ext", real=True)
    h = expand(w * (fixed.lhs - fixed.rhs).subs(r_star, (x - external) / w))
    return {
        "rate_equation_alone": ("Without recurrence", derivation()["rate_equation"].equation.subs(w, 0)),
        "input_equation": ("Fixed points as zeros in the input", Eq(Function("h")(x), h)),
        "input_slope": (
            "The slope of h",
            Eq(Function("h'")(x), h.diff(x).replace(Derivative, lambda f, _: slope.func(x))),
        ),
    }


def equation_of(key: str, *, general: bool) -> tuple[str, Basic]:
    """Return the title and the equation of a step; raise KeyError, with the nearest key, where there is none."""
    made = NOISE | rewritten()
    if key in made:
        return made[key]
    step = derivation()[key]
    if general and step.general is None:
        raise KeyError(f"step {step.key!r} has no line for any F: leave :general: out")
    return step.title, step.general if general else step.equation


class Derived(SphinxDirective):
    """Shows one step of the derivation."""

    required_arguments = 1
    option_spec: ClassVar = {"general": directives.flag}

    def run(self) -> list[nodes.Node]:
        try:
            title, equation = equation_of(self.arguments[0], general="general" in self.options)
        except KeyError as error:
            raise self.error(error.args[0]) from None
        formula = layout(equation)
        wide = len(max(to_text(formula).split("; "), key=len)) > _WIDE
        return [nodes.raw("", boxed(display(formula), title, wide=wide), format="html")]


# Fences and the stroke of a quotient such as dr/dt stand without gaps.
_TIGHT = re.compile(r'<mo stretchy="false">([/|])</mo>')


def mathml(tex: str, *, display: bool) -> str:
    """Return LaTeX as MathML."""
    return str(_TIGHT.sub(r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', tex2mathml(tex, as_block=display)))


def inline_maths(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), display=False))
    raise nodes.SkipNode


def display_maths(translator: HTML5Translator, node: nodes.math_block) -> None:
    written = mathml(node.astext(), display=True)
    translator.body.append(boxed(written, "Equation", wide=len(node.astext()) > _WIDE_LATEX))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("derived", Derived)
    app.add_html_math_renderer("mathml", (inline_maths, None), (display_maths, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
