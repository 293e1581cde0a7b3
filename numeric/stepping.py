"""Stepping through time: one parameter set alone, or many members at once, compiled or by NumPy.

Both routes run the same generated lines, and draw the same random bits; they differ by the last bits of exp, log, sin
and cos. A member's numbers do not depend on which others are stepped with it, nor on how many threads there are.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.schemes import Scheme
from . import accelerator, elementary, elementary_plain, sharing
from .compile import CompiledModel
from .door import Array, Grid
from .drive import Drive
from .generated import executed
from .kernels import ESCAPED, Step, array_text, ensemble_text, step_of, trajectory_text
from .noise import OU, generators, normals_from, streams
from .promise import quiet_beyond

# A single run of fewer steps is stepped by Python: to load the compiler takes longer.
_COMPILED_FROM = 2_000
# Members that NumPy steps together: enough that its calls do not cost, and not so many that they leave the cache.
_MEMBERS, _NOISY_MEMBERS = 25_000, 4_096
# Steps whose normal numbers NumPy draws at a time; even, since they come in pairs.
_DRAWN = 256
# Members x steps between two looks at the keyboard and the progress bar: some tenths of a second.
_AT_A_TIME = 200_000_000
# Steps whose input is tabled at a time, where it changes with time.
_TABLED = 1_000_000
# A run of so many members x steps takes seconds, and has a bar.
_LONG = 500_000_000


@dataclass(frozen=True, eq=False)
class Plan:
    """A simulation that has passed the door: what is run, and what is kept of it."""

    compiled: CompiledModel
    grid: Grid
    start: Array
    values: tuple[Array, ...]
    shape: tuple[int, ...]
    drive: Drive | None
    noises: "tuple[OU | None, ...] | None"
    entropy: int | None
    trials: range
    has_trial_axis: bool
    with_mean: bool

    @property
    def populations(self) -> int:
        return len(self.compiled.model.populations)

    @property
    def members(self) -> int:
        """How many members the ensemble has: trials vary fastest."""
        return int(np.prod(self.shape, dtype=np.int64)) * len(self.trials)

    @property
    def ensemble_axes(self) -> tuple[int, ...]:
        """The axes that come first in every result."""
        return (*self.shape, len(self.trials)) if self.has_trial_axis else self.shape

    def flat(self, value: Array) -> Array:
        """Return a parameter with one entry a member."""
        if value.ndim == 0:
            return np.broadcast_to(value, (self.members,))
        return np.repeat(np.broadcast_to(value, self.shape).reshape(-1), len(self.trials))

    def starts(self) -> list[Array]:
        """Return the initial rates of each population, one entry a member."""
        single = self.compiled.model.is_single
        return [self.flat(self.start if single else self.start[..., i]) for i in range(self.populations)]

    def shaped(self, table: Array) -> Array:
        """Return a table (..., N, M) with the axes of the ensemble first, then those before N, then the populations."""
        axes = self.ensemble_axes
        leading = table.ndim - 2
        opened = table.reshape((*table.shape[:-1], *axes))
        # (time, N, ensemble...) -> (ensemble..., time, N)
        order = [*range(leading + 1, leading + 1 + len(axes)), *range(leading), leading]
        moved = opened.transpose(order)
        return moved[..., 0] if self.compiled.model.is_single else moved


def stepped(plan: Plan, scheme: Scheme, threads: int) -> tuple[Array, Array | None]:
    """Return the rates at the samples that are kept, and the mean over all samples if the plan asks for it."""
    model = plan.compiled.model
    # Bounded rates stay bounded for dt <= 2 tau (theory, section 2.1); only else can a run leave the doubles.
    guarded = not plan.compiled.is_bounded or any(
        bool((plan.grid.dt >= 2 * plan.compiled.value_of(p.tau, plan.values)).any()) for p in model.populations
    )
    step = step_of(model, scheme.name, varying=plan.drive is not None or plan.noises is not None, guarded=guarded)
    alone = plan.shape == () and plan.noises is None and plan.grid.kept == plan.grid.samples and not plan.with_mean
    # Python's own numbers would stop at 1/0 in a case of a formula that does not hold.
    if alone and (plan.compiled.has_closed_forms or _is_compiled(plan.grid)):
        return _alone(plan, step), None
    return _together(plan, step, threads)


def _alone(plan: Plan, step: Step) -> Array:
    """Step one parameter set without noise."""
    grid, single = plan.grid, plan.compiled.model.is_single
    starts = [float(plan.start)] if single else plan.start.tolist()
    parameters = [*(float(v) for v in plan.values), grid.dt]
    drives: list[Array] = []
    if plan.drive is not None:
        table = plan.drive.at_nodes(step.nodes, 0, grid.samples)
        drives = [np.ascontiguousarray(table[:, n, i]) for n in range(len(step.nodes)) for i in range(plan.populations)]
    if _is_compiled(grid):
        rows = np.empty((plan.populations, grid.samples))
        rows[:, 0] = starts
        _trajectory(step, compiled=True)(*rows, *drives, *parameters)
    else:
        lists = [[s] + [0.0] * (grid.samples - 1) for s in starts]
        try:
            _trajectory(step, compiled=False)(*lists, *(d.tolist() for d in drives), *parameters)
            rows = np.array(lists)
        except ZeroDivisionError:
            # A product of parameters is below every double, which NumPy and the compiler turn into what is no number.
            rows = np.full((plan.populations, grid.samples), np.nan)
    return rows[0] if single else rows.T


def _is_compiled(grid: Grid) -> bool:
    return grid.samples >= _COMPILED_FROM and accelerator.is_available()


@lru_cache(maxsize=128)
def _trajectory(step: Step, *, compiled: bool) -> Callable[..., None]:
    text = trajectory_text(step)
    if compiled:
        return accelerator.compiled(text, "trajectory", forms="prompt")
    return executed(text, {**elementary_plain.namespace(), "ESCAPED": ESCAPED})["trajectory"]


@lru_cache(maxsize=128)
def _ensemble(step: Step, *, own: tuple[int, ...], driven: bool, noisy: bool, summed: bool) -> Callable[..., None]:
    text = ensemble_text(step, own=own, driven=driven, noisy=noisy, summed=summed)
    return accelerator.compiled(text, "ensemble", forms="quick")


def _together(plan: Plan, step: Step, threads: int) -> tuple[Array, Array | None]:
    """Step all members, a piece of the ensemble at a time."""
    grid = plan.grid
    shape = (grid.kept, plan.populations, plan.members)
    stored, total = np.empty(shape), np.zeros(shape[1:])
    columns = [*(plan.flat(v) for v in plan.values), np.broadcast_to(np.float64(grid.dt), (plan.members,))]
    starts = plan.starts()
    route = _compiled_piece if accelerator.is_available() else _array_piece
    pieces = _pieces(plan, threads, compiled=route is _compiled_piece)
    with _progress(plan.members * grid.samples) as tell:

        def run(piece: slice) -> None:
            # Each thread has its own state of NumPy's.
            with quiet_beyond(plan.values):
                route(plan, step, piece, [c[piece] for c in columns], [s[piece] for s in starts], stored, total, tell)

        sharing.each(run, pieces, threads)
    return plan.shaped(stored), plan.shaped(total / grid.samples) if plan.with_mean else None


def _pieces(plan: Plan, threads: int, *, compiled: bool) -> list[slice]:
    """Cut the ensemble into as many pieces for each thread, none longer than is good for the loop that steps it."""
    shares = sharing.SHARES if threads > 1 else 1
    if compiled:
        most = max(_AT_A_TIME // plan.grid.samples, 512)
    elif plan.noises:
        most = _NOISY_MEMBERS
    else:
        # Threads wait for the interpreter between two calls of NumPy: the longer these are, the less that costs.
        most, shares = (_MEMBERS if threads == 1 else 4 * _MEMBERS), 1
    shares = max(shares, -(-plan.members // (threads * most)))
    size = -(-plan.members // (threads * shares))
    return [slice(first, min(first + size, plan.members)) for first in range(0, plan.members, size)]


def _segments(samples: int, members: int, *, driven: bool) -> Iterator[tuple[int, int]]:
    """Cut the time: even numbers of steps, since normal numbers come in pairs."""
    size = max(_AT_A_TIME // max(members, 1) // 2 * 2, 2)
    if driven:
        size = min(size, _TABLED)
    for first in range(0, samples, size):
        yield first, min(first + size, samples)


def _noise_rows(plan: Plan) -> Array:
    """Return the decay, the amplitude and the amplitude at the start of each population's noise, shape (N, 3)."""
    rows = np.zeros((plan.populations, 3))
    for i, noise in enumerate(plan.noises or ()):
        if noise is not None:
            rows[i] = (*noise.update(plan.grid.dt), noise.sigma)
    return rows


def _drive_table(plan: Plan, step: Step, first: int, last: int) -> Array:
    if plan.drive is None:
        return np.empty((0, len(step.nodes), plan.populations))
    return plan.drive.at_nodes(step.nodes, first, last)


def _compiled_piece(
    plan: Plan,
    step: Step,
    piece: slice,
    columns: list[Array],
    starts: list[Array],
    stored: Array,
    total: Array,
    tell: Callable[[int], object],
) -> None:
    grid, N, M = plan.grid, plan.populations, piece.stop - piece.start
    own = tuple(i for i, v in enumerate(plan.values) if v.ndim)
    driven, noisy = plan.drive is not None, plan.noises is not None
    ensemble = _ensemble(step, own=own, driven=driven, noisy=noisy, summed=plan.with_mean)
    rates, shared = np.array(starts), np.array([c[0] for c in columns])
    parameters = np.array([columns[i] for i in own]).reshape(len(own), M)
    sums, eta = np.zeros((N, M)), np.zeros((N, M))
    states = np.empty((4, N, 0), dtype=np.uint64)
    if plan.noises is not None:
        states = _streams(plan, piece)
    whole = stored.shape[2] == M
    kept = stored if whole else np.empty((grid.kept, N, M))
    for first, last in _segments(grid.samples, M, driven=driven):
        ensemble(
            *(
                rates,
                sums,
                eta,
                states,
                shared,
                parameters,
                _drive_table(plan, step, first, last),
                _noise_rows(plan),
                kept,
            ),
            *(first, last, grid.samples, grid.first, grid.every),
        )
        tell((last - first) * M)
    total[:, piece] = sums
    if not whole:
        stored[:, :, piece] = kept


def _streams(plan: Plan, piece: slice) -> NDArray[np.uint64]:
    """Return the generators' states of the members of a piece: those of one trial share their noise."""
    assert plan.entropy is not None
    which = np.arange(piece.start, piece.stop) % len(plan.trials)
    needed, place = np.unique(which, return_inverse=True)
    return np.ascontiguousarray(streams(plan.entropy, [plan.trials[i] for i in needed], plan.populations)[..., place])


@lru_cache(maxsize=64)
def _arrays(step: Step) -> tuple[Callable[..., Any], Callable[..., Any], int]:
    text, spare = array_text(step)
    made = executed(text, {**elementary.rough_namespace(), "ESCAPED": ESCAPED})
    return made["prepare"], made["step"], spare


def _array_piece(
    plan: Plan,
    step: Step,
    piece: slice,
    columns: list[Array],
    starts: list[Array],
    stored: Array,
    total: Array,
    tell: Callable[[int], object],
) -> None:
    grid, N, M = plan.grid, plan.populations, piece.stop - piece.start
    prepare, advance, spares = _arrays(step)
    # A parameter that every member shares stays one number: NumPy is faster with it.
    coefficients = prepare(*(c[0] if c.strides == (0,) else c for c in columns))
    spare = [np.empty(M) for _ in range(spares)]
    rates: Sequence[Array] = [s.copy() for s in starts]
    sums = [np.zeros(M) for _ in range(N)]
    eta = [np.zeros(M) for _ in range(N)]
    noise = _noise_rows(plan)
    normals = _Normals(plan, piece) if plan.noises is not None else None
    for first in range(0, grid.samples, _DRAWN):
        last = min(first + _DRAWN, grid.samples)
        drive = _drive_table(plan, step, first, last)
        drawn = normals.next(last - first) if normals is not None else None
        for k in range(first, last):
            if k >= grid.first and (k - grid.first) % grid.every == 0:
                for i in range(N):
                    stored[(k - grid.first) // grid.every, i, piece] = rates[i]
            if plan.with_mean:
                for i in range(N):
                    sums[i] += rates[i]
            if k == grid.samples - 1:
                break
            if drawn is not None:
                for i in range(N):
                    eta[i] *= noise[i, 0]
                    eta[i] += (noise[i, 2] if k == 0 else noise[i, 1]) * drawn[i][k - first]
            inputs = _inputs(step, drive, k - first, eta if drawn is not None else None) if step.varying else []
            # Where a rate leaves the doubles, the stages of its last step pass through infinity; it ends there. And of
            # a formula in cases those are computed too that do not hold.
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                rates, spare = advance(*rates, *inputs, *coefficients, spare)
        tell((last - first) * M)
    for i in range(N):
        total[i, piece] = sums[i]


def _inputs(step: Step, drive: Array, row: int, eta: "list[Array] | None") -> list[Any]:
    """Return what comes on top of I_ext in one step: for each node, for each population."""
    inputs: list[Any] = []
    for n, _ in enumerate(step.nodes):
        for i in range(step.populations):
            given = drive[row, n, i] if drive.size else 0.0
            inputs.append(given if eta is None else eta[i] + given if drive.size else eta[i])
    return inputs


class _Normals:
    """The normal numbers of a piece of the ensemble, some steps at a time."""

    def __init__(self, plan: Plan, piece: slice) -> None:
        assert plan.entropy is not None
        which = np.arange(piece.start, piece.stop) % len(plan.trials)
        needed, self._place = np.unique(which, return_inverse=True)
        self._generators = generators(plan.entropy, [plan.trials[i] for i in needed], plan.populations)

    def next(self, steps: int) -> list[Array]:
        """Return the numbers of the next steps, one array (steps, members) a population."""
        even = steps + steps % 2
        drawn = []
        for row in self._generators:
            bits = np.empty((len(row), even), dtype=np.uint64)
            for place, generator in enumerate(row):
                bits[place] = generator.random_raw(even)
            drawn.append(np.ascontiguousarray(normals_from(bits).T)[:, self._place])
        return drawn


class _progress:
    """A progress bar on stderr, for a long run and a person who watches; silent otherwise."""

    def __init__(self, steps: int) -> None:
        self._bar: Any = None
        if steps >= _LONG and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=steps, unit="step", unit_scale=True, delay=1.0, leave=False, file=sys.stderr)

    def __enter__(self) -> Callable[[int], object]:
        return self._bar.update if self._bar is not None else lambda done: None

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
