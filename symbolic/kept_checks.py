"""The outcome of a derivation's checks, kept on disk: checking takes longer than all else in a report.

An outcome is used for the very same lines of the very same model, checked by the very same code, and believed if it
answers exactly the checks that are asked.
"""

import json
from dataclasses import fields
from typing import Any

from .derivation import CheckResult, Kind, Verdict, Verification
from .kept import answer, content
from .kept import generator as _generator
from .model import RateModel


def verification_of(model: RateModel) -> Verification:
    """Return the outcome of `model.derive().check()`, from disk where the same has been checked before.

    Raises what `Derivation.check` raises.
    """
    derivation = model.derive()
    lines = [[step.key, *map(content, (step.equation, step.general, step.condition))] for step in derivation.steps]
    asked = [(step.key, check.name, check.kind) for step in derivation.steps for check in step.checks]

    def checked() -> list[list[Any]]:
        return [[getattr(r, f.name) for f in fields(CheckResult)] for r in derivation.check().results]

    def is_outcome(rows: Any) -> bool:
        return [(r.step, r.name, r.kind) for r in _results(rows) or ()] == asked

    question = (json.dumps([content(model), lines]), _generator())
    rows = answer("checks", question, checked, is_outcome)
    return Verification(derivation.steps, _results(rows) or ())


def _results(rows: Any) -> tuple[CheckResult, ...] | None:
    """Return the results that rows are, None where they are none."""
    try:
        return tuple(CheckResult(s, n, Kind(k), Verdict(v), residual, points) for s, n, k, v, residual, points in rows)
    except (ValueError, TypeError):
        return None
