"""Sharing work among threads: compiled loops and NumPy let go of the interpreter while they run."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")

# Pieces for each thread, where there are several: the one that is disturbed leaves some to the others.
SHARES = 4


def each(run: Callable[[Piece], object], pieces: Sequence[Piece], threads: int) -> None:
    """Call `run` with every piece, in any order; this thread is one of those that do, and waits for the others.

    A thread that is done takes the next piece that is left. Once one fails, no other piece is begun, and its error is
    raised.
    """
    left = deque(pieces)

    def work() -> None:
        try:
            while left:
                try:
                    piece = left.popleft()
                except IndexError:  # another thread was faster
                    return
                run(piece)
        except BaseException:
            left.clear()
            raise

    helpers = min(threads, len(pieces)) - 1
    if helpers < 1:
        work()
        return
    with ThreadPoolExecutor(helpers) as pool:
        others = [pool.submit(work) for _ in range(helpers)]
        work()
    for other in others:
        other.result()
