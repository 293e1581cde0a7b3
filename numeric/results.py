"""The fixed points that a search returns: frozen values of read-only arrays, printed as tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.errors import NullclineError
from ..symbolic.model import RateModel
from .cases import CASES, STABILITIES, Case
from .door import Array
from .frozen import Result, plain, read_only, table

_STABILITY_WORDS, _CASE_WORDS = np.array(STABILITIES), np.array([str(case) for case in CASES])
# Lists in these cases may lack fixed points.
_NOT_COMPLETE = np.isin(_CASE_WORDS, [Case.UNDECIDED, Case.BEYOND, Case.OUTSIDE])


@dataclass(frozen=True, eq=False)
class Certified(Result):
    """The proofs of a list of fixed points, in ball arithmetic: by monotony, convexity or an exact argument.

    `status` is "certified", which says that there is exactly one fixed point in the enclosure, or "undecided": then
    there are no more than `at_most` (inf where nothing bounds them). `enclosure`, `x_enclosure` and
    `eigenvalue_enclosure` hold lower and upper bounds of r, x and the eigenvalue on a last axis of two. `multiplicity`
    is 2 or 3 where fixed points have met, 0 where it is not known. `largest_count` is the most fixed points that there
    can be in all: their number where none is undecided; inf where nothing bounds it (None for one parameter set).
    `read_as` says what the parameters were taken for: the "doubles" that they are, or the "decimals" that the doubles
    are written as; whole numbers and fractions are themselves.
    """

    read_as: str
    status: NDArray[np.str_]
    enclosure: Array
    x_enclosure: Array
    eigenvalue_enclosure: Array
    multiplicity: NDArray[np.int_]
    at_most: Array
    largest_count: Any


@dataclass(frozen=True, eq=False)
class FixedPoints(Result):
    """The fixed points of a model, ordered by rising input.

    For a single population and parameters that are numbers `r`, `x` (the input w r + I_ext), `eigenvalue` (1/ms) and
    `stability` have shape (count,). Parameters that are arrays put their broadcast shape first; the last axis is then
    as long as the longest list and shorter lists are padded with nan ("" in `stability`). For a network (also one of
    a single named population) `r`, `x` and `eigenvalue` have one more axis, of populations, the eigenvalues are
    complex, and `type` says node, focus or saddle.

    `stability` is "stable", "unstable", "half-stable" (a double root), "stable-nonhyperbolic" (a triple root),
    "nonsmooth" (at a kink: `one_sided_eigenvalues` has both, from below and from above) or "undecided" (an
    eigenvalue's real part is zero to rounding). "stable" and "unstable" agree with the sign of the eigenvalue.
    `count` is -1 for a continuum, whose ends are in `continuum`. `complete` says that no fixed point is missing.
    """

    model: RateModel
    parameters: Mapping[str, Any]
    r: Array
    x: Array
    eigenvalue: NDArray[Any]
    count: Any
    stability_codes: NDArray[np.int8] = field(repr=False)
    case_codes: NDArray[np.int8] | None = field(repr=False)
    # What the codes cannot say: sentences of a network's search, its completeness, node, focus or saddle, kinks.
    sentences: NDArray[np.str_] | None = None
    settled: NDArray[np.bool_] | None = None
    type: NDArray[np.str_] | None = None
    sides: Mapping[tuple[int, ...], tuple[float, float]] = field(default_factory=dict, repr=False)
    certified: Certified | None = None

    @property
    def enclosure(self) -> Array:
        """Lower and upper bounds of each r, with proof, on a last axis of two; of a list made with certify=True."""
        return self._proofs("enclosure").enclosure

    @property
    def status(self) -> NDArray[np.str_]:
        """Whether each fixed point is "certified" or "undecided"; of a list made with certify=True."""
        return self._proofs("status").status

    def _proofs(self, name: str) -> Certified:
        if self.certified is None:
            raise NullclineError(f"{name} needs a certificate: call fixed_points(..., certify=True)")
        return self.certified

    @cached_property
    def stability(self) -> NDArray[np.str_]:
        """What becomes of a small deviation from each fixed point, in a word."""
        return read_only(_STABILITY_WORDS[self.stability_codes])

    @cached_property
    def case(self) -> Any:
        """What is special about each list, in a sentence: a text, or an array of texts."""
        words = np.asarray(self.sentences if self.case_codes is None else _CASE_WORDS[self.case_codes])
        return str(words) if words.ndim == 0 else read_only(words)

    @cached_property
    def complete(self) -> Any:
        """Whether no fixed point is missing: a bool, or an array of bools."""
        settled = np.asarray(self.settled if self.case_codes is None else ~_NOT_COMPLETE[self.case_codes])
        return bool(settled) if settled.ndim == 0 else read_only(settled)

    @cached_property
    def one_sided_eigenvalues(self) -> Array:
        """The eigenvalues from below and from above at each kink (1/ms); nan at every other fixed point."""
        shape = (*self.stability_codes.shape, 2)
        if not self.sides:
            return np.broadcast_to(np.float64(np.nan), shape)
        both = np.full(shape, np.nan)
        for place, values in self.sides.items():
            both[place] = values
        return read_only(both)

    @cached_property
    def continuum(self) -> Any:
        """The ends of a half-line of fixed points: a pair or None; for arrays, an array of pairs, nan where none is."""
        if np.ndim(self.count) == 0:
            return (0.0, float("inf")) if self.count < 0 else None
        return read_only(np.where(self.count[..., None] < 0, [0.0, np.inf], np.nan))

    @property
    def points(self) -> list[dict[str, Any]]:
        """The fixed points one by one, as plain Python values; for parameters that are numbers."""
        self._single_list("points")
        return [self._point(i) for i in range(self.r.shape[0])]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain Python values that JSON can hold; what does not exist is None, never nan."""
        head = {"model": self.model.name, "parameters": plain(dict(self.parameters))}
        if isinstance(self.count, int):
            return {
                "fixed_points": self.points,
                "count": self.count,
                "complete": self.complete,
                "case": self.case,
                "continuum": plain(self.continuum),
                **self._proof_to_dict(),
                **head,
            }
        arrays = {
            name: plain(getattr(self, name))
            for name in ("r", "x", "eigenvalue", "stability", "count", "complete", "case")
        }
        return {**arrays, **self._proof_to_dict(), **head}

    def _proof_to_dict(self) -> dict[str, Any]:
        if self.certified is None:
            return {}
        proof = self.certified
        told = {"largest_count": plain(proof.largest_count), "parameters_read_as": proof.read_as}
        if not isinstance(self.count, int):
            told |= {"enclosure": plain(proof.enclosure), "status": plain(proof.status)}
        return told

    def _single_list(self, name: str) -> None:
        if np.ndim(self.count):
            shape = np.shape(self.count)
            raise NullclineError(f"{name} is for one set of parameters, these are arrays of shape {shape}")

    def _point(self, i: int) -> dict[str, Any]:
        names = [p.name for p in self.model.populations]
        if self.model.is_single:
            point: dict[str, Any] = {
                "r": float(self.r[i]),
                "x": float(self.x[i]),
                "eigenvalue": plain(self.eigenvalue[i]),
                "stability": str(self.stability[i]),
            }
            if self.stability[i] == "nonsmooth":
                point["one_sided_eigenvalues"] = plain(self.one_sided_eigenvalues[i])
            return point | self._proof_of_point(i)
        point = {
            "r": dict(zip(names, self.r[i].tolist(), strict=True)),
            "x": dict(zip(names, self.x[i].tolist(), strict=True)),
            "eigenvalue": [plain(v) for v in self.eigenvalue[i].tolist()],
            "stability": str(self.stability[i]),
            "type": str(self.type[i]) if self.type is not None else None,
        }
        if self.stability[i] == "nonsmooth" and len(names) == 1:
            point["one_sided_eigenvalues"] = plain(self.one_sided_eigenvalues[i])
        return point | self._proof_of_point(i)

    def _proof_of_point(self, i: int) -> dict[str, Any]:
        if self.certified is None:
            return {}
        proof = self.certified
        return {
            "status": str(proof.status[i]),
            "enclosure": plain(proof.enclosure[i]),
            "eigenvalue_enclosure": plain(proof.eigenvalue_enclosure[i]),
            "multiplicity": int(proof.multiplicity[i]) or None,
            "at_most": plain(proof.at_most[i]),
        }

    def __repr__(self) -> str:
        if not isinstance(self.count, int):
            counts, times = np.unique(self.count, return_counts=True)
            tally = ", ".join(f"{n} x {'continuum' if c < 0 else c}" for c, n in zip(counts, times, strict=True))
            done = "all complete" if np.all(self.complete) else f"{np.sum(~self.complete)} not complete"
            return f"FixedPoints of {self.model.name!r} for parameters of shape {self.count.shape}: {tally} ({done})"
        number = {-1: "a continuum of fixed points", 1: "1 fixed point"}.get(self.count, f"{self.count} fixed points")
        done = "complete" if self.complete else "NOT complete"
        head = f"{number} of {self.model.name!r} ({_shown(self.parameters)}), {done}"
        if self.certified is not None:
            head += f"; parameters read as {self.certified.read_as}"
        if self.case != Case.REGULAR:
            head += f"\n{self.case}"
        if not self.r.shape[0]:
            return head
        names = [p.name for p in self.model.populations]
        if self.model.is_single:
            columns = ["r", "eigenvalue", "stability"]
            rows = [
                [f"{r:.6g}", " | ".join(f"{v:.6g}" for v in sides) if s == "nonsmooth" else f"{e:.6g}", str(s)]
                for r, e, s, sides in zip(
                    self.r, self.eigenvalue, self.stability, self.one_sided_eigenvalues, strict=True
                )
            ]
        else:
            columns = [*(f"r_{n}" for n in names), "leading eigenvalue", "stability", "type"]
            kinds = self.type if self.type is not None else self.stability
            rows = [
                [*(f"{v:.6g}" for v in r), _complex(e[0]), str(s), str(k)]
                for r, e, s, k in zip(self.r, self.eigenvalue, self.stability, kinds, strict=True)
            ]
        if self.certified is not None:
            columns += ["status", "r lies in"]
            for row, status, (low, high) in zip(rows, self.status, self.enclosure.tolist(), strict=True):
                row += [str(status), f"[{low!r}, {high!r}]"]
        return f"{head}\n{table(columns, rows)}"


def _complex(value: complex) -> str:
    return (
        f"{value.real:.6g}"
        if value.imag == 0
        else f"{value.real:.6g} {'+' if value.imag > 0 else '-'} {abs(value.imag):.6g}i"
    )


def _shown(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value:g}" if isinstance(value, float) else name for name, value in parameters.items())
