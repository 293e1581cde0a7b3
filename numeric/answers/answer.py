"""What comes of grading: right, or what is wrong, in sentences that name the case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..frozen import plain


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: `about` is F, dF, drdt, eigenvalue or fixed_points, `sentence` says what.

    `inputs` are the numbers of the case, `expected` and `got` what belongs there and what was answered; None where
    nothing of the kind can be told. `mistake` is the usual mistake that explains it, where one does.
    """

    about: str
    sentence: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    expected: float | None = None
    got: float | None = None
    mistake: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    def __str__(self) -> str:
        return f"{self.about}: {self.sentence}"

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view of a dict does not travel; the dict does.
        return type(self), (self.about, self.sentence, dict(self.inputs), self.expected, self.got, self.mistake)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; what is no finite number is None."""
        return {
            "about": self.about,
            "sentence": self.sentence,
            "inputs": plain(dict(self.inputs)),
            "expected": plain(self.expected),
            "got": plain(self.got),
            "mistake": self.mistake,
        }


@dataclass(frozen=True)
class Answer:
    """An answer graded: `right`, or `findings` that say what is wrong.

    `notes` are sentences about what is right and could be better. `checked` says what was looked at, and where.
    """

    model: str
    checked: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether nothing wrong was found."""
        return not self.findings

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold."""
        return {
            "model": self.model,
            "right": self.right,
            "findings": [finding.to_dict() for finding in self.findings],
            "notes": list(self.notes),
            "checked": list(self.checked),
        }

    @property
    def headline(self) -> str:
        """The grade and what it was found by, in a line."""
        return f"{'Right' if self.right else 'Not right'} ({'; '.join(self.checked)})"

    def __repr__(self) -> str:
        lines = [f"  - {finding}" for finding in self.findings] + [f"  note: {note}" for note in self.notes]
        return "\n".join([self.headline, *lines])

    def _repr_mimebundle_(
        self, include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, str]:
        from ..notebook import of_answer  # typesetting is loaded for who shows something

        return of_answer(self, include, exclude)
