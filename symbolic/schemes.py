"""Schemes that step a rate equation through time, as exact numbers: what they compute, and their order, proved.

A Runge-Kutta scheme takes slopes K_s at r + sum_j a_sj K_j dt and time t + c_s dt, and goes on to r + sum_s b_s K_s
dt. Exponential Euler holds the response F over a step and solves what is then linear exactly: r + (1 - e^(-dt/tau)) (F
- r).
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import sympy
from sympy import Expr, Integer, Rational, Symbol

from .functions import expm1

_HALF = Rational(1, 2)


@dataclass(frozen=True)
class Scheme:
    """One scheme: Butcher's coefficients; `exponential` says that a step is of exponential kind.

    `order` is the power of dt with which the error at a fixed time vanishes.
    """

    name: str
    title: str
    order: int
    weights: tuple[Rational, ...]
    stages: tuple[tuple[Rational, ...], ...] = ((),)
    exponential: bool = False

    @property
    def nodes(self) -> tuple[Rational, ...]:
        """Where in the step each stage lies: 0 at its start, 1 at its end."""
        return tuple(sum(row, Integer(0)) for row in self.stages)

    def gain(self, tau: Symbol, dt: Symbol) -> Expr:
        """Return g of K = g (F - r): the part of the way to F that a step with F held goes."""
        return -expm1(-dt / tau) if self.exponential else dt / tau


EULER = Scheme("euler", "Euler's method", 1, (Integer(1),))
EXPONENTIAL_EULER = Scheme("exponential_euler", "the exponential Euler method", 1, (Integer(1),), exponential=True)
HEUN = Scheme("heun", "Heun's method", 2, (_HALF, _HALF), ((), (Integer(1),)))
RK4 = Scheme(
    "rk4",
    "the classical Runge-Kutta method",
    4,
    (Rational(1, 6), Rational(1, 3), Rational(1, 3), Rational(1, 6)),
    ((), (_HALF,), (Integer(0), _HALF), (Integer(0), Integer(0), Integer(1))),
)


def multiplier(scheme: Scheme, z: Expr) -> Expr:
    """Return what a Runge-Kutta step multiplies r by where dr/dt = lambda r, with z = lambda dt.

    >>> multiplier(HEUN, Symbol("z"))
    z**2/2 + z + 1
    """
    slopes: list[Expr] = []
    for row in scheme.stages:
        slopes.append(1 + z * sum((a * k for a, k in zip(row, slopes, strict=False)), Integer(0)))
    return sympy.expand(1 + z * sum((b * k for b, k in zip(scheme.weights, slopes, strict=True)), Integer(0)))


SCHEMES = MappingProxyType({s.name: s for s in (EULER, EXPONENTIAL_EULER, HEUN, RK4)})


def runge_kutta_order(scheme: Scheme, up_to: int = 5) -> int:
    """Return the order of a Runge-Kutta scheme: the largest p whose conditions all hold (Butcher 1963).

    There is one condition a rooted tree of at most p nodes: the tree's elementary weight is 1 over its density.

    >>> [runge_kutta_order(s) for s in (EULER, HEUN, RK4)]
    [1, 2, 4]
    """
    for nodes in range(1, up_to + 1):
        if any(_elementary_weight(scheme, tree) != Rational(1, _density(tree)) for tree in _trees(nodes)):
            return nodes - 1
    return up_to


# A rooted tree is the sorted tuple of the trees above its root.
_Tree = tuple["_Tree", ...]


def _trees(nodes: int) -> Iterator[_Tree]:
    if nodes == 1:
        yield ()
        return
    seen = set()
    for parts in _partitions(nodes - 1):
        for branches in itertools.product(*(list(_trees(p)) for p in parts)):
            tree = tuple(sorted(branches))
            if tree not in seen:
                seen.add(tree)
                yield tree


def _partitions(n: int, largest: int | None = None) -> Iterator[tuple[int, ...]]:
    if n == 0:
        yield ()
    for part in range(min(n, largest or n), 0, -1):
        for rest in _partitions(n - part, part):
            yield (part, *rest)


def _size(tree: _Tree) -> int:
    return 1 + sum(map(_size, tree))


def _density(tree: _Tree) -> int:
    return _size(tree) * int(sympy.prod([_density(branch) for branch in tree]))


def _elementary_weight(scheme: Scheme, tree: _Tree) -> Rational:
    def at(stage: int, tree: _Tree) -> Rational:
        factors = [sum((a * at(j, branch) for j, a in enumerate(scheme.stages[stage])), Integer(0)) for branch in tree]
        return sympy.prod(factors)

    return sum((b * at(s, tree) for s, b in enumerate(scheme.weights)), Integer(0))
