"""SBML Level 3 Version 1: rate rules in MathML."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import sympy
from sympy import Expr
from sympy.printing.mathml import MathMLContentPrinter

from ...symbolic.model import RateModel
from .helpers import helpers_for, u, v
from .system import Naming, Quantity, Run, System, system_of, words

_HAS = words("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh")
# An identifier may be any name; what readers' own formulas know is left to them, and libRoadRunner's attribute `this`.
_WORDS = words("time avogadro delay pi exponentiale true false infinity notanumber u v ms model this")
_WORDS |= words("smaller larger expit softplus log1p expm1 sech erf exp ln log abs piecewise and or not")
NAMING = Naming(_WORDS)

# MathML in SBML got words for these only in Version 2.
_EXTREMES = ((sympy.Min, "smaller", sympy.Le), (sympy.Max, "larger", sympy.Ge))

_MATHML = 'xmlns="http://www.w3.org/1998/Math/MathML"'
_FRAME = """\
<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
  <model id="model" name={title} timeUnits="ms">
    <notes>
      <body xmlns="http://www.w3.org/1999/xhtml">
{notes}
      </body>
    </notes>
{helpers}    <listOfUnitDefinitions>
      <unitDefinition id="ms">
        <listOfUnits>
          <unit kind="second" exponent="1" scale="-3" multiplier="1"/>
        </listOfUnits>
      </unitDefinition>
    </listOfUnitDefinitions>
    <listOfParameters>
{parameters}
    </listOfParameters>
    <listOfRules>
{rules}
    </listOfRules>
  </model>
</sbml>
"""


def write(model: RateModel, given: Mapping[str, object], run: Run) -> str:
    """Return the text of the document."""
    system = system_of(model, given, NAMING, run)
    extremes = [(kind, name, relation) for kind, name, relation in _EXTREMES if any(e.has(kind) for e in system.slopes)]
    functions = "".join(
        [
            *(
                _function(name, (u, v), sympy.Piecewise((u, relation(u, v)), (v, True)))
                for _, name, relation in extremes
            ),
            *(_function(h.name, (u,), h.value) for h in helpers_for(system.slopes, _HAS, "SBML")),
        ]
    )
    rules = [
        *(_rule("assignment", str(x), value) for x, value in system.inputs),
        *(_rule("rate", r.name, slope) for r, slope in zip(system.rates, system.slopes, strict=True)),
    ]
    return _FRAME.format(
        title=quoteattr(system.title),
        notes="\n".join(f"        <p>{escape(note)}</p>" for note in system.notes),
        helpers=functions and f"    <listOfFunctionDefinitions>\n{functions}    </listOfFunctionDefinitions>\n",
        parameters="\n".join(_parameters(system)),
        rules="\n".join(rules),
    )


def _parameters(system: System) -> list[str]:
    def line(q: Quantity, constant: str) -> str:
        unit = "ms" if q.name in system.time_constants else "dimensionless"
        name = quoteattr(f"{q.original}: {q.remark}")
        return f'      <parameter id="{q.name}" name={name} value="{q.value!r}" units="{unit}" constant="{constant}"/>'

    return [
        *(line(r, "false") for r in system.rates),
        *(line(p, "true") for p in system.parameters),
        *(f'      <parameter id="{x}" units="dimensionless" constant="false"/>' for x, _ in system.inputs),
    ]


def _function(name: str, arguments: tuple[sympy.Symbol, ...], value: Expr) -> str:
    bound = "".join(f"<bvar><ci>{a}</ci></bvar>" for a in arguments)
    math = f"<math {_MATHML}><lambda>{bound}{_mathml(value)}</lambda></math>"
    return f'      <functionDefinition id="{name}">\n        {math}\n      </functionDefinition>\n'


def _rule(kind: str, name: str, value: Expr) -> str:
    tag = f"{kind}Rule"
    return f'      <{tag} variable="{name}">\n        <math {_MATHML}>{_mathml(value)}</math>\n      </{tag}>'


def _mathml(expression: Expr) -> str:
    return str(_Printer().doprint(expression))


class _Printer(MathMLContentPrinter):
    """SymPy's MathML, with names as they are and numbers as SBML has them."""

    def _print_Symbol(self, sym: Any) -> Any:
        return self._element("ci", sym.name)

    def _print_Float(self, e: Any) -> Any:
        # A number with an exponent is a type of its own, with an empty element between its two parts.
        digits, _, exponent = repr(float(e)).partition("e")
        made = self._element("cn", digits)
        if exponent:
            made.setAttribute("type", "e-notation")
            made.appendChild(self.dom.createElement("sep"))
            made.appendChild(self.dom.createTextNode(str(int(exponent))))
        return made

    def _print_Function(self, e: Any) -> Any:
        name = type(e).__name__
        built_in = name in _HAS or name in ("exp", "log")
        called = self.dom.createElement(self.mathml_tag(e)) if built_in else self._element("ci", name)
        return self._applied(called, map(self._print, e.args))

    def _print_Abs(self, e: Any) -> Any:
        return self._applied(self.dom.createElement("abs"), map(self._print, e.args))

    def _print_Min(self, e: Any) -> Any:
        return self._nested("smaller", e.args)

    def _print_Max(self, e: Any) -> Any:
        return self._nested("larger", e.args)

    def _nested(self, name: str, arguments: Any) -> Any:
        first, *others = map(self._print, arguments)
        for other in others:
            first = self._applied(self._element("ci", name), [first, other])
        return first

    def _applied(self, called: Any, arguments: Any) -> Any:
        made = self.dom.createElement("apply")
        for part in (called, *arguments):
            made.appendChild(part)
        return made

    def _element(self, tag: str, text: str) -> Any:
        made = self.dom.createElement(tag)
        made.appendChild(self.dom.createTextNode(text))
        return made
