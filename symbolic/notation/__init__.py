"""How a formula is written: names, the order of terms, fractions and brackets, decided once for every printer.

`layout` turns a SymPy object into a small tree of frozen nodes. The tree says what stands where and what it means
(a function applied, a derivative, a sum of signed terms); `typeset` writes it as text, LaTeX or MathML and decides
nothing but spacing. The rules, as a textbook has them:

Names. `tau` is τ, `I_ext` is I with an upright subscript, `w_EI` has two indices, `r_star` or `r*` is a fixed point,
`r_k_next` or `r_k+1` has the subscript k+1, `x_minus` the subscript −, `r_inf` the subscript ∞, `r0` the subscript 0,
`F'` is a derivative, `F^-1` an inverse. A longer unknown name stays one upright word, with what follows its last `_`
as subscript.

Sums. The first rule that fits orders the terms:
1. A polynomial in one symbol goes by degree.
2. The leak goes first: −r beside a function or an input, as in −r + F(w r + I_ext); −1 beside a transfer function or
   beside a weight times a function, as in −1 + w F′(x). What is left follows the other rules.
3. Of a steady part and a transient (a factor e^{…t…} or (1 − h)^k) the transient goes last.
4. An input goes recurrent terms first, in the order of their weights, then the external input, then the rest:
   w_EE r_E − w_EI r_I + I_ext,E. Should that begin with a minus, the first positive term is moved to the front.
5. Else positive terms go first. Within a sign: derivatives, products of symbols by falling degree (variables before
   parameters), fractions, functions from simple to complicated. A positive number goes first beside products and
   functions (1 + e^u), last beside single symbols (k + 1).

Products. Number, parameters in model order (tau a b theta R k n w I s), other symbols, variables, bracketed sums, time,
functions, exponentials, the perturbation ε(t), derivatives, integrals. Negative powers go into the denominator, a minus
sign in front of the fraction, √2/2 is 1/√2, s − 1 is −(1 − s). A named function, an integral, a case distinction and a
tall sum stand beside their fraction, and so does a sum with functions that has a coefficient: (2/a) artanh(q),
(dt/τ)[−r + F(x)].

Fractions are stacked; in exponents, and where both parts are simple and the fraction stands inside another, they are
written with a slash. Brackets around groups alternate () [] {} from the inside; a function's argument always has ().
A bound in a case distinction has the variable on its left, a bound by a number the number on its right.

Exponents. A polynomial exponent of two to four terms is factored if it has a common factor, and the variable in it made
positive: exp(-a*x + a*theta) is written e^{−a(x−θ)}. Elsewhere products and sums stay as given. A crowded exponent is
written exp(...). Decimal numbers are shown to six digits.

What is unknown here is shown as SymPy spells it, as text: a formula may look plain, it may not be wrong.
A SymPy class may say itself how it is written, by a method `_nullcline_layout(self, layout)` that returns a node.

>>> from nullcline.symbolic.typeset import to_text
>>> a, x, theta = sympy.symbols("a x theta")
>>> to_text(layout(1 / (1 + sympy.exp(-a * (x - theta))) - 1 / (1 + sympy.exp(a * theta))))
'1/[1 + e^(-a(x - θ))] - 1/[1 + e^(a θ)]'
"""

from typing import Any

import sympy

from . import calculus, exponentials, functions, matrices, numbers, powers, products, sets, statements, sums
from .brackets import is_tall
from .breaking import broken
from .dispatch import RULES, layout_of
from .extent import extent
from .names import GREEK, name
from .nodes import (
    Aligned,
    Apply,
    BigOperator,
    Cases,
    Decorated,
    Derivative,
    Fenced,
    Fraction,
    Group,
    Identifier,
    Matrix,
    Node,
    Number,
    Operator,
    Power,
    Product,
    Relation,
    Root,
    Sequence,
    Sum,
    Term,
    Text,
    is_indented,
)
from .style import style_for, tell_dummies_apart

__all__ = [
    "GREEK",
    "Aligned",
    "Apply",
    "BigOperator",
    "Cases",
    "Decorated",
    "Derivative",
    "Fenced",
    "Fraction",
    "Group",
    "Identifier",
    "Matrix",
    "Node",
    "Number",
    "Operator",
    "Power",
    "Product",
    "Relation",
    "Root",
    "Sequence",
    "Sum",
    "Term",
    "Text",
    "broken",
    "extent",
    "is_indented",
    "is_tall",
    "layout",
    "name",
]


def layout(expr: Any) -> Node:
    """The tree of an expression, relation, set, condition or matrix: everything decided but the output format.

    >>> w, r, tau = sympy.symbols("w r* tau")
    >>> layout(w * r)
    Product(factors=(Identifier(text='w', upright=False), Decorated(base=Identifier(text='r', upright=False), \
sub=None, sup=Operator(text='∗'), primes=0)), dotted=False)
    """
    if isinstance(expr, bool | int | float):
        expr = sympy.sympify(expr)
    elif isinstance(expr, sympy.MatrixBase):
        expr = expr.as_immutable()
    elif isinstance(expr, sympy.FunctionClass):
        return name(expr.__name__)
    if not isinstance(expr, sympy.Basic):
        return Text(str(expr))
    expr = tell_dummies_apart(expr)
    return layout_of(expr, style_for(expr))


# Each module holds the rules of its own; they come together here, since they lay out each other's parts.
RULES.update(
    {
        **numbers.RULES,
        **sums.RULES,
        **products.RULES,
        **powers.RULES,
        **functions.RULES,
        **exponentials.RULES,
        **calculus.RULES,
        **statements.RULES,
        **sets.RULES,
        **matrices.RULES,
    }
)
