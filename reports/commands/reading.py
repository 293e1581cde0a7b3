"""What comes in by the command line: a model, its parameters, numbers, names."""

import math
import os
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ...symbolic.errors import brief, unknown_name
from .ending import Refused
from .options import MODELS, TRANSFERS

if TYPE_CHECKING:
    from ...symbolic.model import RateModel
    from ...symbolic.model_file import ModelFile

# As other tools on a command line take them: float() also takes 1_000 and the digits of every script.
_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_LONGEST_NUMBER, _LONGEST_NAME = 1000, 60


def model_file(name: str, transfer: str | None) -> "ModelFile | None":
    """Return what a model file says; None for the name of a model that is built in."""
    if name in MODELS or not (name.endswith(".toml") or os.sep in name or os.path.isfile(name)):
        return None
    if transfer is not None:
        raise Refused("--transfer is for the built-in models: a model file has its own transfer functions")

    from ...symbolic import read_model_file

    return read_model_file(name)


def stem(name: str) -> str:
    return name if name in MODELS else Path(name).stem


def by_default(context: typer.Context, option: str) -> bool:
    """Say whether an option was not given on the command line."""
    source = context.get_parameter_source(option)
    return source is None or source.name == "DEFAULT"


def chosen_model(name: str, transfer: str | None) -> "RateModel":
    if (file := model_file(name, transfer)) is not None:
        return file.model
    if name not in MODELS:
        raise Refused(unknown_name("model", name, list(MODELS)))
    if transfer is not None:
        one_of("transfer function", transfer, TRANSFERS)

    from ...symbolic import RateModel
    from ...symbolic.transfer import catalogue

    make: Callable[..., RateModel] = {"single": RateModel.single, "wilson-cowan": RateModel.wilson_cowan}[name]
    return make() if transfer is None else make(catalogue[transfer])


def assigned(texts: list[str] | None, model: "RateModel", *, exact: bool = False) -> dict[str, Any]:
    """Return the parameters set on the command line, as floats or as the exact decimals that were written.

    Their bounds are the numeric functions' business.
    """
    values: dict[str, Any] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Refused(f"--set needs NAME=VALUE, got {brief(text)}: write for instance --set w=5")
        if name not in model.parameters:
            from ...symbolic.model import unknown_parameter

            raise Refused(unknown_parameter(model, name))
        if name in values:
            raise Refused(f"{name} is set twice: give --set {name}=VALUE once")
        values[name] = number(name, value)
        if exact and values[name]:
            # Of zero the exponent may be anything, and would be written out.
            values[name] = Fraction(value.strip())
    return values


def number(name: str, text: str) -> float:
    """Return the finite number that a text spells."""
    shown = text.strip()
    if not shown:
        raise Refused(f"{name} must be a number, got nothing")
    if len(shown) > _LONGEST_NUMBER:
        raise Refused(f"{name} must be a number of at most {_LONGEST_NUMBER} characters, got {len(shown)}")
    if re.fullmatch(r"[+-]?\d+,\d+", shown):
        raise Refused(
            f"{name} must be a number, got {brief(shown)}: write the decimal point as {brief(shown.replace(',', '.'))}"
        )
    if not _NUMBER.fullmatch(shown):
        raise Refused(f"{name} must be a number, got {brief(shown)}")
    value = float(shown)
    if not math.isfinite(value):
        raise Refused(f"{name} must be finite, got {brief(shown)}")
    if value == 0 and re.search("[1-9]", re.split("[eE]", shown)[0]):
        raise Refused(f"{name} must be 0 or at least 5e-324 in magnitude, got {brief(shown)}")
    return value


def whole_number(name: str, text: str) -> int:
    """Return the whole number that a text spells."""
    shown = text.strip()
    if not re.fullmatch(r"[+-]?\d+", shown, re.ASCII):
        raise Refused(f"{name} must be a whole number, got {brief(shown)}")
    if len(shown) > _LONGEST_NUMBER:
        raise Refused(f"{name} must be a whole number of at most {_LONGEST_NUMBER} digits, got {len(shown)}")
    return int(shown)


def initial_rates(text: str, model: "RateModel") -> "float | dict[str, float]":
    """Return one rate, or the rates by population that E=0.1,I=0.2 spells."""
    if model.is_single:
        if "=" in text:
            raise Refused(f"r-init must be one rate for model {model.name!r}, as in 0.2, got {brief(text)}")
        return number("r-init", text)
    if "=" not in text and "," not in text:
        return number("r-init", text)
    rates: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise Refused(f"r-init needs a rate for each population, as in E=0.1,I=0.2, got {brief(text)}")
        if name in rates:
            raise Refused(f"r-init names population {brief(name)} twice")
        rates[name] = number(f"r-init of {name[:_LONGEST_NAME]}", value)
    return rates


def one_of(kind: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise Refused(unknown_name(kind, word, list(known)))
