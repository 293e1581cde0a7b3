"""What students usually get wrong in F, F', dr/dt and the eigenvalue, derived from the right expression of any model.

Each mistake is a change of the model's own formula, so that no wrong formula is typed here: an exponent's sign turned,
a term left out, a parameter exchanged for another. Two changes together are two mistakes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Literal, TypeAlias

import sympy
from sympy import Add, Expr, Function, Integer, Mul, Piecewise, Pow, Symbol, exp, tanh
from sympy import erf as error_function

from .model import Population, RateModel
from .notation import layout
from .transfer import x
from .typeset import to_text

__all__ = ["KINDS", "Kind", "Mistake", "right", "two_mistakes", "usual_mistakes"]

Kind: TypeAlias = Literal["F", "dF", "drdt", "eigenvalue"]
KINDS: tuple[Kind, ...] = ("F", "dF", "drdt", "eigenvalue")

# A transfer function at an argument: of order 0, or a derivative of it.
Response: TypeAlias = Callable[[Expr, int], Expr]
_Form: TypeAlias = Callable[[Response], Expr]


@dataclass(frozen=True)
class Mistake:
    """A wrong expression, in x or in the rate and the parameters, and what went wrong, as the end of a sentence."""

    sentence: str
    expression: Expr


def right(model: RateModel, kind: Kind) -> Expr:
    """Return the right expression: F and dF in `transfer.x`, drdt and the eigenvalue in the rate; one population.

    >>> w, tau = RateModel.single().parameters["w"].symbol, RateModel.single().parameters["tau"].symbol
    >>> right(RateModel.single(), "eigenvalue").has(w, tau)
    True
    """
    (population,) = model.populations
    return _forms(model, kind)[0][1](_response(population, population.transfer.formula))


def usual_mistakes(model: RateModel, kind: Kind, values: Mapping[str, float]) -> Iterator[Mistake]:
    """Yield what is usually got wrong, one mistake each; `values` may have been put in for the parameters."""
    for form, change in _singles(model, kind):
        yield _made(model, form, change)
    expression = right(model, kind)
    for p in model.parameters.values():
        if p.symbol in expression.free_symbols:
            line = f"{p.name} = {values[p.name]:g} is fixed in it, whatever {p.name} is given"
            yield Mistake(line, expression.subs(p.symbol, sympy.Float(values[p.name])))


def two_mistakes(model: RateModel, kind: Kind) -> Iterator[Mistake]:
    """Yield two mistakes made at once."""
    forms, changes = _forms(model, kind), _changes(model)
    for form in _forms_with_two(model, kind):
        yield _made(model, form, _AS_IT_IS)
    for form in forms[1:]:
        for change in changes:
            yield _made(model, form, change)
    (population,) = model.populations
    for first, second in combinations(changes, 2):
        both = second[1](first[1](population.transfer.formula))
        yield _made(model, forms[0], (f"{first[0]}, and {second[0]}", _instead(both)))


def _instead(formula: Expr) -> Callable[[Expr], Expr]:
    return lambda _: formula


_Named: TypeAlias = tuple[str, _Form]
_Change: TypeAlias = tuple[str, Callable[[Expr], Expr]]
_AS_IT_IS: _Change = ("", lambda formula: formula)


def _singles(model: RateModel, kind: Kind) -> Iterator[tuple[_Named, _Change]]:
    forms = _forms(model, kind)
    for form in forms[1:]:
        yield form, _AS_IT_IS
    for change in _changes(model):
        yield forms[0], change


def _made(model: RateModel, form: _Named, change: _Change) -> Mistake:
    (population,) = model.populations
    sentence = ", and ".join(part for part in (form[0], change[0]) if part)
    return Mistake(sentence, form[1](_response(population, change[1](population.transfer.formula))))


def _response(population: Population, formula: Expr) -> Response:
    """Return F, F', ... of a population with another formula; the symbols are the model's."""
    threshold = population.transfer.threshold

    def response(argument: Expr, order: int) -> Expr:
        active = sympy.diff(formula, x, order) if order else formula
        whole = active if threshold is None else Piecewise((active, x > threshold), (Integer(0), True))
        return _in_symbols_of(population, whole).subs(x, argument)

    return response


# The four expressions and the ways to miss them -----------------------------------------------------------------------


def _forms(model: RateModel, kind: Kind) -> list[_Named]:
    """Return ways to put F into the expression; the first is the right one, the others have one mistake."""
    if kind in ("F", "dF"):
        return _of_input(model, kind)
    aspects = _aspects(model, kind)
    return [_put_together(aspects, {}), *(_put_together(aspects, {place: i}) for place, i in _wrong(aspects))]


def _forms_with_two(model: RateModel, kind: Kind) -> list[_Named]:
    """Return ways with two mistakes in different aspects."""
    if kind in ("F", "dF"):
        return []
    aspects = _aspects(model, kind)
    pairs = combinations(_wrong(aspects), 2)
    return [_put_together(aspects, dict(pair)) for pair in pairs if pair[0][0] != pair[1][0]]


@dataclass(frozen=True)
class _Aspects:
    """How dr/dt and the eigenvalue are made, right way first: the argument of F, the term with F, the whole."""

    arguments: list[tuple[str, Expr]]
    terms: list[tuple[str, Callable[[Response, Expr], Expr]]]
    wholes: list[tuple[str, Callable[[Expr], Expr]]]


def _wrong(aspects: _Aspects) -> list[tuple[str, int]]:
    parts = (("wholes", aspects.wholes), ("terms", aspects.terms), ("arguments", aspects.arguments))
    return [(name, i) for name, ways in parts for i in range(1, len(ways))]


def _put_together(aspects: _Aspects, chosen: Mapping[str, int]) -> _Named:
    why, whole = aspects.wholes[chosen.get("wholes", 0)]
    of_term, term = aspects.terms[chosen.get("terms", 0)]
    of_argument, argument = aspects.arguments[chosen.get("arguments", 0)]
    sentence = ", and ".join(part for part in (why, of_term, of_argument) if part)
    return sentence, lambda F: whole(term(F, argument))


def _aspects(model: RateModel, kind: Kind) -> _Aspects:
    (population,) = model.populations
    ((weight,),) = model.weights
    assert weight is not None, "a model of one population has a weight"
    r, w, tau, I_ext = population.rate, weight.symbol, population.tau.symbol, population.I_ext.symbol
    F_, leak, leak_ = ("F", -r, "-r") if kind == "drdt" else ("F'", Integer(-1), "-1")
    total = f"it must be {F_}(w r + I_ext)"
    arguments: list[tuple[str, Expr]] = [
        ("", w * r + I_ext),
        (f"I_ext is missing: {total}", w * r),
        (f"I_ext has the wrong sign: {total}", w * r - I_ext),
        (f"w has the wrong sign inside {F_}: {total}", -w * r + I_ext),
        (f"w is missing inside {F_}: {total}", r + I_ext),
        (f"{F_} is taken at r alone: {total}", r),
        (f"w multiplies I_ext as well: {total}", w * (r + I_ext)),
    ]
    wholes: list[tuple[str, Callable[[Expr], Expr]]] = [
        ("", lambda term: (leak + term) / tau),
        ("the division by tau is missing", lambda term: leak + term),
        ("it is multiplied by tau and must be divided by it", lambda term: (leak + term) * tau),
        (f"only {leak_} is divided by tau: brackets are missing", lambda term: leak / tau + term),
        (f"only {F_} is divided by tau: brackets are missing", lambda term: leak + term / tau),
        (f"the term {leak_} is missing", lambda term: term / tau),
        (f"the term {leak_} has the wrong sign", lambda term: (-leak + term) / tau),
        (f"{F_} has the wrong sign", lambda term: (leak - term) / tau),
        ("all of it has the wrong sign", lambda term: (-leak - term) / tau),
    ]
    terms: list[tuple[str, Callable[[Response, Expr], Expr]]]
    if kind == "drdt":
        terms = [
            ("", lambda F, at: F(at, 0)),
            ("F is missing around w r + I_ext", lambda F, at: at),
            (f"I_ext stands outside F: {total}", lambda F, at: F(w * r, 0) + I_ext),
            ("w multiplies F as well", lambda F, at: w * F(at, 0)),
            ("F' stands in place of F", lambda F, at: F(at, 1)),
        ]
    else:
        terms = [
            ("", lambda F, at: w * F(at, 1)),
            ("the factor w is missing (the chain rule)", lambda F, at: F(at, 1)),
            ("w is squared", lambda F, at: w**2 * F(at, 1)),
            ("F stands in place of F'", lambda F, at: w * F(at, 0)),
            ("F'' stands in place of F'", lambda F, at: w * F(at, 2)),
            ("F' is missing around w r + I_ext", lambda F, at: w * at),
        ]
    return _Aspects(arguments, terms, wholes)


def _of_input(model: RateModel, kind: Kind) -> list[_Named]:
    (population,) = model.populations
    own = partial(_in_symbols_of, population)
    threshold, formula = population.transfer.threshold, population.transfer.formula
    beyond: list[_Named] = []
    if threshold is not None:
        everywhere = own(sympy.diff(formula, x, 0 if kind == "F" else 1))
        beyond = [(f"{kind} must be 0 for x below {_text(own(threshold))}", lambda F: everywhere)]
    if kind == "F":
        return [
            ("", lambda F: F(x, 0)),
            ("this is F', not F", lambda F: F(x, 1)),
            ("all of it has the wrong sign", lambda F: -F(x, 0)),
            *beyond,
        ]
    forms: list[_Named] = [
        ("", lambda F: F(x, 1)),
        ("this is F, not F'", lambda F: F(x, 0)),
        ("this is F'', not F'", lambda F: F(x, 2)),
        ("all of it has the wrong sign", lambda F: -F(x, 1)),
        *beyond,
    ]
    for factor in Mul.make_args(sympy.factor_terms(own(sympy.diff(formula, x)))):
        if factor.is_Symbol:
            forms.append((f"the factor {factor} is missing (the chain rule)", _slope_times(1 / factor)))
            forms.append((f"the factor {factor} is there twice", _slope_times(factor)))
        elif isinstance(factor, exp):
            forms.append((f"the factor {_text(factor)} is missing", _slope_times(1 / factor)))
        elif isinstance(factor, Pow) and factor.exp == -2:
            forms.append(("the bracket in the denominator must be squared", _slope_times(factor.base)))
    if (offset := own(_constant_term(formula))) != 0:
        line = f"the term {_text(offset)} does not depend on x: its derivative is 0"
        forms.append((line, lambda F: F(x, 1) + offset))
    return forms


def _slope_times(factor: Expr) -> _Form:
    return lambda F: F(x, 1) * factor


def _in_symbols_of(population: Population, expression: Expr) -> Expr:
    return expression.subs(population.into_shape, simultaneous=True)


# Changes of the formula of F ------------------------------------------------------------------------------------------


def _changes(model: RateModel) -> list[_Change]:
    """Return the usual wrong readings of F's formula; those that leave it as it is are left out."""
    (population,) = model.populations
    formula = population.transfer.formula
    parameters = [
        (own.symbol, here.name) for own, here in zip(population.transfer.parameters, population.shape, strict=True)
    ]
    changes = [*_of_signs(formula), *_of_the_constant_term(formula), *_of_brackets(formula)]
    for s, name in parameters:
        if not s.is_positive:
            changes.append((f"{name} has the wrong sign", _put(s, -s)))
            changes.append((f"{name} has the wrong sign beside x", _put(s, -s, beside_x=True)))
        # Without an effect: nothing is added, or multiplied by one.
        without = Integer(1) if s.is_positive else Integer(0)
        changes.append((f"{name} is missing", _put(s, without)))
        changes.append((f"{name} is missing beside x", _put(s, without, beside_x=True)))
        if s.is_positive:
            changes.append((f"{name} divides where it must multiply, or the reverse", _put(s, 1 / s)))
    for (first, its), (second, other) in combinations(parameters, 2):
        changes.append((f"{its} and {other} are exchanged: look at the order of the arguments", _swap(first, second)))
    return [(line, change) for line, change in changes if change(formula) != formula]


def _put(old: Symbol, new: Expr, *, beside_x: bool = False) -> Callable[[Expr], Expr]:
    """Return the change that puts something else in for a parameter; the constant term may keep it."""

    def change(formula: Expr) -> Expr:
        kept = _constant_term(formula) if beside_x else Integer(0)
        return (formula - kept).subs(old, new) + kept

    return change


def _swap(first: Symbol, second: Symbol) -> Callable[[Expr], Expr]:
    return lambda formula: formula.subs({first: second, second: first}, simultaneous=True)


_Pattern: TypeAlias = tuple[type[Function], str]
_SIGNED: tuple[_Pattern, ...] = (
    (exp, "exponent"),
    (tanh, "argument of tanh"),
    (error_function, "argument of erf"),
)


def _of_signs(formula: Expr) -> Iterator[_Change]:
    for kind, word in _SIGNED:
        of_x = sorted((e for e in formula.atoms(kind) if e.has(x)), key=sympy.default_sort_key)
        rest = sorted((e for e in formula.atoms(kind) if not e.has(x)), key=sympy.default_sort_key)
        if of_x:
            line = f"the {word} of x has the wrong sign: {_text(of_x[0])} belongs there"
            yield line, _turned(kind, of_x=True)
        if rest and isinstance(formula, Add):
            line = f"the {word} in the constant term has the wrong sign: {_text(rest[0])} belongs there"
            yield line, _turned(kind, of_x=False)


def _of_the_constant_term(formula: Expr) -> Iterator[_Change]:
    """What makes F(0) = 0, left out or with the wrong sign."""
    offset = _constant_term(formula)
    if offset == 0:
        return
    purpose = ", which makes F(0) = 0" if sympy.simplify(formula.subs(x, 0)) == 0 else ""
    yield f"the term {_text(offset)} is missing{purpose}", lambda f: f - _constant_term(f)
    yield f"the term {_text(offset)} has the wrong sign", lambda f: f - 2 * _constant_term(f)


def _of_brackets(formula: Expr) -> Iterator[_Change]:
    products = [e for e in sympy.preorder_traversal(formula) if _is_scaled_difference(e)]
    if products:
        shown = _text(next(a for a in products[0].args if isinstance(a, Add)))
        factors = [a for a in products[0].args if not isinstance(a, Add) and not a.is_number]
        scale = _text(Mul(*factors))
        line = f"brackets are missing: {scale} multiplies all of {shown}"
        yield line, lambda f: f.replace(_is_scaled_difference, _without_brackets)
        yield line, lambda f: f.replace(_is_scaled_difference, lambda e: _without_brackets(e, turned=True))
    denominators = [e for e in formula.atoms(Pow) if _is_denominator(e)]
    if denominators:
        line = f"brackets are missing around the denominator {_text(denominators[0].base)}"
        # Read from left to right, 1/1 + u is 1 + u.
        yield line, lambda f: f.replace(_is_denominator, lambda e: e.base)


def _is_scaled_difference(e: Expr) -> bool:
    """Whether an expression is a multiple of (x - theta), such as -a (x - theta)."""
    if not isinstance(e, Mul):
        return False
    sums = [a for a in e.args if isinstance(a, Add)]
    return len(sums) == 1 and sums[0].coeff(x) == 1 and not (sums[0] - x).has(x) and not Mul(*_others(e)).has(x)


def _others(e: Expr) -> list[Expr]:
    return [a for a in e.args if not isinstance(a, Add)]


def _without_brackets(e: Expr, turned: bool = False) -> Expr:
    (inner,) = (a for a in e.args if isinstance(a, Add))
    rest = inner - x
    return Mul(*_others(e)) * x + (-rest if turned else rest)


def _is_denominator(e: Expr) -> bool:
    return isinstance(e, Pow) and e.exp == -1 and isinstance(e.base, Add) and e.base.has(x)


def _constant_term(formula: Expr) -> Expr:
    """The terms of a sum without x; 0 where there is none."""
    if not isinstance(formula, Add):
        return Integer(0)
    return Add(*(term for term in formula.args if not term.has(x)))


def _turned(kind: type[Function], *, of_x: bool) -> Callable[[Expr], Expr]:
    """Return the change that turns the sign of the argument of a function, where it has x in it or where not."""
    return lambda formula: formula.replace(
        lambda e: isinstance(e, kind) and e.has(x) == of_x, lambda e: e.func(-e.args[0])
    )


def _text(expression: Expr | Symbol) -> str:
    return to_text(layout(expression))
