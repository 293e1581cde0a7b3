"""SymPy's text of an expression as the formats that are Python scripts write it."""

from typing import Any

from sympy import Expr
from sympy.printing.str import StrPrinter

_NUMPY = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}


class PythonText(StrPrinter):
    """Numbers as Python reads them back, and functions by the names that NumPy has for them, behind a prefix."""

    def __init__(self, prefix: str = "", absolute: str = "abs") -> None:
        super().__init__()
        self._prefix, self._absolute = prefix, absolute

    def text(self, expression: Expr) -> str:
        """Return an expression on one line."""
        return str(self.doprint(expression))

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))

    def _print_Function(self, expr: Any) -> str:
        name = type(expr).__name__
        return self._called(f"{self._prefix}{_NUMPY.get(name, name)}", expr.args)

    def _print_Abs(self, expr: Any) -> str:
        return self._called(f"{self._prefix}{self._absolute}", expr.args)

    def _called(self, name: str, arguments: Any) -> str:
        return f"{name}({', '.join(map(self._print, arguments))})"
