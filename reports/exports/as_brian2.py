"""A Python script for Brian2, which runs as it stands or lends its `equations`, `functions` and `values`."""

from collections.abc import Mapping
from typing import Any

import sympy

from ...symbolic.model import RateModel
from .as_c import c_text
from .helpers import Helper, helpers_for
from .python_text import PythonText
from .system import USUAL, Naming, Run, System, comment, system_of, words

_HAS = words("sin cos tan asin acos atan sinh cosh tanh expm1 log1p erf")
# A parameter becomes an attribute of the group and a variable in generated C++, beside names that no list holds: one
# called `order` or `double` would be lost without a word.
NAMING = Naming(frozenset(), keeps=USUAL, refuses=r".*_(pre|post)|.*__.*|.*_")

_FRAME = '''\
{notes}
{imports}import numpy as np
from brian2 import Equations, Function, NeuronGroup, StateMonitor, ms, run

equations = Equations("""
{equations}
""")

# The functions that the equations call, for each of Brian2's ways to compute.
functions = {{}}
{functions}
values = {{
{values}
}}


def group(**options):
    """A NeuronGroup of one such model, at its start."""
    made = NeuronGroup(1, equations, method="rk4", dt={step!r} * ms, namespace=functions, **options)
    for name, value in values.items():
        setattr(made, name, value)
    return made


if __name__ == "__main__":
    model = group()
    monitor = StateMonitor(model, {names!r}, record=True)
    run({duration!r} * ms)
    print("t", *{names!r}, sep="\\t")
    for k, t in enumerate(monitor.t / ms):
        print(t, *(getattr(monitor, name)[0][k] for name in {names!r}), sep="\\t")
'''
_CHOOSE = """
choose = Function(
    lambda c, a, b: np.where(c, a, b),
    arg_units=[1, 1, 1], return_unit=1, arg_types=["boolean", "any", "any"], arg_names=["c", "a", "b"],
)
choose.implementations.add_implementation(
    "cpp", "static inline double choose(bool c, double a, double b) { return c ? a : b; }"
)
choose.implementations.add_implementation(
    "cython", "cdef double choose(bint c, double a, double b):\\n    return a if c else b\\n"
)
functions["choose"] = choose
"""
_ERF = """
erf = Function(scipy.special.erf, arg_units=[1], return_unit=1, arg_names=["u"])
erf.implementations.add_implementation("cpp", "", name="erf")
erf.implementations.add_implementation("cython", "from libc.math cimport erf", name="erf")
functions["erf"] = erf
"""
_HELPER = """
{name} = Function(
    lambda u: {numpy}, arg_units=[1], return_unit=1, arg_names=["u"]
)
{name}.implementations.add_implementation(
    "cpp", "static inline double {name}(double u) {{ return {c}; }}"
)
{name}.implementations.add_implementation(
    "cython", "from libc.math cimport exp, fabs, log1p\\ncdef double {name}(double u):\\n    return {cython}\\n"
)
functions["{name}"] = {name}
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the script."""
    system = system_of(model, given, NAMING, run, guarded=True)
    helpers = helpers_for(system.slopes, _HAS, "Brian2")
    applied = {type(a).__name__ for slope in system.slopes for a in slope.atoms(sympy.Function)}
    functions = [_CHOOSE] * bool(applied & {"Piecewise", "Min", "Max"}) + [_ERF] * ("erf" in applied)
    functions += [_helper(h) for h in helpers]
    return _FRAME.format(
        notes="\n".join(comment("#", note) for note in system.notes),
        imports="import scipy.special\n" if "erf" in applied else "",
        equations="\n".join(_equations(system)),
        functions="".join(functions),
        values="\n".join(_values(system)),
        step=system.step,
        duration=system.duration + system.step / 2,
        names=[r.name for r in system.rates],
    ).replace("import scipy.special\nimport numpy as np\n", "import numpy as np\nimport scipy.special\n")


def _equations(system: System) -> list[str]:
    printer = _Printer()
    return [
        *(f"d{r.name}/dt = {printer.text(s)} : 1" for r, s in zip(system.rates, system.slopes, strict=True)),
        *(f"{x} = {printer.text(value)} : 1" for x, value in system.inputs),
        *(f"{p.name} : {'second' if p.name in system.time_constants else 1} (constant)" for p in system.parameters),
    ]


def _values(system: System) -> list[str]:
    def line(name: str, value: float, remark: str) -> str:
        return f'    "{name}": {value!r}{" * ms" if name in system.time_constants else ""},  {comment("#", remark)}'

    return [line(q.name, q.value, q.remark) for q in (*system.parameters, *system.rates)]


def _helper(helper: Helper) -> str:
    c = c_text(helper.value)
    # A quotient of two whole numbers is none in Cython: it divides as C does.
    return _HELPER.format(name=helper.name, numpy=PythonText("np.").text(helper.value), c=c, cython=c)


class _Printer(PythonText):
    def _print_Piecewise(self, expr: Any) -> str:
        text = self._print(expr.args[-1][0])
        for value, condition in reversed(expr.args[:-1]):
            text = f"choose({self._print(condition)}, {self._print(value)}, {text})"
        return str(text)

    def _print_Min(self, expr: Any) -> str:
        return self._nested("<", expr.args)

    def _print_Max(self, expr: Any) -> str:
        return self._nested(">", expr.args)

    def _nested(self, sign: str, arguments: Any) -> str:
        text = self._print(arguments[0])
        for other in map(self._print, arguments[1:]):
            text = f"choose({text} {sign} {other}, {text}, {other})"
        return str(text)

    def _print_Relational(self, expr: Any) -> str:
        return f"(({self._print(expr.lhs)}) {expr.rel_op} ({self._print(expr.rhs)}))"

    def _print_And(self, expr: Any) -> str:
        return f"({' and '.join(self._print(a) for a in sorted(expr.args, key=sympy.default_sort_key))})"

    def _print_Or(self, expr: Any) -> str:
        return f"({' or '.join(self._print(a) for a in sorted(expr.args, key=sympy.default_sort_key))})"

    def _print_Not(self, expr: Any) -> str:
        return f"(not {self._print(expr.args[0])})"
