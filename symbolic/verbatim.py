"""Sentences with words of a user in them: a title, a source, a unit, a population's name.

In our own sentences `w = 0` is mathematics, and a writer of reports sets it as such. What a user has called something
is words, whatever it looks like: a model called a_b_c is no quantity with an index.
"""

__all__ = ["Sentence", "Verbatim", "pieces"]


class Verbatim(str):
    """Words of a user, which are shown letter by letter."""


class Sentence(str):
    """A text made of pieces, some of which are a user's words.

    >>> told = Sentence("It is the ", Verbatim("x=1"), ".")
    >>> told == "It is the x=1.", [isinstance(piece, Verbatim) for piece in pieces(told)]
    (True, [False, True, False])
    """

    parts: tuple[str, ...]

    def __new__(cls, *parts: str) -> "Sentence":
        made = super().__new__(cls, "".join(parts))
        made.parts = tuple(piece for part in parts for piece in pieces(part))
        return made


def pieces(text: str) -> tuple[str, ...]:
    """Return the pieces of a text, in order; one that is no Sentence is its own."""
    return text.parts if isinstance(text, Sentence) else (text,)
