"""How many there are, and which: numbers of things and lists of them, in a sentence."""

from collections.abc import Sequence

__all__ = ["counted", "joined"]


def counted(number: int, what: str) -> str:
    """Return how many of something there are.

    >>> counted(0, "cusp"), counted(1, "cusp"), counted(1200, "sample")
    ('no cusp', '1 cusp', '1,200 samples')
    """
    return f"{number:,} {what}{'s' * (number != 1)}" if number else f"no {what}"


def joined(items: Sequence[str]) -> str:
    """Return items as a list in a sentence.

    >>> joined(["a"]), joined(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
