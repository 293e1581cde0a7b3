"""Hand-checked numbers that every route must reach: the library, the command and the report."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent / "reference"


@dataclass(frozen=True)
class Scenario:
    """A parameter set with the figures that are printed for it."""

    parameters: dict[str, float]
    fixed_points: tuple[float, ...]
    eigenvalues: tuple[float, ...]
    stability: tuple[str, ...]


# The tutorial prints these three with three digits.
BISTABLE = Scenario(
    {"w": 5.0, "I_ext": 0.5},
    (0.042, 0.447, 0.900),
    (-0.583, 0.498, -0.626),
    ("stable", "unstable", "stable"),
)

# The folds at w = 5, a = 1.2, theta = 2.8, to the nearest double.
FOLDS_AT_5 = (0.1219353575373621, 0.813756875277463)

# a = 2, theta = 0, w = 2, I_ext = 0: an exact cusp in doubles.
CUSP = {"a": 2.0, "theta": 0.0, "w": 2.0, "I_ext": 0.0}

# Exact folds in doubles: power, k = 1/2, n = 2; Naka-Rushton, R = s = 1, n = 2.
POWER_FOLD = {"k": 0.5, "n": 2.0, "theta": 0.0, "w": 1.0, "I_ext": 0.5}
NAKA_RUSHTON_FOLD = {"R": 1.0, "s": 1.0, "n": 2.0, "w": 1.5625, "I_ext": 0.1875}

_NAMES = {"I": "I_ext", "I_E": "I_ext_E", "I_I": "I_ext_I"}
_KINDS = {"powerlaw": "power"}


@lru_cache
def golden() -> dict[str, Any]:
    """The reference values (tests/reference/README.md says what each is)."""
    return json.loads((REFERENCE / "golden.json").read_text(encoding="utf-8"))


def parameters_of(case: dict[str, Any]) -> dict[str, float]:
    """Return the parameters of a reference case under the names they have here."""
    return {_NAMES.get(name, name): float(value) for name, value in case["params"].items()}


def transfer_name(case: dict[str, Any]) -> str:
    """Return the name in the catalogue of a reference case's transfer function."""
    return _KINDS.get(case["kind"], case["kind"])
