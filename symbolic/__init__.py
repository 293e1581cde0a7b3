"""What is true of a firing-rate model: transfer functions, models, and derivations that check themselves."""

if __name__ != "nullcline.symbolic":
    raise ImportError(
        f"this folder is the package nullcline.symbolic and cannot be imported as {__name__!r}: "
        "install the project (pip install -e .) and write 'from nullcline.symbolic import RateModel'"
    )

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import transfer
    from .derivation import Check, CheckResult, Derivation, Kind, Step, Verdict, Verification
    from .errors import (
        BudgetExceeded,
        FormulaError,
        MissingExtra,
        ModelError,
        NoClosedForm,
        NullclineError,
        ParameterError,
    )
    from .model import Population, RateModel
    from .model_file import ModelFile, load_model, read_model_file
    from .parameter import Parameter
    from .transfer import TransferFunction
    from .written import from_formula

__all__ = [
    "BudgetExceeded",
    "Check",
    "CheckResult",
    "Derivation",
    "FormulaError",
    "Kind",
    "MissingExtra",
    "ModelError",
    "ModelFile",
    "NoClosedForm",
    "NullclineError",
    "Parameter",
    "ParameterError",
    "Population",
    "RateModel",
    "Step",
    "TransferFunction",
    "Verdict",
    "Verification",
    "from_formula",
    "load_model",
    "read_model_file",
    "transfer",
]

# Loaded when first asked for: the command must start without SymPy.
_HOME = {
    "BudgetExceeded": "errors",
    "Check": "derivation",
    "CheckResult": "derivation",
    "Derivation": "derivation",
    "FormulaError": "errors",
    "Kind": "derivation",
    "MissingExtra": "errors",
    "ModelError": "errors",
    "ModelFile": "model_file",
    "NoClosedForm": "errors",
    "NullclineError": "errors",
    "Parameter": "parameter",
    "ParameterError": "errors",
    "Population": "model",
    "RateModel": "model",
    "Step": "derivation",
    "TransferFunction": "transfer",
    "Verdict": "derivation",
    "Verification": "derivation",
    "from_formula": "written",
    "load_model": "model_file",
    "read_model_file": "model_file",
}
_SUBMODULES = frozenset({"transfer"})


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
