"""`nullcline export`: the model for another program."""

from typing import Annotated

import typer

from ..files import write_file
from .ending import Refused
from .options import EXPORTS, DebugOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, chosen_model, one_of
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
    """Write the equations and the parameters for a program that you use: a file that it reads and runs."""
    if not to:
        raise Refused(f"export needs --to FORMAT, one of: {', '.join(EXPORTS)}")
    one_of("format", to, EXPORTS)
    chosen = chosen_model(model, transfer)
    path = None if out is None else writable(out)
    values = assigned(set_, chosen)

    from ..exports import written

    text = written(chosen, to, values)
    if path is None:
        print_out(text.rstrip("\n"))
    else:
        write_file(path, text)
        print_out(str(path))
