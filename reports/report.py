"""The report of a model: everything it says, in order, and nothing of how it looks.

A format (`formats`, one writer each) walks over `chapters` and writes what it finds: entries (steps of the derivation
with their verdicts), tables and figures. Every number in it comes from a function that a user can call.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..numeric import FixedPoints, fixed_points
from ..symbolic.derivation import Derivation, Verdict, Verification
from ..symbolic.errors import ParameterError
from ..symbolic.kept_checks import verification_of
from ..symbolic.model import RateModel
from ..symbolic.transfer import catalogue
from ..symbolic.verbatim import Sentence, Verbatim
from . import formats
from .content import Chapter, Entry
from .numbers import exact, joined, plain, rates
from .outline import chapters
from .tables import tally

__all__ = ["Report"]


@dataclass(frozen=True, eq=False)
class Report:
    """The ordered content of a report on one model at one set of parameters; made by `Report.of`."""

    model: RateModel
    parameters: Mapping[str, float]
    title: str
    abstract: tuple[str, ...]
    chapters: tuple[Chapter, ...]
    derivation: Derivation
    verification: Verification
    fixed_points: FixedPoints

    @classmethod
    def of(cls, model: RateModel, /, **parameters: Any) -> "Report":
        """Derive, check, compute and arrange everything; parameters not given take their defaults.

        Raises ParameterError if a parameter is unknown, out of bounds or not a single number.

        >>> from nullcline.symbolic import RateModel
        >>> report = Report.of(RateModel.single(), w=5, I_ext=0.5)
        >>> [chapter.title for chapter in report.chapters][:3]
        ['The model', 'The transfer function', 'Without recurrence']
        """
        found = fixed_points(model, **parameters)
        for name, value in found.parameters.items():
            if not isinstance(value, float):
                raise ParameterError(f"{name} must be one number in a report, got an array", name=name, value=value)
        derivation = model.derive()
        verification = verification_of(model)
        values = MappingProxyType(dict(found.parameters))
        return cls(
            model,
            values,
            _title(model),
            _abstract(model, values, found, verification),
            chapters(model, values, found, derivation, verification),
            derivation,
            verification,
            found,
        )

    @property
    def ok(self) -> bool:
        """Whether every step is checked and none refuted."""
        return self.verification.ok

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in order."""
        return tuple(entry for chapter in self.chapters for entry in chapter.entries)

    def write(self, format: str) -> str | bytes:
        """Return the report in a format: html, tex, md, ipynb or json as text, pdf as bytes.

        The same report gives the same text. Raises NullclineError for an unknown format, MissingExtra where an extra
        is needed.

        >>> from nullcline.symbolic import RateModel
        >>> Report.of(RateModel.single()).write("md").splitlines()[0]
        '# One population with a sigmoid transfer function'
        """
        return formats.write(self, format)

    def save(self, path: str | os.PathLike[str], format: str | None = None) -> None:
        """Write the report to a file, in the format that its ending tells.

        Markdown gets its figures as SVG files in a folder beside it, `NAME-figures`.

        Raises NullclineError where the ending is none of a report or not that of `format`, and where the file cannot
        be written.
        """
        formats.save(self, Path(path), format)

    def summary(self) -> str:
        """Return five lines for a terminal: model, parameters, fixed points, eigenvalues, checks."""
        found = self.fixed_points
        lines = {
            "model": _title(self.model),
            "parameters": ", ".join(self._parameter(name) for name in self.parameters),
            "fixed points": _counted(found)
            + _listed(f"{rates(r, _short)} ({s})" for r, s in zip(found.r, found.stability, strict=True)),
            "eigenvalues": ", ".join(_eigenvalue(found, i) for i in range(len(found.stability))) + " (1/ms)"
            if len(found.stability)
            else "none",
            "checks": f"{len(self.derivation)} steps: {tally(self.verification)}",
        }
        return "\n".join(f"  {name:<14}{line}" for name, line in lines.items())

    def _parameter(self, name: str) -> str:
        unit = self.model.parameters[name].unit
        return f"{name}={plain(self.parameters[name])}" + (f" {unit}" if unit else "")


# What is said of the model at the given parameters --------------------------------------------------------------------


def _title(model: RateModel) -> str:
    if model.is_single and model.populations[0].transfer.name in catalogue:
        return f"One population with a {_function_name(model)} transfer function"
    if model.name not in ("single", "wilson-cowan", "network"):
        # A name of its own, as a model file gives.
        return Verbatim(model.name)
    if model.is_single:
        return "One population with a transfer function of its own"
    names = Verbatim(" and ".join(p.name for p in model.populations))
    number = _COUNTED.get(len(model.populations), str(len(model.populations)))
    return Sentence(f"{number} coupled populations, ", names)


_COUNTED = {2: "Two", 3: "Three", 4: "Four"}
_FUNCTION_NAMES = {
    "power": "power-law",
    "naka_rushton": "Naka-Rushton",
    "erf": "normal (erf)",
    "relu": "rectified linear",
}


def _function_name(model: RateModel) -> str:
    name = model.populations[0].transfer.name
    return _FUNCTION_NAMES.get(name, name)


def _abstract(
    model: RateModel, values: Mapping[str, float], found: FixedPoints, verification: Verification
) -> tuple[str, ...]:
    where = joined([f"{name} = {exact(values[name])}" for name in _told(model)])
    sentences = [f"With {where}, and the other parameters as in Table 1, {_there_are(found)}"]
    if found.case != "every fixed point is simple":
        sentences.append(f"{str(found.case)[:1].upper()}{str(found.case)[1:]}.")
    count = len(verification.steps)
    if verification.proved:
        sentences.append(
            f"All {count} steps of the derivation are proved: the residual of every line vanishes symbolically, "
            "and an independent numerical route agrees."
        )
    elif verification.ok:
        proved = [verification.verdict(step.key) for step in verification.steps].count(Verdict.PROVED)
        sentences.append(
            f"Of the {count} steps of the derivation {_are(proved)} proved and {_are(count - proved)} verified "
            "numerically, where a symbolic residual could not be decided; none is refuted."
        )
    else:
        sentences.append(
            f"The derivation does not hold as it stands: of its {count} steps {tally(verification)}. "
            "The steps concerned are marked."
        )
    return tuple(sentences)


def _are(number: int) -> str:
    return f"{number} is" if number == 1 else f"{number} are"


def _told(model: RateModel) -> list[str]:
    """The weights and inputs, which are what is varied."""
    weights = [w.name for row in model.weights for w in row if w is not None]
    return [*weights, *(p.I_ext.name for p in model.populations)]


def _there_are(found: FixedPoints) -> str:
    number = len(found.stability)
    if found.count < 0:
        return "there is a continuum of fixed points."
    if number == 0 and not found.complete:
        # Undecided is an answer; "none" would be a guess.
        return "no fixed point was found, and the search could not be completed."
    if number == 0:
        return "there is no fixed point."
    names = [f"r_{p.name}*" if p.name else "r*" for p in found.model.populations]
    left = names[0] if len(names) == 1 else f"({', '.join(names)})"
    listed = joined([f"{left} = {rates(r)} ({s})" for r, s in zip(found.r, found.stability, strict=True)])
    verb, counted = (
        ("is", "one fixed point") if number == 1 else ("are", f"{_NUMBERS.get(number, number)} fixed points")
    )
    if not found.complete:
        past = "was" if number == 1 else "were"
        return f"at least {counted} {past} found: {listed}. The search could not be completed."
    return f"there {verb} {counted}: {listed}."


_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


def _counted(found: FixedPoints) -> str:
    if found.count < 0:
        return "a continuum"
    if found.complete:
        return str(found.count)
    return f"at least {found.count}" if found.count else "none found, the search could not be completed"


def _short(value: float) -> str:
    """A number in plain characters, which every terminal has, and few of them."""
    return f"{value:.4g}"


def _listed(items: Iterable[str]) -> str:
    text = ", ".join(items)
    return f": {text}" if text else ""


def _eigenvalue(found: FixedPoints, index: int) -> str:
    if not found.model.is_single:
        return f"({', '.join(_complex(complex(e)) for e in found.eigenvalue[index])})"
    if found.stability[index] == "nonsmooth":
        below, above = found.one_sided_eigenvalues[index]
        return f"{below:.4g} | {above:.4g}"
    return f"{found.eigenvalue[index]:.4g}"


def _complex(value: complex) -> str:
    return f"{value.real:.4g}" if value.imag == 0 else f"{value.real:.4g}{value.imag:+.4g}i"
