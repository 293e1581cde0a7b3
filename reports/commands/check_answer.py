"""`nullcline check-answer`: a student's formulas or list of fixed points, graded."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...symbolic.errors import brief
from .ending import CHECK_FAILED, Refused
from .options import DebugOption, JsonOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, chosen_model, number
from .writing import as_json, print_out

if TYPE_CHECKING:
    from ...numeric import Answer


def _formula(option: str, told: str) -> Any:
    return typer.Option(option, metavar="FORMULA", help=told, show_default=False)


def check_answer_command(
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    F: Annotated[str | None, _formula("--F", "Grade this F, a formula in x and the parameters.")] = None,
    dF: Annotated[str | None, _formula("--dF", "Grade this F', a formula in x and the parameters.")] = None,
    drdt: Annotated[
        str | None, _formula("--drdt", "Grade this dr/dt, a formula in r and the parameters; F(...) is the model's.")
    ] = None,
    eigenvalue: Annotated[
        str | None,
        _formula("--eigenvalue", "Grade this eigenvalue, a formula in r and the parameters; dF(...) is the model's."),
    ] = None,
    fixed_points: Annotated[
        str | None,
        typer.Option(
            "--fixed-points",
            metavar="RATES",
            help="Grade this list, as in 0.042,0.447,0.900 or 0.042:stable,0.447:unstable,0.900:stable.",
            show_default=False,
        ),
    ] = None,
    tolerance: Annotated[
        str | None,
        typer.Option(
            "--tolerance",
            metavar="NUMBER",
            help="How near a number must be; by default as near as it is written.",
            show_default=False,
        ),
    ] = None,
    json_: JsonOption = False,
    debug: DebugOption = False,
) -> int:
    """Say whether an answer is right, or which case is wrong and why. One population.

    Formulas are read, never run: numbers, parameters, + - * / **, exp, tanh and other functions. A rate is right to
    the digits that are written, two decimals at least. Exit code 1: something is not right.
    """
    chosen = chosen_model(model, transfer)
    values = assigned(set_, chosen)
    given: dict[str, Any] = {
        name: formula
        for name, formula in (("F", F), ("dF", dF), ("drdt", drdt), ("eigenvalue", eigenvalue))
        if formula is not None
    }
    if fixed_points is not None:
        given["fixed_points"] = _listed(fixed_points)
    if tolerance is not None:
        given["tolerance"] = number("tolerance", tolerance)
    if not given.keys() - {"tolerance"}:
        raise Refused("there is nothing to grade: give --F, --dF, --drdt, --eigenvalue or --fixed-points")

    from ...numeric import check_answer

    answer: Answer = check_answer(chosen, **given, **values)
    print_out(as_json(answer.to_dict()) if json_ else repr(answer))
    if fixed_points is not None and not set_:
        shown = ", ".join(f"{name}={p.default:g}" for name, p in chosen.parameters.items())
        typer.echo(f"note: The fixed points are those at the defaults, {shown}: others with --set.", err=True)
    return 0 if answer.right else CHECK_FAILED


def _listed(text: str) -> list[Any]:
    """Return the rates, as they were written, or pairs of a rate and its stability."""
    if not text.strip():
        return []
    entries: list[Any] = []
    for part in text.split(","):
        rate, colon, stability = (piece.strip() for piece in part.partition(":"))
        if not rate or (colon and not stability):
            raise Refused(f"fixed-points needs rates, as in 0.042,0.447,0.900, got {brief(text)}")
        number("fixed-points", rate)
        entries.append((rate, stability) if colon else rate)
    return entries
