"""Mathematics as MathML, which a browser sets by itself; and the directive `derived`, which shows a derived equation.

    ```{derived} eigenvalue
    ```

shows that step of the derivation of `RateModel.single()`, as the report does: no formula is typed twice. With
`:general:` it is the line for any F.
"""

from functools import cache

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.utils.math.latex2mathml import tex2mathml
from nullcline.reports.formats.markup import display, element
from nullcline.symbolic import Derivation, RateModel
from nullcline.symbolic.notation import layout
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


@cache
def derivation() -> Derivation:
    return RateModel.single().derive()


class Derived(SphinxDirective):
    """Shows one step of the derivation."""

    required_arguments = 1
    option_spec = {"general": directives.flag}

    def run(self) -> list[nodes.Node]:
        try:
            step = derivation()[self.arguments[0]]
        except KeyError as error:
            raise self.error(error.args[0]) from None
        equation = step.equation
        if "general" in self.options:
            if step.general is None:
                raise self.error(f"step {step.key!r} has no line for any F: leave :general: out")
            equation = step.general
        box = element("div", display(layout(equation)), class_="derived", tabindex="0", role="math", aria_label=step.title)
        return [nodes.raw("", box, format="html")]


_SLASH = ('<mo stretchy="false">/</mo>', '<mo stretchy="false" lspace="0" rspace="0">/</mo>')


def mathml(tex: str, *, display: bool) -> str:
    """Return LaTeX as MathML, a quotient such as dr/dt without gaps."""
    return str(tex2mathml(tex, as_block=display)).replace(*_SLASH)


def inline_maths(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), display=False))
    raise nodes.SkipNode


def display_maths(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(element("div", mathml(node.astext(), display=True), class_="derived", tabindex="0"))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("derived", Derived)
    app.add_html_math_renderer("mathml", (inline_maths, None), (display_maths, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
