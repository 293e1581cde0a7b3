"""`nullcline fixed-points`: every fixed point, with its eigenvalue and its stability."""

from typing import Annotated

import typer

from .options import DebugOption, JsonOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, chosen_model
from .writing import as_json, print_out


def fixed_points_command(
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    certify: Annotated[
        bool,
        typer.Option("--certify", help="Prove each fixed point, and that there is no other (needs python-flint)."),
    ] = False,
    json_: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List every fixed point with its eigenvalue (1/ms) and its stability.

    With --certify parameters are taken as the exact decimals that are written.
    """
    chosen = chosen_model(model, transfer)
    values = assigned(set_, chosen, exact=certify)

    from ...numeric import fixed_points

    found = fixed_points(chosen, certify="decimals" if certify else False, **values)
    print_out(as_json(found.to_dict()) if json_ else repr(found))
