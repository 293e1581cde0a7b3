"""Certificates of many parameter sets, as one result."""

import math
import numbers
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..symbolic.errors import NullclineError, ParameterError, shown
from ..symbolic.model import RateModel
from .cases import STABILITIES, Case
from .certify import Certificate, certified_fixed_points
from .door import Array, parameters_of
from .results import Certified, FixedPoints

READINGS = ("doubles", "decimals")


def reading_of(certify: object) -> str | None:
    """Return how parameters are read for a certificate: as "doubles" (True means that) or "decimals"; None without one.

    Raises ParameterError for anything else.
    """
    if isinstance(certify, (bool, np.bool_)):
        return "doubles" if certify else None
    if isinstance(certify, str) and certify in READINGS:
        return certify
    line = f"certify must be True, False, 'doubles' or 'decimals', got {shown(certify)}"
    raise ParameterError(line, name="certify", value=certify, allowed=READINGS)


def certified_points(
    model: RateModel,
    given: Mapping[str, object],
    values: "tuple[Array, ...]",
    shape: tuple[int, ...],
    reading: str,
) -> FixedPoints:
    """Return the fixed points of one population with the proof of each; `values` are what was given, as doubles."""
    if len(model.populations) > 1:
        line = f"certify is for one population, model {model.name!r} has {len(model.populations)}"
        raise NullclineError(f"{line}: without it, `complete` says whether the interval search left anything undecided")
    exact = {
        name: _exact(given.get(name, parameter.default), value, shape, reading)
        for (name, parameter), value in zip(model.parameters.items(), values, strict=True)
    }
    sets = [{name: column[i] for name, column in exact.items()} for i in range(math.prod(shape))]
    certificates = [_certificate(model, numbers_of_set) for numbers_of_set in sets]
    return _assembled(model, parameters_of(model, values), shape, certificates, reading)


def _exact(given: object, value: Array, shape: tuple[int, ...], reading: str) -> list[Fraction]:
    """Return a parameter as exact rationals, one a set: a whole number or fraction as it is, a float as it is read."""
    if isinstance(given, numbers.Rational):
        return [Fraction(given)] * math.prod(shape)
    flat = np.broadcast_to(value, shape).reshape(-1).tolist()
    return [Fraction(v) if reading == "doubles" else Fraction(repr(v)) for v in flat]


def _certificate(model: RateModel, numbers_of_set: Mapping[str, Fraction]) -> Certificate:
    (population,) = model.populations
    ((weight,),) = model.weights
    assert weight is not None
    w = numbers_of_set[weight.name]
    return certified_fixed_points(
        population.transfer,
        [numbers_of_set[p.name] for p in population.shape],
        # Weights from an inhibitory population enter with a minus sign.
        -w if population.sign < 0 else w,
        numbers_of_set[population.I_ext.name],
        numbers_of_set[population.tau.name],
    )


def _assembled(
    model: RateModel,
    parameters: dict[str, Any],
    shape: tuple[int, ...],
    certificates: Sequence[Certificate],
    reading: str,
) -> FixedPoints:
    longest = max(len(c.points) for c in certificates)
    size = len(certificates)
    middles = {name: np.full((size, longest), np.nan) for name in ("r", "x", "eigenvalue")}
    enclosures = {name: np.full((size, longest, 2), np.nan) for name in middles}
    codes, status = np.zeros((size, longest), dtype=np.int8), np.full((size, longest), "", dtype="U9")
    multiplicity, at_most = np.zeros((size, longest), dtype=int), np.full((size, longest), np.nan)
    sides: dict[tuple[int, ...], tuple[float, float]] = {}
    for row, certificate in enumerate(certificates):
        for column, point in enumerate(certificate.points):
            for name in middles:
                middles[name][row, column] = getattr(point, f"{name}_mid")
                enclosures[name][row, column] = getattr(point, name)
            codes[row, column], status[row, column] = STABILITIES.index(point.stability), point.status
            multiplicity[row, column] = point.multiplicity or 0
            at_most[row, column] = np.inf if point.largest_count is None else point.largest_count
            if point.one_sided_mid is not None:
                sides[(*map(int, np.unravel_index(row, shape)), column)] = point.one_sided_mid
    count = np.array([-1 if c.continuum else len(c.points) for c in certificates])
    largest = np.array([np.inf if c.largest_count is None else c.largest_count for c in certificates])

    def shaped(array: NDArray[Any]) -> NDArray[Any]:
        return array.reshape((*shape, *array.shape[1:]))

    rates, inputs, slopes = (shaped(middles[name]) for name in ("r", "x", "eigenvalue"))
    kind = None
    if not model.is_single:
        node = np.where(np.isin(codes, [1, 2]), codes, 0)
        kind = shaped(np.array(["", "stable node", "unstable node"])[node])
        filled = np.where(np.isnan(slopes), complex(np.nan, np.nan), slopes)
        rates, inputs, slopes = rates[..., None], inputs[..., None], filled[..., None]
    return FixedPoints(
        model=model,
        parameters=parameters,
        r=rates,
        x=inputs,
        eigenvalue=slopes,
        count=int(count[0]) if shape == () else shaped(count),
        stability_codes=shaped(codes),
        case_codes=None,
        sentences=shaped(np.array([c.note or str(Case.REGULAR) for c in certificates])),
        settled=shaped(np.array([c.complete for c in certificates])),
        type=kind,
        sides=sides,
        certified=Certified(
            read_as=reading,
            status=shaped(status),
            enclosure=shaped(enclosures["r"]),
            x_enclosure=shaped(enclosures["x"]),
            eigenvalue_enclosure=shaped(enclosures["eigenvalue"]),
            multiplicity=shaped(multiplicity),
            at_most=shaped(at_most),
            largest_count=certificates[0].largest_count if shape == () else shaped(largest),
        ),
    )
