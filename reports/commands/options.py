"""The options that several commands have, and the names they know without loading SymPy."""

from typing import Annotated

import typer

MODELS = ("single", "wilson-cowan")
# The same names as transfer.catalogue, which would load SymPy; a test holds the two against each other.
TRANSFERS = ("sigmoid", "tanh", "relu", "softplus", "erf", "power", "naka_rushton")
# The same names as exports.FORMATS, which would load SymPy; a test holds the two against each other.
EXPORTS = ("xpp", "brian2", "sbml", "pyrates", "c", "javascript", "latex")
METHODS = ("euler", "exponential_euler", "heun", "rk4", "adaptive", "exact")


ModelArgument = Annotated[
    str,
    typer.Argument(metavar="MODEL", help=f"One of: {', '.join(MODELS)}; or a model file (.toml).", show_default=False),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Set a parameter, as in --set w=5; may be repeated."),
]
TransferOption = Annotated[
    str | None,
    typer.Option(
        "--transfer",
        metavar="NAME",
        help=f"Transfer function of the model: {', '.join(TRANSFERS)}.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
