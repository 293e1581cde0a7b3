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
    from .integrators import simulate
    from .noise import OU, EulerMaruyamaOU, normal_numbers
    from .results import Certified, FixedPoints
    from .trajectory import Audit, Trajectory, Visit
    from .verification.results import PropertyResult, Verification
    from .verification.verify import verify

__all__ = [
    "OU",
    "Answer",
    "Audit",
    "Case",
    "Certified",
    "CompiledModel",
    "EulerMaruyamaOU",
    "Finding",
    "FixedPoints",
    "NullclineWarning",
    "PropertyResult",
    "Trajectory",
    "Verification",
    "Visit",
    "check_answer",
    "compile_model",
    "euler_sup_error",
    "euler_worst_step",
    "fixed_points",
    "normal_numbers",
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
    "EulerMaruyamaOU": "noise",
    "Finding": "answers.answer",
    "FixedPoints": "results",
    "NullclineWarning": ".symbolic.errors",
    "PropertyResult": "verification.results",
    "Trajectory": "trajectory",
    "Verification": "verification.results",
    "Visit": "trajectory",
    "check_answer": "answers.check",
    "compile_model": "compile",
    "euler_sup_error": "euler_error",
    "euler_worst_step": "euler_error",
    "fixed_points": "fixed_points",
    "normal_numbers": "noise",
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
