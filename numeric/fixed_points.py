"""Fixed points of firing-rate models: all of them, or a statement of what is undecided."""

import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..symbolic.model import RateModel
from . import accelerator, door
from .compile import CompiledModel, compile_model
from .door import Array
from .population import Sets, Table, fill
from .population_loop import fill_by_loop, is_common
from .results import CASES, Case, FixedPoints

# So many parameter sets at a time: what is computed for them then stays in the processor's cache.
_BLOCK, _LOOP_BLOCK = 16_384, 65_536
# For fewer parameter sets than this the compiler is not loaded.
_COMPILED_FROM = 20_000
_CONTINUUM = CASES.index(Case.CONTINUUM)


def fixed_points(model: RateModel, *, workers: int = 1, **parameters: ArrayLike) -> FixedPoints:
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

    Raises ParameterError if a parameter is unknown, not a finite number or out of bounds.

    >>> fixed_points(RateModel.single(), w=5, I_ext=0.5)
    3 fixed points of 'single' (tau=1, a=1.2, theta=2.8, w=5, I_ext=0.5), complete
      r          eigenvalue  stability
      0.0415367  -0.58321    stable
      0.447119   0.497762    unstable
      0.899717   -0.626423   stable
    """
    compiled = compile_model(model)
    values = door.read(model, parameters)
    shape = door.broadcast_shape(list(model.parameters), list(values))
    threads = door.threads_given(workers)
    if len(model.populations) > 1:
        from .network_fixed_points import network_fixed_points  # imports what is below

        return network_fixed_points(compiled, values, shape)
    return _assembled(model, door.parameters_of(model, values), shape, _table(compiled, values, shape, threads))


def _table(compiled: CompiledModel, values: "tuple[Array, ...]", shape: tuple[int, ...], threads: int) -> Table:
    """Solve all parameter sets, a block at a time; a parameter that is one number stays one."""
    size = math.prod(shape)
    by_loop = size >= _COMPILED_FROM and accelerator.is_available() and is_common(compiled.kernels[0].transfer)
    table = Table.empty(compiled.kernels[0], size)
    views = [v if v.ndim == 0 else np.broadcast_to(v, shape) for v in values]
    rows, length = (shape[0], size // shape[0]) if len(shape) == 2 else (size, 1)
    if len(shape) > 2:
        views = [v if v.ndim == 0 else v.reshape(-1) for v in views]
    # Whole rows of a grid: each block then copies its own part of what broadcasts.
    at_a_time = min(max((_LOOP_BLOCK if by_loop else _BLOCK) // length, 1), -(-rows // threads))

    def solve(first: int) -> tuple[int, Table]:
        last = min(first + at_a_time, rows)
        part = table.part(first * length, last * length)
        part.clear()
        block = [v if v.ndim == 0 else v[first:last].reshape(-1) for v in views]
        (fill_by_loop if by_loop else fill)(Sets(compiled, block, part.count.size), part)
        return first * length, part

    starts = range(0, rows, at_a_time)
    with ThreadPoolExecutor(threads) if threads > 1 and len(starts) > 1 else nullcontext() as pool:
        for start, part in pool.map(solve, starts) if pool is not None else map(solve, starts):
            table.sides.update({start + row: sides for row, sides in part.sides.items()})
    return table


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
        sides={(*map(int, np.unravel_index(row, shape)), 0): sides for row, sides in table.sides.items()},
    )
