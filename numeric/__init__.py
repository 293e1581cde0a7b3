"""What a firing-rate model does: compiled functions, fixed points and simulations."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..symbolic.errors import NullclineWarning
    from .answers.answer import Answer, Finding
    from .answers.check import check_answer
    from .cases import Case
    from .compile import CompiledModel, compile_model
    from .euler_error import euler_sup_error, euler_worst_step
    from .fixed_points import fixed_points
    from .fold_results import CriticalPoints, Cusp, Cusps, FoldCurve, RateRange
    from .folds import cusp, fold_curve
    from .integrators import simulate
    from .noise import OU, EulerMaruyamaOU, normal_numbers
    from .rate_range import range_of
    from .results import Certified, FixedPoints
    from .trajectory import Audit, Trajectory, Visit
    from .turning import critical_points
    from .verification.results import PropertyResult, Verification
    from .verification.verify import verify

__all__ = [
    "OU",
    "Answer",
    "Audit",
    "Case",
    "Certified",
    "CompiledModel",
    "CriticalPoints",
    "Cusp",
    "Cusps",
    "EulerMaruyamaOU",
    "Finding",
    "FixedPoints",
    "FoldCurve",
    "NullclineWarning",
    "PropertyResult",
    "RateRange",
    "Trajectory",
    "Verification",
    "Visit",
    "check_answer",
    "compile_model",
    "critical_points",
    "cusp",
    "euler_sup_error",
    "euler_worst_step",
    "fixed_points",
    "fold_curve",
    "normal_numbers",
    "range_of",
    "simulate",
    "verify",
]

# Loaded when first asked for: the command must start without SymPy.
_HOME = {
    "OU": "noise",
    "Answer": "answers.answer",
    "Audit": "trajectory",
    "Case": "cases",
    "Certified": "results",
    "CompiledModel": "compile",
    "CriticalPoints": "fold_results",
    "Cusp": "fold_results",
    "Cusps": "fold_results",
    "EulerMaruyamaOU": "noise",
    "Finding": "answers.answer",
    "FixedPoints": "results",
    "FoldCurve": "fold_results",
    "NullclineWarning": ".symbolic.errors",
    "PropertyResult": "verification.results",
    "RateRange": "fold_results",
    "Trajectory": "trajectory",
    "Verification": "verification.results",
    "Visit": "trajectory",
    "check_answer": "answers.check",
    "compile_model": "compile",
    "critical_points": "turning",
    "cusp": "folds",
    "euler_sup_error": "euler_error",
    "euler_worst_step": "euler_error",
    "fixed_points": "fixed_points",
    "fold_curve": "folds",
    "normal_numbers": "noise",
    "range_of": "rate_range",
    "simulate": "integrators",
    "verify": "verification.verify",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))


class _Package(ModuleType):
    """Keeps a public function from being replaced by the module of the same name.

    Importing `fixed_points.py` makes Python set the package's attribute `fixed_points` to that module,
    and `from nullcline.numeric import fixed_points` would then give a module, depending on what was imported before.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
