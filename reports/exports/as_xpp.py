"""An .ode file for XPPAUT."""

from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Expr, Symbol
from sympy.printing.str import StrPrinter

from ...symbolic.errors import NullclineError
from ...symbolic.model import RateModel
from .helpers import helpers_for, u
from .system import Naming, Run, comment, system_of, words

# XPP reads upper and lower case alike, ten letters of a name, and lines up to about a thousand characters.
_LONGEST_NAME, _LONGEST_LINE = 9, 600
_HAS = words("sin cos tan asin acos atan sinh cosh tanh erf")
_WORDS = words(
    "abs acos and arg asin atan atan2 aux besseli besselj bessely bndry by command cosh cos del_shft delay done dt"
    " else end erf erfc exp export expit expm1 fixed flr force_newton global heav hom_bcs if init int ishift lgamma"
    " ln log log10 log1p markov max min mod normal not number of only options or par param pi poisson ran save sech set"
    " shift sign sin sinh softplus solv special sqrt start sum table tan tanh then total t u v volt wiener"
)
NAMING = Naming(_WORDS, refuses=r"(?i)arg\d+|q\d+", longest=_LONGEST_NAME, one_case=True)


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the file."""
    system = system_of(model, given, NAMING, run)
    helpers = helpers_for(system.slopes, _HAS, "XPP")
    pieces, slopes = _short(system.slopes)
    lines = [comment("#", _unbracketed(note)) for note in system.notes]
    for p in system.parameters:
        lines += [comment("#", _unbracketed(f"{p.name}: {p.remark}")), f"par {p.name}={p.value!r}"]
    lines += [f"{helper.name}({u})={_text(helper.value)}" for helper in helpers]
    lines += [f"init {r.name}={r.value!r}" for r in system.rates]
    lines += [f"{symbol}={_text(value)}" for symbol, value in [*system.inputs, *pieces]]
    lines += [f"{r.name}'={_text(slope)}" for r, slope in zip(system.rates, slopes, strict=True)]
    for line in lines:
        if len(line) > 2 * _LONGEST_LINE and not line.startswith("#"):
            raise NullclineError(f"XPP reads no line as long as one of this model ({len(line)} characters)")
    samples = round(system.duration / system.step) + 10
    lines += [
        f"@ total={system.duration!r}, dt={system.step!r}, method=rungekutta, bounds=1e12, maxstor={samples}",
        f"@ xp=t, yp={system.rates[0].name}, xlo=0, xhi={system.duration!r}, ylo=0, yhi=1",
        "done",
    ]
    return "\n".join(lines) + "\n"


def _short(slopes: tuple[Expr, ...]) -> tuple[list[tuple[Symbol, Expr]], list[Expr]]:
    """Return the equations in pieces that go by q0, q1, ... where a line would be too long."""
    pieces: list[tuple[Symbol, Expr]] = []

    def named(e: Expr) -> Expr:
        if len(_text(e)) <= _LONGEST_LINE // 8:
            return e
        value = fitted(e)
        pieces.append((Symbol(f"q{len(pieces)}", real=True), value))
        return pieces[-1][0]

    def fitted(e: Expr) -> Expr:
        if len(_text(e)) <= _LONGEST_LINE:
            return e
        if isinstance(e, sympy.Piecewise):
            return sympy.Piecewise(*((named(value), condition) for value, condition in e.args))
        if isinstance(e, sympy.Add | sympy.Mul) and len(e.args) > 2:
            middle = len(e.args) // 2
            return e.func(named(e.func(*e.args[:middle])), named(e.func(*e.args[middle:])))
        return e.func(*map(named, e.args))

    rest = [fitted(slope) for slope in slopes]
    return pieces, rest


def _unbracketed(text: str) -> str:
    # XPP repeats a line for [1..9], and reads its first 256 characters.
    return text.translate(str.maketrans('[]%{}"\\', "()/()'/")).encode("ascii", "replace").decode("ascii")


def _text(expression: Expr) -> str:
    return str(_Printer().doprint(expression))


class _Printer(StrPrinter):
    """SymPy's own text, with XPP's words for powers and conditions."""

    def _print_Pow(self, expr: Any, rational: bool = False) -> str:
        if expr.exp == sympy.S.Half:
            return f"sqrt({self._print(expr.base)})"
        if expr.exp == -1:
            return f"1/({self._print(expr.base)})"
        # XPP takes no sign after an operator.
        return f"(({self._print(expr.base)})^({self._print(expr.exp)}))"

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Abs(self, expr: Any) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_Function(self, expr: Any) -> str:
        return f"{type(expr).__name__}({', '.join(map(self._print, expr.args))})"

    def _print_log(self, expr: Any) -> str:
        return f"ln({self._print(expr.args[0])})"

    def _print_Min(self, expr: Any) -> str:
        return self._nested("min", expr.args)

    def _print_Max(self, expr: Any) -> str:
        return self._nested("max", expr.args)

    def _nested(self, name: str, arguments: Any) -> str:
        text = self._print(arguments[0])
        for argument in arguments[1:]:
            text = f"{name}({text}, {self._print(argument)})"
        return str(text)

    def _print_Piecewise(self, expr: Any) -> str:
        text = self._print(expr.args[-1][0])
        for value, condition in reversed(expr.args[:-1]):
            text = f"if({self._print(condition)})then({self._print(value)})else({text})"
        return f"({text})"

    def _print_Relational(self, expr: Any) -> str:
        return f"(({self._print(expr.lhs)}){expr.rel_op}({self._print(expr.rhs)}))"

    def _print_And(self, expr: Any) -> str:
        return f"({'&'.join(self._print(a) for a in sorted(expr.args, key=sympy.default_sort_key))})"

    def _print_Or(self, expr: Any) -> str:
        return f"({'|'.join(self._print(a) for a in sorted(expr.args, key=sympy.default_sort_key))})"

    def _print_Not(self, expr: Any) -> str:
        return f"not({self._print(expr.args[0])})"
