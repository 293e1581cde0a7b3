"""Transfer functions: a formula with its parameters, and what calculus says of it.

A transfer function of the catalogue states only its formula and a coordinate z in which the formula is simple (for the
sigmoid, the logistic value itself). Derivatives, range, inverse, inflections and the largest slope are derived from
these two by SymPy. A function with a threshold is zero below it and `active` above.

A formula of one's own may have no such coordinate: it may fall as well as rise, or have cases. Its derivatives are
known then, its range and inverse are not, and what needs these is found numerically.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache, partial

import sympy
from sympy import Expr, Interval, Symbol, exp, log, oo, sqrt
from sympy import erf as error_function

from .errors import ModelError, NoClosedForm, NullclineError, shown
from .kept import answer, generator
from .named import Named
from .parameter import LARGEST, Parameter, positive, real
from .pieces import Piece, case_by_case, in_cases, switches

x = Symbol("x", real=True)
y = Symbol("y", real=True)
slope = Symbol("m", positive=True)
_z = partial(Symbol, "z")

# What a model and its derivation call otherwise: a parameter of the same name would be taken for it.
_TAKEN = frozenset(
    "tau w I_ext r x t dt T r_init h y m rho lambda r_0 r_star tau_eff epsilon_0".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class Coordinate:
    """A strictly increasing change of variable x(z) that makes a transfer function simple.

    `x` is the input in terms of `z`, `z_of_x` the way back; `domain` is where z runs while F is active.
    """

    z: Symbol
    x: Expr
    z_of_x: Expr
    domain: Interval


@dataclass(frozen=True)
class TransferFunction:
    """The response F(x) of a population to its total input x.

    `expression` is the formula in `x` and the parameters' symbols. Where `threshold` is given, the formula holds for
    x > threshold and F is 0 at and below it. All rates are dimensionless; x has the unit of the threshold.

    Without a `coordinate` the formula may be any, smooth or in cases (one `sympy.Piecewise`), rising or not: then
    `range`, `inverse`, `inflections`, `largest_slope` and `inputs_of_slope` raise NoClosedForm. `inputs` are the
    lowest and the highest input for which it is meant, None for all.

    Raises ModelError for a formula or coordinate in symbols that are not declared, for a parameter whose name is taken,
    and for a coordinate that is seen, at three places, not to rise or not to come back.
    """

    name: str
    title: str
    formula: Expr
    parameters: tuple[Parameter, ...]
    coordinate: Coordinate | None = None
    threshold: Expr | None = None
    source: str = ""
    inputs: tuple[float, float] | None = None
    # What was read to make it, if anything was: for who writes the model down again.
    text: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise ModelError(f"a transfer function's name must be text, got {shown(self.name)}")
        if not isinstance(self.parameters, list | tuple):
            line = f"the parameters of transfer function {self.name!r} must be a tuple, got {shown(self.parameters)}"
            raise ModelError(f"{line}: write (a, theta)")
        object.__setattr__(self, "parameters", tuple(self.parameters))
        _refuse_parameters(self)
        _refuse_symbols(self)
        if self.coordinate is None:
            object.__setattr__(self, "formula", in_cases(_without_corners(self.formula)))
            _refuse_inputs(self)
        else:
            _refuse_coordinate(self, self.coordinate)

    @property
    def has_closed_forms(self) -> bool:
        """Whether the range, the inverse and what follows from them are known in closed form."""
        return self.coordinate is not None

    @property
    def variable(self) -> Symbol:
        """The symbol of the total input."""
        return x

    @property
    def expression(self) -> Expr:
        """F(x), for every real x."""
        return self._everywhere(self.formula, at_threshold=True)

    @property
    def derivative(self) -> Expr:
        """F'(x); at a kink it is left undefined."""
        return self._everywhere(formula_derivative(self, 1), at_threshold=not self.kinks)

    @property
    def second_derivative(self) -> Expr:
        """F''(x), away from the threshold and from where a formula in cases changes."""
        bend = formula_derivative(self, 2)
        return bend if bend == 0 else self._everywhere(bend, at_threshold=False)

    def _everywhere(self, active: Expr, *, at_threshold: bool) -> Expr:
        if self.threshold is None:
            return active
        below = x <= self.threshold if at_threshold else x < self.threshold
        return sympy.Piecewise((active, x > self.threshold), (sympy.Integer(0), below))

    @property
    def range(self) -> Interval:
        """The set of values F takes."""
        return _range(self)

    @property
    def inverse(self) -> Expr:
        """F^-1(y), for y in `inverse_domain`."""
        return _inverse(self)

    @property
    def inverse_domain(self) -> Interval:
        """Where the inverse exists: the values taken exactly once."""
        return Interval.open(self.range.inf, self.range.sup)

    @property
    def kinks(self) -> tuple[Expr, ...]:
        """The inputs at which F has no derivative."""
        if self.coordinate is None:
            return _kinks(self)
        return () if self.threshold is None or _slope_at_threshold(self) == 0 else (self.threshold,)

    @property
    def switches(self) -> tuple[Expr, ...]:
        """The inputs at which a formula in cases may pass from one to another, in no order."""
        return switches(self.formula, x)

    @property
    def inflections(self) -> tuple[Expr, ...]:
        """The inputs at which F'' changes sign; between them F' is monotone."""
        return _inflections(self)

    @property
    def largest_slope(self) -> Expr:
        """sup F'(x): a number, an expression in the parameters, or oo."""
        return _largest_slope(self)

    @property
    def bounded(self) -> bool:
        """Whether F is known to stay below a finite bound."""
        return self.has_closed_forms and bool(self.range.sup != oo)

    @property
    def is_nonnegative(self) -> bool:
        """Whether F is known to be never negative."""
        return self.has_closed_forms and bool(self.range.inf == 0)

    @property
    def inputs_of_slope(self) -> tuple[Expr, ...]:
        """The inputs at which F'(x) = m, rising, in the symbol `slope`; empty where there is no closed form."""
        return _inputs_of_slope(self)

    @property
    def primitive(self) -> Expr | None:
        """An antiderivative of F, continuous and elementary; None where SymPy finds no such."""
        return _primitive(self)

    def at(self, argument: Expr, order: int = 0) -> Expr:
        """Return F, F' or F'' (order 0, 1, 2) with `argument` put in for x."""
        if type(order) is not int or order not in (0, 1, 2):
            line = f"the order of a derivative of {self.name} must be 0, 1 or 2, got {shown(order)}"
            raise NullclineError(f"{line}: differentiate at(x, 2) for more")
        # SymPy would evaluate a text as Python.
        if isinstance(argument, str):
            line = f"{self.name} is taken at a SymPy expression or a number, got {shown(argument)}"
            raise NullclineError(f"{line}: write Symbol({argument!r})")
        return (self.expression, self.derivative, self.second_derivative)[order].subs(x, argument)

    def __repr__(self) -> str:
        return f"TransferFunction({self.name}: {', '.join(p.name for p in self.parameters)})"

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from .notebook import of_transfer  # typesetting is loaded for who shows something

        return of_transfer(self, include, exclude)


def _refuse_parameters(function: TransferFunction) -> None:
    where = f"transfer function {function.name!r}"
    names: list[str] = []
    for p in function.parameters:
        if not isinstance(p, Parameter):
            raise ModelError(f"the parameters of {where} must be Parameters, got {shown(p)}: declare each as one")
        if p.name in names:
            raise ModelError(f"{where} has two parameters {p.name!r}: rename one")
        if p.name in _TAKEN:
            raise ModelError(f"{where} cannot have a parameter {p.name!r}, which means something else: rename it")
        names.append(p.name)


def _refuse_symbols(function: TransferFunction) -> None:
    where = f"transfer function {function.name!r}"
    c = function.coordinate
    own = [p.symbol for p in function.parameters]
    if c is not None:
        _refuse_coordinate_kind(where, c, own)
    for part, expression, known in (
        ("the formula", function.formula, [x, *own]),
        ("the threshold", function.threshold, own),
        *(
            [
                ("the coordinate's x", c.x, [c.z, *own]),
                ("the coordinate's z_of_x", c.z_of_x, [x, *own]),
                ("the coordinate's domain", c.domain, own),
            ]
            if c is not None
            else []
        ),
    ):
        if expression is None and part == "the threshold":
            continue
        if not isinstance(expression, Expr | Interval):
            line = f"{part} of {where} must be a SymPy expression, got {shown(expression)}"
            raise ModelError(f"{line}: write it in transfer.x and the parameters' symbols")
        for symbol in sorted(expression.free_symbols - {*known}, key=str):
            names = [s.name for s in known]
            if str(symbol) in names:
                line = f"{part} of {where} has another symbol {symbol} than the one declared"
                raise ModelError(f"{line}: use transfer.x, Parameter.symbol and the coordinate's z")
            line = f"{part} of {where} has the undeclared symbol {symbol}"
            raise ModelError(f"{line} (known: {', '.join(names)}): declare it as a Parameter")
    if x not in function.formula.free_symbols:
        raise ModelError(f"the formula of {where} does not contain the input: write it in transfer.x")


def _without_corners(formula: Expr) -> Expr:
    """Write absolute values, the smaller and the larger of two, signs and steps as cases."""
    cornered = (sympy.Abs, sympy.Max, sympy.Min, sympy.sign, sympy.Heaviside)
    return formula.rewrite(sympy.Piecewise) if formula.has(*cornered) else formula


def _refuse_coordinate_kind(where: str, c: object, own: list[Symbol]) -> None:
    if not isinstance(c, Coordinate) or not isinstance(c.z, Symbol) or not isinstance(c.domain, Interval):
        line = f"the coordinate of {where} must be a Coordinate with a Symbol z and an Interval, got {shown(c)}"
        raise ModelError(f"{line}: write Coordinate(z, x_of_z, z_of_x, Interval.open(0, oo))")
    if c.z in (x, *own):
        raise ModelError(f"the coordinate of {where} is called {c.z}, as another symbol is: rename it")


def _refuse_inputs(function: TransferFunction) -> None:
    where = f"transfer function {function.name!r}"
    if function.threshold is not None:
        raise ModelError(f"{where} has a threshold and no coordinate: write the formula in cases")
    if function.inputs is not None:
        given = function.inputs
        try:
            low, high = (float(end) for end in given)
        except (TypeError, ValueError):
            low = high = float("nan")
        if not -LARGEST <= low < high <= LARGEST:
            line = f"the inputs of {where} must be two numbers, the lower one first, got {shown(given)}"
            raise ModelError(f"{line}: write (-10.0, 10.0)")
        object.__setattr__(function, "inputs", (low, high))
    switches(function.formula, x)


def _refuse_coordinate(function: TransferFunction, c: Coordinate) -> None:
    """Refuse a coordinate that does not rise or come back at three places; where there is no number, accept it."""
    sample = {p.symbol: sympy.Float(p.default, 30) for p in function.parameters}
    places = _places(*(sympy.N(end.subs(sample), 30) for end in (c.domain.inf, c.domain.sup)))
    inputs = [sympy.N(c.x.subs(sample).subs(c.z, z), 30) for z in places]
    back = [sympy.N(c.z_of_x.subs(sample).subs(x, value), 30) for value in inputs]
    if not all(value.is_Float for value in (*inputs, *back)):
        return
    where = f"the coordinate of transfer function {function.name!r}"
    if not inputs[0] < inputs[1] < inputs[2]:
        raise ModelError(f"{where} does not rise: choose z so that x(z) rises with it")
    for z, value, returned in zip(places, inputs, back, strict=True):
        # 30 digits, of which a coordinate may lose half.
        if abs(returned - z) > 1e-15 * (1 + abs(z)):
            line = f"{where} does not come back: x({float(z):.6g}) is {float(value):.6g}"
            raise ModelError(f"{line}, whose z_of_x is {float(returned):.6g}: make z_of_x the inverse of x")


def _places(low: Expr, high: Expr) -> list[Expr]:
    quarters = [sympy.Rational(k, 4) for k in (1, 2, 3)]
    if low.is_finite and high.is_finite:
        return [low + q * (high - low) for q in quarters]
    if low.is_finite:
        return [low + q for q in quarters]
    return [high + q - 1 for q in quarters] if high.is_finite else [q - sympy.Rational(5, 8) for q in quarters]


def coordinate_of(function: TransferFunction, wanted: str) -> Coordinate:
    """Return the coordinate of a transfer function; NoClosedForm, saying what was wanted, where it has none."""
    if function.coordinate is None:
        line = f"{wanted} of transfer function {function.name!r} is not known in closed form"
        raise NoClosedForm(f"{line}: fixed_points and simulate find what follows from it numerically")
    return function.coordinate


@lru_cache(maxsize=256)
def _kinks(function: TransferFunction) -> tuple[Expr, ...]:
    """Return the switches but those at which F and F' are seen to go on smoothly."""
    if not isinstance(function.formula, sympy.Piecewise):
        return ()
    return tuple(place for place in function.switches if not _is_smooth_at(function, place))


def _is_smooth_at(function: TransferFunction, place: Expr) -> bool:
    cases = [case for case, _ in function.formula.args]
    for order in (0, 1):
        values = {sympy.simplify(sympy.diff(case, x, order).subs(x, place)) for case in cases}
        if len(values) > 1:
            return False
    return True


@lru_cache(maxsize=256)
def in_coordinate(function: TransferFunction, order: int = 0) -> Expr:
    """Return F (order 0), F', F'', ... above the threshold, as an expression in the coordinate z."""
    c = coordinate_of(function, "a simple form")
    if order == 0:
        return sympy.Add(*(_tidy(term) for term in sympy.Add.make_args(function.formula.subs(x, c.x))))
    return _tidy(sympy.diff(in_coordinate(function, order - 1), c.z) / sympy.diff(c.x, c.z))


@lru_cache(maxsize=256)
def formula_derivative(function: "TransferFunction | Piece", order: int) -> Expr:
    """Return the derivative of the formula by x, above the threshold, with common factors collected."""

    def derived(case: Expr) -> Expr:
        slope = sympy.diff(case, x, order)
        return _collect_exponentials(slope) if function.coordinate is not None else _shorter(slope)

    return case_by_case(function.formula, derived)


@lru_cache(maxsize=256)
def _shorter(slope: Expr) -> Expr:
    """Collect the exponentials of a formula of one's own, unless that multiplies out what stood in brackets.

    Which is shorter is kept on disk, and neither is wrong: collecting takes long to be thrown away.
    """
    collected: list[Expr] = []

    def is_shorter() -> bool:
        collected.append(_collect_exponentials(slope))
        return bool(sympy.count_ops(collected[0]) <= sympy.count_ops(slope))

    question = (sympy.srepr(slope), generator())
    if not answer("shorter", question, is_shorter, lambda value: isinstance(value, bool)):
        return slope
    return collected[0] if collected else _collect_exponentials(slope)


def _tidy(expression: Expr) -> Expr:
    expression = sympy.expand_power_base(sympy.powdenest(_expand_exponents(expression)), force=False)
    return sympy.factor(sympy.cancel(sympy.together(expression)))


def _expand_exponents(expression: Expr) -> Expr:
    return expression.replace(
        lambda e: isinstance(e, (exp, sympy.tanh, error_function)), lambda e: e.func(sympy.expand(e.args[0]))
    )


def _collect_exponentials(expression: Expr) -> Expr:
    """Factor an expression as a rational function of the exponentials in it."""
    exponentials = sorted(expression.atoms(exp), key=lambda e: (sympy.count_ops(e), sympy.default_sort_key(e)))
    if not exponentials:
        return sympy.powsimp(expression if expression.has(sympy.tanh) else sympy.factor(expression))
    names: dict[Expr, Expr] = {}
    for e in exponentials:
        known = next((k for k in names if sympy.expand(e.args[0] - 2 * k.args[0]) == 0), None)
        names[e] = names[known] ** 2 if known is not None else sympy.Dummy(positive=True)
    back = {v: k for k, v in names.items() if v.is_Symbol}
    return sympy.factor(expression.xreplace(names)).xreplace(back)


@lru_cache(maxsize=256)
def _range(function: TransferFunction) -> Interval:
    c = coordinate_of(function, "the range")
    low = sympy.limit(in_coordinate(function), c.z, c.domain.inf, "+")
    high = sympy.limit(in_coordinate(function), c.z, c.domain.sup, "-")
    if function.threshold is not None:
        if low != 0:
            raise ModelError(f"{function.name} jumps at its threshold: F must start from 0 there, not from {low}")
        return Interval(0, high, False, True)
    return Interval.open(low, high)


@lru_cache(maxsize=256)
def _inverse(function: TransferFunction) -> Expr:
    c = coordinate_of(function, "the inverse")
    value = in_coordinate(function)
    offset = value.as_independent(c.z, as_Add=True)[0]
    name = sympy.Dummy(real=True)
    (z_of_y,) = sympy.solve(value - offset + name - y, c.z)
    return _odd_functions_outward(c.x.subs(c.z, z_of_y.subs(name, offset)))


def _odd_functions_outward(expression: Expr) -> Expr:
    """Write erfinv(-u) as -erfinv(u), which SymPy does not do by itself."""
    return expression.replace(
        lambda e: isinstance(e, sympy.erfinv) and e.args[0].could_extract_minus_sign(),
        lambda e: -sympy.erfinv(-e.args[0]),
    )


def _from_bounds(function: TransferFunction) -> dict[Symbol, Expr]:
    """Write each parameter with a positive lower bound as that bound plus something positive."""
    return {
        p.symbol: sympy.nsimplify(p.minimum) + sympy.Dummy(f"{p.name}_above", positive=True)
        for p in function.parameters
        if p.minimum > 0
    }


def _limit_of_slope(function: TransferFunction, end: Expr, side: str) -> Expr:
    shift = _from_bounds(function)
    z = coordinate_of(function, "the slope far out").z
    slope = sympy.limit(in_coordinate(function, 1).subs(shift), z, end, side)
    back = {v: s - (v_all - v) for s, v_all in shift.items() for v in v_all.free_symbols}
    return slope.subs(back)


@lru_cache(maxsize=256)
def _slope_at_threshold(function: TransferFunction) -> Expr:
    return _limit_of_slope(function, coordinate_of(function, "the slope at the threshold").domain.inf, "+")


@lru_cache(maxsize=256)
def inflections_in_coordinate(function: TransferFunction) -> tuple[Expr, ...]:
    """Return where F'' changes sign, in the coordinate z."""
    c = coordinate_of(function, "where F bends the other way")
    bend = in_coordinate(function, 2)
    if bend == 0:
        return ()
    roots = sympy.solve(bend, c.z)
    return tuple(r for r in roots if not _on_the_edge(r) and c.domain.contains(r) is not sympy.false)


@lru_cache(maxsize=256)
def _inflections(function: TransferFunction) -> tuple[Expr, ...]:
    c = coordinate_of(function, "where F bends the other way")
    return tuple(_simple(c.x.subs(c.z, root)) for root in inflections_in_coordinate(function))


def _on_the_edge(root: Expr) -> bool:
    """Whether SymPy wrote the edge z = 0 of the domain as a power of zero with a symbolic exponent."""
    return any(e.base == 0 for e in root.atoms(sympy.Pow))


def _simple(expression: Expr) -> Expr:
    # Where nothing is added nothing can cancel, and `simplify` takes a tenth of a second to find that out.
    return sympy.simplify(expression) if expression.has(sympy.Add) else expression


@lru_cache(maxsize=256)
def _largest_slope(function: TransferFunction) -> Expr:
    c = coordinate_of(function, "the largest slope")
    roots = inflections_in_coordinate(function)
    if not roots:
        return _limit_of_slope(function, c.domain.sup, "-")
    (root,) = roots
    slope = in_coordinate(function, 1)
    if not root.is_Pow:
        return _simple(slope.subs(c.z, root))
    # SymPy does not know that the base of the root is positive: name it, so that (q^(1/n))^n becomes q.
    q = sympy.Dummy(positive=True)
    steepest = sympy.simplify(slope.subs(c.z, q**root.exp)).subs(q, root.base)
    return steepest.replace(
        lambda e: isinstance(e, sympy.Pow) and e.exp.is_Integer and e.base.is_Add,
        lambda e: sympy.factor(sympy.together(e.base)) ** e.exp,
    )


@lru_cache(maxsize=256)
def _inputs_of_slope(function: TransferFunction) -> tuple[Expr, ...]:
    c = coordinate_of(function, "the inputs of a slope")
    steepness = in_coordinate(function, 1)
    if not steepness.has(c.z):
        return ()
    try:
        roots = sympy.solve(steepness - slope, c.z)
    except NotImplementedError:
        return ()
    # Half the largest slope is taken on both sides of an inflection: there the order of the solutions shows.
    sample = {p.symbol: sympy.Float(p.default, 30) for p in function.parameters}
    largest = function.largest_slope
    half = sympy.Integer(1) if largest == oo else (largest / 2).subs(sample)
    placed = [(sympy.N(c.x.subs(c.z, root).subs(sample).subs(slope, half), 30), root) for root in roots]
    real_ones = sorted((value, root) for value, root in placed if value.is_real)
    return tuple(c.x.subs(c.z, root) for _, root in real_ones)


_ELEMENTARY = (exp, log, sympy.tanh, error_function, sympy.Max)


@lru_cache(maxsize=256)
def _primitive(function: TransferFunction) -> Expr | None:
    c = function.coordinate
    if c is None:
        return None
    stretch = sympy.diff(c.x, c.z)
    if stretch.has(c.z):
        terms = sympy.Add.make_args(function.formula)
        found = sympy.Add(*(sympy.integrate(term, x) for term in terms))
    else:
        # Where the coordinate is linear in x the integral is simplest in z; a constant integrates to itself times x.
        offset, response = in_coordinate(function).as_independent(c.z, as_Add=True)
        in_z = sympy.integrate(response * stretch, c.z)
        # Below the threshold nothing is added: z stays at 0, where the integral starts.
        z = c.z_of_x if function.threshold is None else sympy.Max(0, c.z_of_x)
        found = offset * x + sympy.Add(*(sympy.expand_mul(e) for e in sympy.Add.make_args(in_z))).subs(c.z, z)
    if found.has(sympy.Integral) or not all(isinstance(f, _ELEMENTARY) for f in found.atoms(sympy.Function)):
        return None
    return found


def _gain(default: float = 1.2) -> Parameter:
    return positive("a", default, "gain: how steeply the response rises with the input", sample=(0.3, 3.0))


def _threshold(default: float = 2.8) -> Parameter:
    return real("theta", default, "threshold: the input around which the population responds", sample=(-2.0, 4.0))


def _sigmoid() -> TransferFunction:
    a, theta = _gain(), _threshold()
    z = _z(positive=True)
    u = a.symbol * (x - theta.symbol)
    return TransferFunction(
        "sigmoid",
        "logistic sigmoid, shifted so that no input gives no response",
        1 / (1 + exp(-u)) - 1 / (1 + exp(a.symbol * theta.symbol)),
        (a, theta),
        Coordinate(z, theta.symbol + log(z / (1 - z)) / a.symbol, 1 / (1 + exp(-u)), Interval.open(0, 1)),
        source="Wilson and Cowan 1972",
    )


def _tanh() -> TransferFunction:
    a, theta = _gain(), _threshold()
    z = _z(real=True)
    u = a.symbol * (x - theta.symbol)
    return TransferFunction(
        "tanh",
        "hyperbolic tangent, shifted so that no input gives no response",
        sympy.tanh(u) + sympy.tanh(a.symbol * theta.symbol),
        (a, theta),
        Coordinate(z, theta.symbol + sympy.atanh(z) / a.symbol, sympy.tanh(u), Interval.open(-1, 1)),
    )


def _relu() -> TransferFunction:
    a, theta = _gain(), _threshold()
    z = _z(positive=True)
    return TransferFunction(
        "relu",
        "rectified linear",
        a.symbol * (x - theta.symbol),
        (a, theta),
        Coordinate(z, theta.symbol + z, x - theta.symbol, Interval.open(0, oo)),
        threshold=theta.symbol,
    )


def _softplus() -> TransferFunction:
    a, theta = _gain(), _threshold()
    b = positive("b", 2.0, "sharpness: how fast the response turns from zero to linear", sample=(0.5, 4.0))
    z = _z(positive=True)
    u = b.symbol * (x - theta.symbol)
    return TransferFunction(
        "softplus",
        "softplus, a smooth rectifier",
        a.symbol / b.symbol * log(1 + exp(u)),
        (a, b, theta),
        Coordinate(z, theta.symbol + log(z) / b.symbol, exp(u), Interval.open(0, oo)),
    )


def _erf() -> TransferFunction:
    theta = _threshold(1.0)
    s = positive("s", 0.5, "width of the distribution of thresholds", sample=(0.2, 2.0))
    z = _z(real=True)
    root_two = sqrt(2)
    return TransferFunction(
        "erf",
        "normal distribution function, shifted so that no input gives no response",
        error_function((x - theta.symbol) / (root_two * s.symbol)) / 2
        + error_function(theta.symbol / (root_two * s.symbol)) / 2,
        (theta, s),
        Coordinate(z, theta.symbol + s.symbol * z, (x - theta.symbol) / s.symbol, Interval(-oo, oo)),
        source="Wilson and Cowan 1972, thresholds with a normal distribution",
    )


def _exponent(default: float, meaning: str) -> Parameter:
    # n = 1 has a kink at the threshold and other fixed points; as a power law it is relu.
    return Parameter("n", Symbol("n", positive=True), default, meaning, "", 1.0, open_minimum=True, sample=(1.2, 4.0))


def _power() -> TransferFunction:
    theta = _threshold(0.0)
    k = positive("k", 0.5, "strength: the response one unit of input above the threshold", sample=(0.1, 1.0))
    n = _exponent(2.0, "exponent of the power law")
    z = _z(positive=True)
    return TransferFunction(
        "power",
        "threshold power law",
        k.symbol * (x - theta.symbol) ** n.symbol,
        (k, n, theta),
        Coordinate(z, theta.symbol + z, x - theta.symbol, Interval.open(0, oo)),
        threshold=theta.symbol,
        source="Ahmadian, Rubin and Miller 2013",
    )


def _naka_rushton() -> TransferFunction:
    R = positive("R", 1.0, "largest response", sample=(0.5, 2.0))
    s = positive("s", 1.0, "input of half the largest response", sample=(0.3, 2.0))
    n = _exponent(2.0, "exponent: how steeply the response rises")
    z = _z(positive=True)
    return TransferFunction(
        "naka_rushton",
        "Naka-Rushton function",
        R.symbol * x**n.symbol / (x**n.symbol + s.symbol**n.symbol),
        (R, s, n),
        Coordinate(z, s.symbol * z, x / s.symbol, Interval.open(0, oo)),
        threshold=sympy.Integer(0),
        source="Naka and Rushton 1966",
    )


sigmoid = _sigmoid()
tanh = _tanh()
relu = _relu()
softplus = _softplus()
erf = _erf()
power = _power()
naka_rushton = _naka_rushton()

catalogue = Named("transfer function", {f.name: f for f in (sigmoid, tanh, relu, softplus, erf, power, naka_rushton)})


@lru_cache(maxsize=256)
def twin_of(function: TransferFunction) -> "tuple[TransferFunction, dict[Symbol, Symbol]] | None":
    """Return the smooth function of the catalogue that has this formula, and its symbols by those of this function.

    Parameters may have other defaults and bounds, and be in another order; their names and signs must be the same.
    """
    own = {p.name: p.symbol for p in function.parameters if p.symbol in function.formula.free_symbols}
    for known in (sigmoid, tanh, softplus, erf):
        theirs = {p.name: p.symbol for p in known.parameters}
        if own.keys() == theirs.keys() and all(own[n].is_positive or not theirs[n].is_positive for n in own):
            renaming = {own[name]: theirs[name] for name in own}
            if sympy.expand(function.formula.xreplace(renaming) - known.formula) == 0:
                return known, renaming
    return None
