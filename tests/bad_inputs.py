"""The wrong inputs of reference/bad_inputs.json, as arguments of the numeric functions."""

import json
import math
from typing import Any

import numpy as np
from nullcline.numeric import OU
from scenarios import REFERENCE

ENTRIES: dict[str, dict[str, Any]] = {
    entry["id"]: entry for entry in json.loads((REFERENCE / "bad_inputs.json").read_text(encoding="utf-8"))["cases"]
}

# What concerns another part, or one that does not exist yet, by kind and by id.
_FORMULAS = "a formula: tests/symbolic/test_formula_check.py, and test_model_file.py through a file"
_FILES = "a model file: tests/reports/test_model_file_cli.py"
_SWEEPS = "there are no sweeps yet, and nothing is stored"
LEFT_OUT = {
    "code-execution": _FORMULAS,
    "empty": _FORMULAS,
    "names": _FORMULAS,
    "not-a-real-function-of-x": _FORMULAS,
    "number": _FORMULAS,
    "policy-edge": _FORMULAS,
    "python-syntax": _FORMULAS,
    "resource-bomb": _FORMULAS,
    "unicode": _FORMULAS,
    "valid-control": _FORMULAS,
    "m-latin1": _FILES,
    "m-nover": _FILES,
    "m-pdun": _FILES,
    "m-pdup": _FILES,
    "m-pkw": _FILES,
    "m-swneg": _SWEEPS,
    "m-swrev": _SWEEPS,
    "m-swzero": _SWEEPS,
    "storage-fault": _SWEEPS,
    "report-injection": "a model's name: tests/reports/test_model_file_cli.py",
}

_SPELT = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
# Where a text stands for itself: numbers given as texts are what these entries are about.
_TEXTS = ("p-Tstr", "p-decimalcomma")


def arguments(name: str) -> dict[str, Any]:
    """Return an entry as keyword arguments of `simulate`, where noise is one of them, and of `fixed_points`.

    Raises ParameterError for an entry that makes no noise.
    """
    given = dict(ENTRIES[name]["input"])
    if "I_ext_shape" in given:
        return {"I_ext": np.zeros(given["I_ext_shape"])}
    if "I_ext_len" in given:
        return {"I_ext": np.zeros(given["I_ext_len"])}
    if name not in _TEXTS:
        given = {key: _number(value) for key, value in given.items()}
    if "tau_ou" in given:
        return {"noise": OU(sigma=given["sigma"], tau=given["tau_ou"])}
    return given


def options(name: str) -> list[str]:
    """Return an entry as arguments of the command, each number as it is written."""
    written = {"T": "--T", "dt": "--dt", "r_init": "--r-init", "sigma": "--noise-sigma", "tau_ou": "--noise-tau"}
    written["seed"] = "--seed"
    said = []
    for key, value in ENTRIES[name]["input"].items():
        said += [written[key], str(value)] if key in written else ["--set", f"{key}={value}"]
    return said


def _number(value: Any) -> Any:
    if isinstance(value, list):
        return [_number(item) for item in value]
    return _SPELT.get(value, value) if isinstance(value, str) else value
