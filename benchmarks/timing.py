"""Timing side by side: two functions in turn, so that a machine whose speed drifts slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """The median times of two functions in one run, in seconds, and how the ratio of a round spread."""

    ours: float
    theirs: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times faster ours is: the median over rounds."""
        return statistics.median(self.ratios)


def side_by_side(ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int, repeat: int = 1) -> Pair:
    """Time two functions in turn, `rounds` times, after one call of each; a round takes the best of `repeat` calls."""
    ours()
    theirs()
    times = [(_best(ours, repeat), _best(theirs, repeat)) for _ in range(rounds)]
    return Pair(
        statistics.median(a for a, _ in times), statistics.median(b for _, b in times), tuple(b / a for a, b in times)
    )


def _best(function: Callable[[], object], repeat: int) -> float:
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best


def table(rows: list[tuple[str, ...]]) -> str:
    """Return rows of text as columns, the first row as their heads."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def row(work: str, peer: str, pair: Pair, floor: float) -> tuple[str, ...]:
    """Return a line of the table: what was done, against whom, both times, the ratio and the floor that was asked."""
    spread = f"{min(pair.ratios):.2f} to {max(pair.ratios):.2f}"
    verdict = "met" if pair.ratio >= floor else "MISSED"
    return work, peer, f"{pair.ours:.4g} s", f"{pair.theirs:.4g} s", f"{pair.ratio:.2f}", spread, f"{floor:g}", verdict


HEADS = ("work", "against", "ours", "theirs", "ratio", "ratios of the rounds", "floor", "")
