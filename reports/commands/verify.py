"""`nullcline verify`: what must hold of a model's numbers, put to the test."""

from typing import Annotated

import typer

from .ending import CHECK_FAILED, say
from .options import DebugOption, JsonOption, ModelArgument, SetOption, TransferOption
from .reading import assigned, chosen_model, whole_number
from .writing import as_json, print_out, progress_bar


def verify_command(
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    examples: Annotated[
        str, typer.Option("--examples", metavar="N", help="How often a quick property is tested; others less often.")
    ] = "1000",
    seed: Annotated[str, typer.Option("--seed", metavar="N", help="Which examples are drawn.")] = "0",
    json_: JsonOption = False,
    debug: DebugOption = False,
) -> int:
    """Check what must hold of the model's numbers on drawn examples, the parameters given among the first.

    Each property has a derived bound; the table says how near to it the worst example came. Exit code 1: a property
    failed, and the simplest example found is shown.
    """
    chosen = chosen_model(model, transfer)
    values = assigned(set_, chosen)
    count, number = whole_number("examples", examples), whole_number("seed", seed)

    from ...numeric import verify as verified

    with progress_bar() as progress:
        found = verified(chosen, examples=count, seed=number, progress=progress, **values)
    print_out(as_json(found.to_list()) if json_ else repr(found))
    for row in found.failures:
        say(f"property {row.name} failed: {row.claim}", CHECK_FAILED)
    return 0 if found.ok else CHECK_FAILED
