"""A LaTeX document: the equations as they are stated, and a table of the parameters."""

import re
from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Expr
from sympy.printing.latex import LatexPrinter

from ...symbolic.model import RateModel
from ..formats.latex_text import ESCAPES
from .system import Naming, Quantity, Run, comment, plain, system_of, words

_GREEK = words(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
    " omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
)
# `e` is the base of the exponential in the formulas, `t` the time.
NAMING = Naming(frozenset({"e", "t"}))

# The plain document has no straight quotation mark.
_ESCAPES = {**ESCAPES, '"': "''"}
# Every LaTeX sets these; at other letters it may stop.
_ACCENTED = frozenset("äöüÄÖÜßéèêëáàâíìîïóòôúùûñçÉÈÁÀÓÚÑÇ")

_FRAME = r"""%(comments)s
\documentclass{article}
\usepackage{amsmath}
\begin{document}
\section*{%(title)s}
%% dr/dt in 1/ms
\begin{align*}
%(equations)s
\end{align*}

\begin{tabular}{llll}
parameter & value & unit & meaning \\
\hline
%(table)s
\end{tabular}
\end{document}
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the document."""
    system = system_of(model, given, NAMING, run, textbook=True)
    slopes = zip(system.rates, model.populations, system.slopes, strict=True)
    lines = [f"{_text(x)} &= {_text(total)}" for x, total in system.inputs]
    by_name = {p.original: p for p in system.parameters}
    for rate, population, slope in slopes:
        tau = by_name[population.tau.name].symbol
        left = rf"{_text(tau)} \frac{{d {_text(rate.symbol)}}}{{d t}}"
        lines.append(f"{left} &= {_text(sympy.expand(slope * tau, deep=False))}")
    return _FRAME % {
        "comments": "\n".join(comment("%", note) for note in system.notes),
        "title": _escaped(plain(model.name)),
        "equations": " \\\\\n".join(lines),
        "table": "\n".join(_row(p) for p in system.parameters),
    }


def _row(p: Quantity) -> str:
    return rf"${_text(p.symbol)}$ & \texttt{{{p.value!r}}} & {_escaped(p.unit)} & {_escaped(p.meaning)} \\"


def _escaped(text: str) -> str:
    """Return a text that LaTeX sets letter by letter."""
    return "".join(_ESCAPES.get(c, c if c.isascii() or c in _ACCENTED else "?") for c in text)


def _text(expression: Expr) -> str:
    return str(_Printer({"ln_notation": True}).doprint(expression))


class _Printer(LatexPrinter):
    """SymPy's own LaTeX, with the subscripts of a population: tau_E, I_ext_E."""

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        head, _, below = expr.name.partition("_")
        letters = re.match(r"[A-Za-z]+", head)
        if letters and letters[0] in _GREEK:
            head = f"\\{letters[0]}" + f"\\mathrm{{{head[letters.end() :]}}}" * (letters[0] != head)
        elif len(head) > 1:
            head = rf"\mathrm{{{head}}}"
        return str(head) + rf"_{{\mathrm{{{below.replace('_', ',')}}}}}" * bool(below)
