"""What all writers draw alike: brackets by their depth, primes, and the words that need air around them."""

from ..notation import Apply, Decorated, Identifier, Node, Power

__all__ = ["BRACKETS", "around", "is_word", "primes_of"]

BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
_PRIMES = ("", "′", "″", "‴", "⁗")


def around(body: str, depth: int) -> tuple[str, str, str]:
    """The brackets for a depth with what they enclose between them."""
    left, right = BRACKETS[min(depth, 2)]
    return left, body, right


def primes_of(count: int) -> str:
    """So many primes, in one character where there is one."""
    return _PRIMES[count] if count < len(_PRIMES) else "′" * count


def is_word(node: Node) -> bool:
    """Whether a factor needs air around it: a word, or the application of one."""
    match node:
        case Identifier(text):
            return len(text) > 1
        case Decorated(base):
            return is_word(base)
        case Power(base) | Apply(base):
            return is_word(base)
        case _:
            return False
