"""What a person or another program reads: figures, reports and the nullcline command."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import figures
    from .exports import export
    from .report import Report

__all__ = ["Report", "export", "figures"]

# Loaded when first asked for: the command must start without SymPy and matplotlib.
_HOME = {"Report": "report", "export": "exports"}
_SUBMODULES = frozenset({"figures"})


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
