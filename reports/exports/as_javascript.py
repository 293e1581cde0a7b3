"""An ES module: the right-hand side, the parameters' values, and a step of an integration."""

from collections.abc import Mapping
from typing import Any

from sympy import Expr
from sympy.printing.jscode import JavascriptCodePrinter

from ...symbolic.model import RateModel
from .helpers import helpers_for, u
from .system import Naming, Run, comment, system_of, words

_HAS = words("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh expm1 log1p")
_WORDS = words(
    "abstract arguments async await boolean break byte case catch char class const continue debugger default delete"
    " do double else enum eval export extends false final finally float for from function get goto if implements"
    " import in instanceof int interface let long native new null of package private protected public return set"
    " short static super switch synchronized this throw throws transient true try typeof undefined var void"
    " volatile while with yield Infinity Math NaN r p u rhs step names initial defaults expit softplus sech erf"
)
NAMING = Naming(_WORDS, refuses="r_init")

_FRAME = """\
{notes}

/** The rates, in the order in which they stand in an array. */
export const names = [{names}];

/** Where they start. */
export const initial = [{initial}];

/** The parameters. */
export const defaults = {{
{defaults}
}};

{helpers}/** Return dr/dt in 1/ms for an array of rates. */
export function rhs(r, p = defaults) {{
  const [{rates}] = r;
  const {{ {parameters} }} = p;
{inputs}
  return [
{slopes}
  ];
}}

/** Return the rates dt (ms) later, by the classical fourth-order Runge-Kutta method. */
export function step(r, dt = {step!r}, p = defaults) {{
  const ahead = (k, h) => r.map((value, i) => value + h * k[i]);
  const k1 = rhs(r, p);
  const k2 = rhs(ahead(k1, dt / 2), p);
  const k3 = rhs(ahead(k2, dt / 2), p);
  const k4 = rhs(ahead(k3, dt), p);
  return r.map((value, i) => value + (dt / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
}}
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the module."""
    system = system_of(model, given, NAMING, run)
    helpers = helpers_for(system.slopes, _HAS, "JavaScript")
    return _FRAME.format(
        notes="\n".join(comment("//", note) for note in system.notes),
        names=", ".join(f'"{r.original}"' for r in system.rates),
        initial=", ".join(repr(r.value) for r in system.rates),
        defaults="\n".join(f"  {p.name}: {p.value!r}, {comment('//', p.remark)}" for p in system.parameters),
        helpers="".join(f"function {h.name}({u}) {{\n  return {_text(h.value)};\n}}\n\n" for h in helpers),
        rates=", ".join(r.name for r in system.rates),
        parameters=", ".join(p.name for p in system.parameters),
        inputs="\n".join(f"  const {x} = {_text(value)};" for x, value in system.inputs),
        slopes="\n".join(f"    {_text(slope)}," for slope in system.slopes),
        step=system.step,
    )


def _text(expression: Expr) -> str:
    functions = {name: name for name in ("expit", "softplus", "sech", "erf")}
    printer = _Printer({"user_functions": {**functions, "expm1": "Math.expm1", "log1p": "Math.log1p"}})
    return " ".join(str(printer.doprint(expression)).split())


class _Printer(JavascriptCodePrinter):
    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))
