"""A Python script for PyRates, which runs as it stands or lends its `circuit`."""

from collections.abc import Mapping
from typing import Any

import sympy

from ...symbolic.model import RateModel
from .helpers import helpers_for
from .python_text import PythonText
from .system import USUAL, Naming, Run, System, comment, system_of, words

_HAS = words("sin cos tan asin acos atan sinh cosh tanh erf")
# PyRates reads its equations by SymPy's `sympify`, to which I, N, S, beta or lambda mean something else, and adds
# variables of its own.
NAMING = Naming(frozenset(), keeps=USUAL, refuses=r".*_v\d+|.*__.*|.*_|.*_(buffer|delays|maxdelay|idx|hist).*")

_FRAME = """\
{notes}
{imports}from pyrates import CircuitTemplate, NodeTemplate, OperatorTemplate, clear
from pyrates.backend.base.base_funcs import base_funcs

# Functions that PyRates does not have by itself; its NumPy backend, the default one, finds them here.
{functions}
operator = OperatorTemplate(
    name="rates",
    path=None,
    equations=[
{equations}
    ],
    variables={{
{variables}
    }},
)
node = NodeTemplate(name="populations", path=None, operators=[operator])
circuit = CircuitTemplate(name="network", path=None, nodes={{"model": node}})
outputs = {{{outputs}}}

if __name__ == "__main__":
    # LSODA copies what the model's function returns, an array that the next call writes over; PyRates' own Heun method
    # and SciPy's DOP853 do not, which costs them digits. SciPy warns that `float_precision` is not meant for it.
    run = circuit.run(
        simulation_time={duration!r}, step_size={step!r}, float_precision="float64", outputs=outputs, verbose=False,
        clear=False, solver="scipy", method="LSODA", rtol=1e-12, atol=1e-14,
    )
    clear(circuit)
    print("t", *run.columns, sep="\\t")
    for t, row in zip(run.index, run.to_numpy()):
        print(t, *row, sep="\\t")
"""
_CHOOSE = """\
# a where u is positive, b elsewhere
base_funcs["choose"] = {
    "call": "choose",
    "func": lambda u, a, b: where(u > 0, a, b),
    "def": "\\ndef choose(u, a, b):\\n    return where(u > 0, a, b)\\n",
    "imports": ["numpy.where"],
}
"""
_ERF = """\
base_funcs["erf"] = {"call": "erf", "func": erf, "imports": ["scipy.special.erf"]}
"""
_HELPER = """\
base_funcs["{name}"] = {{
    "call": "{name}",
    "func": lambda u: {text},
    "def": "\\ndef {name}(u):\\n    return {text}\\n",
    "imports": ["numpy.exp", "numpy.log", "numpy.log1p", "numpy.tanh", "numpy.absolute"],
}}
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the script."""
    system = system_of(model, given, NAMING, run, guarded=True)
    helpers = [
        _HELPER.format(name=h.name, text=_HELPER_TEXT.text(h.value))
        for h in helpers_for(system.slopes, _HAS, "PyRates")
    ]
    applied = {type(a).__name__ for slope in system.slopes for a in slope.atoms(sympy.Function)}
    imports = "from numpy import absolute, exp, log, log1p, tanh\n" * bool(helpers)
    functions = [_CHOOSE] * ("Piecewise" in applied) + [_ERF] * ("erf" in applied) + helpers
    imports += "from numpy import where\n" * ("Piecewise" in applied)
    imports += "from scipy.special import erf\n" * ("erf" in applied)
    return _FRAME.format(
        notes="\n".join(comment("#", note) for note in system.notes),
        imports=imports,
        functions="".join(functions),
        equations="\n".join(f'        "{line}",' for line in _equations(system)),
        variables="\n".join(_variables(system)),
        outputs=", ".join(f'"{r.name}": "model/rates/{r.name}"' for r in system.rates),
        duration=system.duration + system.step,
        step=system.step,
    )


def _equations(system: System) -> list[str]:
    printer = _Printer(absolute="absv")
    return [
        *(f"{x} = {printer.text(value)}" for x, value in system.inputs),
        *(f"{r.name}' = {printer.text(s)}" for r, s in zip(system.rates, system.slopes, strict=True)),
    ]


def _variables(system: System) -> list[str]:
    return [
        *(f'        "{r.name}": "variable({r.value!r})",  {comment("#", r.remark)}' for r in system.rates),
        *(f'        "{x}": "variable(0.0)",' for x, _ in system.inputs),
        *(f'        "{p.name}": {p.value!r},  {comment("#", p.remark)}' for p in system.parameters),
    ]


_HELPER_TEXT = PythonText(absolute="absolute")


class _Printer(PythonText):
    """PyRates compares nothing: a condition is the sign of a difference."""

    def _applied(self, name: str, *arguments: str) -> str:
        # PyRates calls a value by the function that it comes from: given to the same function it would hide that.
        apart = [f"1.0*{a}" if a.startswith(f"{name}(") else a for a in arguments]
        return f"{name}({', '.join(apart)})"

    def _called(self, name: str, arguments: Any) -> str:
        return self._applied(name, *map(self._print, arguments))

    def _print_Piecewise(self, expr: Any) -> str:
        text = self._print(expr.args[-1][0])
        for value, condition in reversed(expr.args[:-1]):
            text = self._chosen(condition, self._print(value), text)
        return str(text)

    def _chosen(self, condition: Any, yes: str, no: str) -> str:
        if isinstance(condition, sympy.And):
            for part in condition.args:
                yes = self._chosen(part, yes, no)
            return yes
        if isinstance(condition, sympy.Or):
            for part in condition.args:
                no = self._chosen(part, yes, no)
            return no
        if isinstance(condition, sympy.Not):
            return self._chosen(condition.args[0], no, yes)
        if isinstance(condition, sympy.Eq | sympy.Ne):
            size = f"absv({self._print(condition.lhs - condition.rhs)})"
            return self._applied("choose", size, *((no, yes) if isinstance(condition, sympy.Eq) else (yes, no)))
        above = self._print(condition.gts - condition.lts)
        if isinstance(condition, sympy.Gt | sympy.Lt):
            return self._applied("choose", above, yes, no)
        return self._applied("choose", self._print(condition.lts - condition.gts), no, yes)

    def _print_Min(self, expr: Any) -> str:
        return self._nested("mini", expr.args)

    def _print_Max(self, expr: Any) -> str:
        return self._nested("maxi", expr.args)

    def _nested(self, name: str, arguments: Any) -> str:
        text = self._print(arguments[0])
        for other in arguments[1:]:
            text = self._applied(name, text, self._print(other))
        return str(text)
