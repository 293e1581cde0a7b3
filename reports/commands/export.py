"""`nullcline export`: the model for another program."""

from typing import Annotated

import typer

from ..files import write_file
from .ending import Refused
from .options import EXPORTS, DebugOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, chosen_model, model_file, one_of
from .writing import print_out, writable


def export_command(
    model: ModelArgument = "single",
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help=f"One of: {', '.join(EXPORTS)}.", show_default=False)
    ] = "",
    set_: SetOption = None,
    transfer: TransferOption = None,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Where to write; by default to stdout.", show_default=False),
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Write the equations and the parameters for a program that you use: a file that it reads and runs.

    T, dt and r_init of the table [simulate] of a model file say how it runs; by default for 20 times the longest time
    constant, by a tenth of the shortest, from 0.2.
    """
    if not to:
        raise Refused(f"export needs --to FORMAT, one of: {', '.join(EXPORTS)}")
    one_of("format", to, EXPORTS)
    file = model_file(model, transfer)
    chosen = chosen_model(model, transfer) if file is None else file.model
    path = None if out is None else writable(out)
    values = assigned(set_, chosen)

    from ..exports import written

    given = {} if file is None else file.simulate
    text = written(chosen, to, values, given)
    if "noise_sigma" in given:
        typer.echo("note: The noise of [simulate] is not in the export, which runs without it.", err=True)
    if path is None:
        print_out(text.rstrip("\n"))
    else:
        write_file(path, text)
        print_out(str(path))
