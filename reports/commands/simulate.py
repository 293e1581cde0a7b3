"""`nullcline simulate`: the rates over time, as a table, a file or JSON."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..files import write_file
from .ending import Refused
from .options import METHODS, DebugOption, JsonOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, by_default, chosen_model, initial_rates, model_file, number, one_of, whole_number
from .writing import as_json, print_out, writable

if TYPE_CHECKING:
    from ...numeric import Trajectory

# More samples than this are no table to print or to write as text.
_MOST_WRITTEN = 10_000_000


def simulate_command(
    context: typer.Context,
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    T: Annotated[str, typer.Option("--T", metavar="MS", help="Duration in ms.")] = "20",
    dt: Annotated[str, typer.Option("--dt", metavar="MS", help="Time step in ms.")] = "0.1",
    r_init: Annotated[
        str,
        typer.Option(
            "--r-init", metavar="RATE", help="Initial rate; for several populations one for all, or E=0.1,I=0.2."
        ),
    ] = "0.2",
    method: Annotated[str, typer.Option("--method", metavar="METHOD", help=f"One of: {', '.join(METHODS)}.")] = "euler",
    noise_sigma: Annotated[
        str | None,
        typer.Option(
            "--noise-sigma", metavar="SIGMA", help="Standard deviation of Ornstein-Uhlenbeck input.", show_default=False
        ),
    ] = None,
    noise_tau: Annotated[
        str | None,
        typer.Option("--noise-tau", metavar="MS", help="Its time constant in ms; 1 if not given.", show_default=False),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(
            "--seed", metavar="N", help="Draw the noise of this seed; a new one if not given.", show_default=False
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Write all samples to a .csv or .json file.", show_default=False),
    ] = None,
    json_: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Simulate the model and print the rates at about ten times.

    What is not given here comes from the table [simulate] of a model file.
    """
    file = model_file(model, transfer)
    chosen = chosen_model(model, transfer) if file is None else file.model
    given = {} if file is None else {key: value for key, value in file.simulate.items() if by_default(context, key)}
    method = given.get("method", method)
    one_of("method", method, METHODS)
    path = None if out is None else writable(out, suffixes=(".csv", ".json"))
    values = assigned(set_, chosen)
    duration = given["T"] if "T" in given else number("T", T)
    step = given["dt"] if "dt" in given else number("dt", dt)
    start = given["r_init"] if "r_init" in given else initial_rates(r_init, chosen)
    sigma = given.get("noise_sigma", None if noise_sigma is None else number("noise-sigma", noise_sigma))
    drawn_from = given.get("seed", None if seed is None else whole_number("seed", seed))
    if sigma is None and noise_tau is not None:
        raise Refused("--noise-tau needs --noise-sigma: write for instance --noise-sigma 0.7 --noise-tau 1")
    if (json_ or path is not None) and step > 0 and duration / step > _MOST_WRITTEN:
        line = f"T={duration!r} with dt={step!r} is {duration / step:.3g} samples, {_MOST_WRITTEN:,} can be written"
        raise Refused(f"{line}: choose a shorter T or a larger dt, or leave out --json and --out")
    if sigma is None and seed is not None:
        raise Refused("--seed needs --noise-sigma: without noise there is nothing to draw")

    from ...numeric import OU
    from ...numeric import simulate as simulated

    noise = None
    if sigma is not None:
        noise = OU(sigma, given.get("noise_tau", number("noise-tau", "1" if noise_tau is None else noise_tau)))
    run = simulated(chosen, T=duration, dt=step, r_init=start, method=method, noise=noise, seed=drawn_from, **values)
    if path is not None:
        write_file(path, _csv(run) if path.suffix == ".csv" else as_json(run.to_dict()) + "\n")
    print_out(as_json(run.to_dict()) if json_ else _samples(run))
    if path is not None:
        typer.echo(str(path), err=json_)
    if run.seed is not None and drawn_from is None:
        typer.echo(f"note: The noise was drawn with --seed {run.seed}.", err=True)
    # What is doubtful has been a warning.
    for note in run.audit.notes[len(run.audit.doubts) :]:
        typer.echo(f"note: {note}", err=True)


def _samples(run: "Trajectory") -> str:
    """A table of about ten samples, the first and the last among them."""
    shown = sorted({*range(0, run.t.size, max(1, round(run.t.size / 10))), run.t.size - 1})
    heads = ["t (ms)", *_rate_names(run)]
    rows = [[f"{run.t[i]:.6g}", *(f"{value:.6g}" for value in _rates_at(run, i))] for i in shown]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]
    )


def _csv(run: "Trajectory") -> str:
    lines = [",".join(["t", *_rate_names(run)])]
    lines += [",".join([repr(float(t)), *(repr(value) for value in _rates_at(run, i))]) for i, t in enumerate(run.t)]
    return "\n".join(lines) + "\n"


def _rate_names(run: "Trajectory") -> list[str]:
    return [f"r_{p.name}" if p.name else "r" for p in run.model.populations]


def _rates_at(run: "Trajectory", index: int) -> list[float]:
    return [float(run.r[index])] if run.model.is_single else [float(value) for value in run.r[index]]
