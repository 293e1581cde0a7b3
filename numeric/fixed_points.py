"""Fixed points of firing-rate models: all of them, or a statement of what is undecided."""

# What `help` shows then are the names of the types, and not all that these stand for.
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..symbolic.model import RateModel
from . import accelerator, door, sharing
from .cases import CASES, Case
from .compile import CompiledModel, compile_model
from .door import Array
from .population import Sets, Table, fill
from .population_loop import fill_by_loop, is_common
from .promise import quiet_beyond
from .results import FixedPoints

# So many parameter sets at a time: what is computed for them then stays in the processor's cache.
_BLOCK, _LOOP_BLOCK = 16_384, 65_536
# For fewer parameter sets than this the compiler is not loaded.
_COMPILED_FROM = 20_000
_CONTINUUM = CASES.index(Case.CONTINUUM)


def fixed_points(
    model: RateModel, *, certify: bool | str = False, workers: int = 1, **parameters: ArrayLike
) -> FixedPoints:
    """Return every fixed point of the model, with eigenvalues and stability.

    Parameters not given take their defaults. Parameters may be arrays: they broadcast, and the result has their shape
    and a last axis of fixed points, padded with nan. Rates are dimensionless, eigenvalues in 1/ms. The points are
    ordered by rising input x = w r + I_ext (of the first population, where there are several).

    For one population the list is complete for every transfer function of the catalogue, however close to a fold:
    where doubles cannot decide, that set of parameters is solved with 120 digits. It is not complete, and `case` says
    so, where a fixed point lies beyond the largest double, and where a parameter exceeds 1e90 or an input 1e100 in
    magnitude. For several populations the search is by interval branch and prune, and `complete` is False where it
    could not decide a region. A network of one named population is solved as one population. `workers` is the number of
    threads that share a large grid, -1 for all processors.

    With `certify` (one population; extra "certify") each fixed point is proved in ball arithmetic to exist and to be
    the only one in its `enclosure`, and no other to exist; what finite precision and exact arguments leave open has
    the `status` "undecided". True or "doubles" takes a float for the double that it
    is, "decimals" for the decimal that it is written as: 1.2 is then 6/5. Whole numbers and fractions are exact.

    Raises ParameterError if a parameter is unknown, not a finite number or out of bounds.

    >>> fixed_points(RateModel.single(), w=5, I_ext=0.5)
    3 fixed points of 'single' (tau=1, a=1.2, theta=2.8, w=5, I_ext=0.5), complete
      r          eigenvalue  stability
      0.0415367  -0.58321    stable
      0.447119   0.497762    unstable
      0.899717   -0.626423   stable
    """
    values = door.read(model, parameters, ("certify", "workers"))
    shape = door.broadcast_shape(list(model.parameters), list(values))
    # A set has up to five points for each population, of some numbers each.
    needed = 8.0 * 16 * len(model.populations) * math.prod(shape)
    door.refuse_beyond_memory(f"a list for parameters of shape {shape}", needed, "give fewer values", "parameters")
    threads = door.threads_given(workers)
    # Of a formula of one's own no closed form is known that could cut the line: it is searched with proof.
    closed = all(p.transfer.has_closed_forms for p in model.populations) or len(model.populations) > 1
    if certify is not False or not closed:
        from .certified_points import certified_points, reading_of  # needs python-flint

        reading = reading_of(certify) or (None if closed else "doubles")
        if reading is not None:
            return certified_points(model, parameters, values, shape, reading)
    compiled = compile_model(model)
    if len(model.populations) > 1:
        from .network_fixed_points import network_fixed_points  # imports what is below

        with quiet_beyond(values):
            return network_fixed_points(compiled, values, shape)
    return _assembled(model, door.parameters_of(model, values), shape, _table(compiled, values, shape, threads))


def _table(compiled: CompiledModel, values: tuple[Array, ...], shape: tuple[int, ...], threads: int) -> Table:
    """Solve all parameter sets, a block at a time; a parameter that is one number stays one."""
    size = math.prod(shape)
    by_loop = size >= _COMPILED_FROM and accelerator.is_available() and is_common(compiled.kernels[0].transfer)
    table = Table.empty(compiled.kernels[0], size)
    largest = _LOOP_BLOCK if by_loop else _BLOCK
    # Whole rows of a grid: what does not vary along an axis need not be copied along it.
    is_grid = len(shape) == 2 and 0 < shape[1] <= largest
    rows, length = shape if is_grid else (size, 1)
    grid = [_on_two_axes(v, shape, is_grid=is_grid) for v in values]
    at_a_time = max(min(largest // length, -(-rows // (threads * sharing.SHARES if threads > 1 else 1))), 1)

    def solve(first: int) -> None:
        last = min(first + at_a_time, rows)
        part = table.part(first * length, last * length)
        part.clear()
        block = [v if v.shape[0] == 1 else v[first:last] for v in grid]
        # Each thread has its own state of NumPy's.
        with quiet_beyond(block):
            if by_loop:
                fill_by_loop(compiled, block, last - first, part)
            else:
                one = (last - first, length)
                flat = [v.reshape(()) if v.size == 1 else np.broadcast_to(v, one).reshape(-1) for v in block]
                fill(Sets(compiled, flat, part.count.size), part)
        table.sides.update({first * length + row: sides for row, sides in part.sides.items()})

    sharing.each(solve, range(0, rows, at_a_time), threads)
    return table


def _on_two_axes(value: Array, shape: tuple[int, ...], *, is_grid: bool) -> Array:
    """Return a parameter with two axes: those of a grid, or all of them as the first."""
    if value.ndim == 0:
        return value.reshape(1, 1)
    if is_grid:
        return value.reshape((1,) * (2 - value.ndim) + value.shape)
    return np.broadcast_to(value, shape).reshape(-1, 1)


def _assembled(model: RateModel, parameters: dict[str, Any], shape: tuple[int, ...], table: Table) -> FixedPoints:
    longest = int(table.count.max(initial=0))

    def shaped(values: NDArray[Any]) -> NDArray[Any]:
        kept = values if values.shape[1] == longest else np.ascontiguousarray(values[:, :longest])
        return kept.reshape((*shape, longest))

    count = np.where(table.case == _CONTINUUM, -1, table.count)
    r, x, eigenvalue, kind = shaped(table.r), shaped(table.x), shaped(table.eigenvalue), None
    stability = shaped(table.stability)
    if not model.is_single:
        # A network's arrays have an axis of populations, also where there is only one.
        node = np.isin(stability, [1, 2])
        words = np.array(["", "stable node", "unstable node"])
        kind = words[np.where(node, stability, 0)]
        filled = np.where(np.isnan(eigenvalue), complex(np.nan, np.nan), eigenvalue)
        r, x, eigenvalue = r[..., None], x[..., None], filled[..., None]
    return FixedPoints(
        model=model,
        parameters=parameters,
        r=r,
        x=x,
        eigenvalue=eigenvalue,
        count=int(count[0]) if shape == () else count.reshape(shape),
        stability_codes=stability,
        case_codes=table.case.reshape(shape),
        type=kind,
        # At a kink r = 0, and no fixed point lies below.
        sides={(*map(int, np.unravel_index(row, shape)), 0): sides for row, sides in sorted(table.sides.items())},
    )
