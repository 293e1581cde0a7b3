"""`nullcline new`: a model file to start from."""

from typing import Annotated

import typer

from ..files import cannot_write
from .ending import Refused
from .options import DebugOption
from .writing import print_out, writable


def new_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write, such as my.toml.")],
    debug: DebugOption = False,
) -> None:
    """Write a commented model file, as an example to change. A file that is there is left as it is."""
    path = writable(file, suffixes=(".toml",), what="FILE")
    if path.exists():
        raise Refused(f"{path} is there already: choose another name, or remove it first")

    from ..example import EXAMPLE

    try:
        # Fails if something of this name has come in between, a link too.
        with open(path, "x", encoding="utf-8", newline="\n") as made:
            made.write(EXAMPLE)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    print_out(str(path))
