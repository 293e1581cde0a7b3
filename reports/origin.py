"""Where a report comes from: the version that made it, the command that makes it again, the model as a text."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

from ..symbolic import model_text as texts
from ..symbolic.errors import ModelError
from ..symbolic.model import RateModel
from ..symbolic.transfer import catalogue
from .numbers import plain
from .report import Report

__all__ = ["command_line", "model_text", "version"]


def version() -> str:
    """Return the version of nullcline that is at work."""
    try:
        return installed("nullcline")
    except PackageNotFoundError:
        return "(not installed)"


def command_line(report: Report) -> str | None:
    """Return the command that makes this report again, or None if the command does not know the model.

    What differs from the defaults is set.
    """
    model = report.model
    transfer = model.populations[0].transfer.name
    if transfer not in catalogue:
        return None
    built_in = {m.name: m for m in (RateModel.single(catalogue[transfer]), RateModel.wilson_cowan(catalogue[transfer]))}
    if built_in.get(model.name) != model:
        return None
    words = ["nullcline", "report"]
    if model != RateModel.single():
        words.append(model.name)
    if transfer != "sigmoid":
        words += ["--transfer", transfer]
    for name, value in report.parameters.items():
        if value != model.parameters[name].default:
            words += ["--set", f"{name}={plain(value)}"]
    return " ".join(words)


def model_text(model: RateModel) -> str | None:
    """Return a model as the text of a model file, or None where a model file cannot say it."""
    try:
        return texts.model_text(model)
    except ModelError:
        return None
