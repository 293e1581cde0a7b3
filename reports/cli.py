"""The `nullcline` command: report, fixed points, simulation, verification, export of a model, for people and programs.

Exit codes: 0 done, 1 a check failed, 2 the input was refused (one line on stderr says what, where and
what to do), 70 an internal error, 130 interrupted. What is imported here starts every run and every shell completion,
so SymPy, NumPy and matplotlib are imported inside the commands.
"""

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..symbolic.errors import FormulaError, NullclineError, brief, nearest, pointed_at, unknown_name
from .files import cannot_write, write_file
from .formats import ENDINGS, FORMATS, ask_for_extra, format_of

if TYPE_CHECKING:
    from ..numeric import Trajectory
    from ..symbolic.model import RateModel
    from ..symbolic.model_file import ModelFile

__all__ = ["app", "main"]

MODELS = ("single", "wilson-cowan")
# The same names as transfer.catalogue, which would load SymPy; a test holds the two against each other.
TRANSFERS = ("sigmoid", "tanh", "relu", "softplus", "erf", "power", "naka_rushton")
# The same names as exports.FORMATS, which would load SymPy; a test holds the two against each other.
EXPORTS = ("xpp", "brian2", "sbml", "pyrates", "c", "javascript", "latex")
METHODS = ("euler", "exponential_euler", "heun", "rk4", "adaptive", "exact")

# As other tools on a command line take them: float() also takes 1_000 and the digits of every script.
_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_LONGEST_NUMBER, _LONGEST_NAME, _LONGEST_USAGE = 1000, 60, 200
# More samples than this are no table to print or to write as text.
_MOST_WRITTEN = 10_000_000

CHECK_FAILED, REFUSED, INTERNAL_ERROR, INTERRUPTED = 1, 2, 70, 130

app = typer.Typer(
    name="nullcline",
    help="From a firing-rate equation to a checked analysis.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class _ReaderGone(Exception):
    """Whoever read our output has closed the pipe. Not an OSError: Typer would make exit code 1 of that."""


class _Refused(NullclineError):
    """Something the command itself refuses: a file, a model's name, a format."""


def main() -> None:
    """Run the command; every refusal is one line on stderr."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with these arguments and return its exit code."""
    # Typer carries Click along, in newer versions as a part of itself: its errors are found from one that it exports.
    usage_error, any_error = typer.BadParameter.__mro__[1:3]
    debug = "--debug" in arguments
    try:
        with _warnings_in_one_line():
            code = app(arguments, prog_name="nullcline", standalone_mode=False)
        # Some versions of Typer turn an interruption into this code by themselves.
        return _say("interrupted", INTERRUPTED) if code == INTERRUPTED else code if isinstance(code, int) else 0
    except (_ReaderGone, BrokenPipeError):
        # The reader has gone; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", INTERRUPTED)
    except typer.Exit as end:
        return int(end.exit_code)
    except Exception as error:
        if debug:
            raise
        if isinstance(error, usage_error):
            return _say(_usage(error), REFUSED)
        if isinstance(error, any_error):
            return _say(error.format_message(), REFUSED)  # type: ignore[attr-defined]
        if isinstance(error, FormulaError):
            _say(error.reason, REFUSED)
            if error.position is not None and error.text:
                print(*pointed_at(error.text, error.position), sep="\n", file=sys.stderr)
            return REFUSED
        if isinstance(error, NullclineError):
            return _say(str(error), REFUSED)
        what = f"{type(error).__name__}: {error}"
        return _say(f"internal error, {what}; please report it, with what --debug prints", INTERNAL_ERROR)


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


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"nullcline {version('nullcline')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _nullcline(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """From a firing-rate equation to a checked analysis."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(short_help="Write a checked derivation report.")
def report(
    model: ModelArgument = "single",
    set_: SetOption = None,
    transfer: TransferOption = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"One of: {', '.join(FORMATS)}; by default what --out ends in, or html.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--out", metavar="PATH", help="Where to write; by default MODEL-report.FORMAT.", show_default=False
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the report: a page in the browser.")] = False,
    debug: DebugOption = False,
) -> int:
    """Derive, check and compute, and write it all down in one file.

    It is a page that needs no network (html), a document (pdf, tex, md), a notebook that derives it again (ipynb), or
    data for programs (json). Figures of md are files in a folder beside it. Exit code 1: a check of the derivation
    failed (the report marks it).
    """
    if format_ is not None:
        _one_of("format", format_, FORMATS)
    path = _writable(out if out is not None else f"{_stem(model)}-report{ENDINGS[format_ or 'html'][0]}")
    kind = _kind_of_report(path, format_)
    ask_for_extra(kind)
    chosen = _model(model, transfer)
    values = _assigned(set_, chosen)

    from .report import Report

    made = Report.of(chosen, **values)
    made.save(path, kind)
    _print(str(path))
    _print(made.summary())
    for failure in made.verification.failures:
        _say(failure, CHECK_FAILED)
    if open_:
        typer.launch(path.resolve().as_uri())
    return 0 if made.ok else CHECK_FAILED


@app.command("fixed-points", short_help="List the fixed points and their stability.")
def fixed_points_(
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
    chosen = _model(model, transfer)
    values = _assigned(set_, chosen, exact=certify)

    from ..numeric import fixed_points

    found = fixed_points(chosen, certify="decimals" if certify else False, **values)
    _print(_json(found.to_dict()) if json_ else repr(found))


@app.command(short_help="Simulate the rates over time.")
def simulate(
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
    file = _model_file(model, transfer)
    chosen = _model(model, transfer) if file is None else file.model
    given = {} if file is None else {key: value for key, value in file.simulate.items() if _by_default(context, key)}
    method = given.get("method", method)
    _one_of("method", method, METHODS)
    path = None if out is None else _writable(out, suffixes=(".csv", ".json"))
    values = _assigned(set_, chosen)
    duration = given["T"] if "T" in given else _number("T", T)
    step = given["dt"] if "dt" in given else _number("dt", dt)
    start = given["r_init"] if "r_init" in given else _initial_rates(r_init, chosen)
    sigma = given.get("noise_sigma", None if noise_sigma is None else _number("noise-sigma", noise_sigma))
    drawn_from = given.get("seed", None if seed is None else _whole_number("seed", seed))
    if sigma is None and noise_tau is not None:
        raise _Refused("--noise-tau needs --noise-sigma: write for instance --noise-sigma 0.7 --noise-tau 1")
    if (json_ or path is not None) and step > 0 and duration / step > _MOST_WRITTEN:
        line = f"T={duration!r} with dt={step!r} is {duration / step:.3g} samples, {_MOST_WRITTEN:,} can be written"
        raise _Refused(f"{line}: choose a shorter T or a larger dt, or leave out --json and --out")
    if sigma is None and seed is not None:
        raise _Refused("--seed needs --noise-sigma: without noise there is nothing to draw")

    from ..numeric import OU
    from ..numeric import simulate as simulated

    noise = None
    if sigma is not None:
        noise = OU(sigma, given.get("noise_tau", _number("noise-tau", "1" if noise_tau is None else noise_tau)))
    run = simulated(chosen, T=duration, dt=step, r_init=start, method=method, noise=noise, seed=drawn_from, **values)
    if path is not None:
        write_file(path, _csv(run) if path.suffix == ".csv" else _json(run.to_dict()) + "\n")
    _print(_json(run.to_dict()) if json_ else _samples(run))
    if path is not None:
        typer.echo(str(path), err=json_)
    if run.seed is not None and drawn_from is None:
        typer.echo(f"note: The noise was drawn with --seed {run.seed}.", err=True)
    # What is doubtful has been a warning.
    for note in run.audit.notes[len(run.audit.doubts) :]:
        typer.echo(f"note: {note}", err=True)


@app.command(short_help="Put the model's numbers to the test (needs hypothesis).")
def verify(
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
    chosen = _model(model, transfer)
    values = _assigned(set_, chosen)
    count, number = _whole_number("examples", examples), _whole_number("seed", seed)

    from ..numeric import verify as verified

    with _progress_bar() as progress:
        found = verified(chosen, examples=count, seed=number, progress=progress, **values)
    _print(_json(found.to_list()) if json_ else repr(found))
    for row in found.failures:
        _say(f"property {row.name} failed: {row.claim}", CHECK_FAILED)
    return 0 if found.ok else CHECK_FAILED


@app.command(short_help="Write a model file to start from.")
def new(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The file to write, such as my.toml.")],
    debug: DebugOption = False,
) -> None:
    """Write a commented model file, as an example to change. A file that is there is left as it is."""
    path = _writable(file, suffixes=(".toml",), what="FILE")
    if path.exists():
        raise _Refused(f"{path} is there already: choose another name, or remove it first")

    from .example import EXAMPLE

    try:
        # Fails if something of this name has come in between, a link too.
        with open(path, "x", encoding="utf-8", newline="\n") as made:
            made.write(EXAMPLE)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    _print(str(path))


@app.command(short_help="Write the model for another program.")
def export(
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
        raise _Refused(f"export needs --to FORMAT, one of: {', '.join(EXPORTS)}")
    _one_of("format", to, EXPORTS)
    chosen = _model(model, transfer)
    path = None if out is None else _writable(out)
    values = _assigned(set_, chosen)

    from .exports import written

    text = written(chosen, to, values)
    if path is None:
        _print(text.rstrip("\n"))
    else:
        write_file(path, text)
        _print(str(path))


# What comes in --------------------------------------------------------------------------------------------------------


def _model_file(name: str, transfer: str | None) -> "ModelFile | None":
    """Return what a model file says; None for the name of a model that is built in."""
    if name in MODELS or not (name.endswith(".toml") or os.sep in name or os.path.isfile(name)):
        return None
    if transfer is not None:
        raise _Refused("--transfer is for the built-in models: a model file has its own transfer functions")

    from ..symbolic import read_model_file

    return read_model_file(name)


def _stem(name: str) -> str:
    return name if name in MODELS else Path(name).stem


def _by_default(context: typer.Context, option: str) -> bool:
    """Say whether an option was not given on the command line."""
    source = context.get_parameter_source(option)
    return source is None or source.name == "DEFAULT"


def _model(name: str, transfer: str | None) -> "RateModel":
    if (file := _model_file(name, transfer)) is not None:
        return file.model
    if name not in MODELS:
        raise _Refused(unknown_name("model", name, list(MODELS)))
    if transfer is not None:
        _one_of("transfer function", transfer, TRANSFERS)

    from ..symbolic import RateModel
    from ..symbolic.transfer import catalogue

    make: Callable[..., RateModel] = {"single": RateModel.single, "wilson-cowan": RateModel.wilson_cowan}[name]
    return make() if transfer is None else make(catalogue[transfer])


def _assigned(texts: list[str] | None, model: "RateModel", *, exact: bool = False) -> dict[str, Any]:
    """Return the parameters set on the command line, as floats or as the exact decimals that were written.

    Their bounds are the numeric functions' business.
    """
    values: dict[str, Any] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise _Refused(f"--set needs NAME=VALUE, got {brief(text)}: write for instance --set w=5")
        if name not in model.parameters:
            from ..symbolic.model import unknown_parameter

            raise _Refused(unknown_parameter(model, name))
        if name in values:
            raise _Refused(f"{name} is set twice: give --set {name}=VALUE once")
        values[name] = _number(name, value)
        if exact and values[name]:
            # Of zero the exponent may be anything, and would be written out.
            values[name] = Fraction(value.strip())
    return values


def _number(name: str, text: str) -> float:
    """Return the finite number that a text spells."""
    shown = text.strip()
    if not shown:
        raise _Refused(f"{name} must be a number, got nothing")
    if len(shown) > _LONGEST_NUMBER:
        raise _Refused(f"{name} must be a number of at most {_LONGEST_NUMBER} characters, got {len(shown)}")
    if re.fullmatch(r"[+-]?\d+,\d+", shown):
        raise _Refused(
            f"{name} must be a number, got {brief(shown)}: write the decimal point as {brief(shown.replace(',', '.'))}"
        )
    if not _NUMBER.fullmatch(shown):
        raise _Refused(f"{name} must be a number, got {brief(shown)}")
    value = float(shown)
    if not math.isfinite(value):
        raise _Refused(f"{name} must be finite, got {brief(shown)}")
    if value == 0 and re.search("[1-9]", re.split("[eE]", shown)[0]):
        raise _Refused(f"{name} must be 0 or at least 5e-324 in magnitude, got {brief(shown)}")
    return value


def _whole_number(name: str, text: str) -> int:
    """Return the whole number that a text spells."""
    shown = text.strip()
    if not re.fullmatch(r"[+-]?\d+", shown, re.ASCII):
        raise _Refused(f"{name} must be a whole number, got {brief(shown)}")
    if len(shown) > _LONGEST_NUMBER:
        raise _Refused(f"{name} must be a whole number of at most {_LONGEST_NUMBER} digits, got {len(shown)}")
    return int(shown)


def _initial_rates(text: str, model: "RateModel") -> "float | dict[str, float]":
    """Return one rate, or the rates by population that E=0.1,I=0.2 spells."""
    if model.is_single:
        if "=" in text:
            raise _Refused(f"r-init must be one rate for model {model.name!r}, as in 0.2, got {brief(text)}")
        return _number("r-init", text)
    if "=" not in text and "," not in text:
        return _number("r-init", text)
    rates: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise _Refused(f"r-init needs a rate for each population, as in E=0.1,I=0.2, got {brief(text)}")
        if name in rates:
            raise _Refused(f"r-init names population {brief(name)} twice")
        rates[name] = _number(f"r-init of {name[:_LONGEST_NAME]}", value)
    return rates


def _kind_of_report(path: Path, format: str | None) -> str:
    """Return the format of a report that goes to a path."""
    try:
        return format_of(path, format)
    except NullclineError:
        if format is None:
            endings = ", ".join(each[0] for each in ENDINGS.values())
            raise _Refused(f"--out must end in one of {endings}, got {brief(str(path))}") from None
        wanted = " or ".join(ENDINGS[format])
        raise _Refused(f"--out must end in {wanted} for --format {format}, got {brief(str(path))}") from None


def _one_of(kind: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        raise _Refused(unknown_name(kind, word, list(known)))


# What goes out --------------------------------------------------------------------------------------------------------


@contextmanager
def _progress_bar() -> "Iterator[Callable[[str, int, int], None] | None]":
    """A progress bar on stderr, for a person who watches; None otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="example", delay=1.0, leave=False, file=sys.stderr) as bar:

        def progress(name: str, done: int, total: int) -> None:
            bar.total = total
            if bar.desc != f"{name}: ":
                bar.set_description(name, refresh=False)
            bar.update(done - bar.n)

        yield progress


def _json(document: "Mapping[str, Any] | list[dict[str, Any]]") -> str:
    return json.dumps(document, allow_nan=False, ensure_ascii=False)


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


def _writable(text: str, suffixes: tuple[str, ...] = (), what: str = "--out") -> Path:
    """Return the path if a file can be put there; refuse it before anything is computed."""
    path = Path(text)
    if not text.strip():
        raise _Refused(f"{what} needs a file name, got nothing")
    if suffixes and path.suffix not in suffixes:
        raise _Refused(f"{what} must end in {' or '.join(suffixes)}, got {brief(text)}")
    try:
        if path.is_symlink():
            raise _Refused(f"{path} is a symbolic link: name the file itself, {path.resolve()}")
        if path.is_dir():
            example = path / ("my.toml" if ".toml" in suffixes else "report.html")
            raise _Refused(f"{path} is a folder: name a file in it, such as {example}")
        if not path.parent.is_dir():
            raise _Refused(f"there is no folder {path.parent}: make it first, or choose another {what}")
        if path.exists() and not path.is_file():
            raise _Refused(f"{path} is not a regular file: choose another {what}")
        if not os.access(path.parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise _Refused(f"cannot write {path}: no permission")
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    return path


def _usage(error: Exception) -> str:
    """Click's own sentence, with a small letter and the way to help."""
    text = " ".join(error.format_message().split()).rstrip(".")  # type: ignore[attr-defined]
    text = text if len(text) <= _LONGEST_USAGE else f"{text[:_LONGEST_USAGE]}..."
    context = getattr(error, "ctx", None)
    unknown = getattr(error, "option_name", None)
    if unknown is not None and context is not None and text.startswith(f"No such option: {unknown}"):
        # Click minds capitals: for --t it offers --dt, and not --T.
        near = nearest(unknown, [option for parameter in context.command.params for option in parameter.opts])
        text = f"no such option: {unknown}" + (f"; did you mean {near}?" if near else "")
    command = context.command_path if context is not None else "nullcline"
    return f"{text[:1].lower()}{text[1:]}; see {command} --help"


def _print(text: str) -> None:
    """Print to stdout, and find out at once if nobody reads it."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise _ReaderGone from None


def _say(text: str, code: int) -> int:
    """Print one line to stderr and return the code."""
    print(f"nullcline: {' '.join(text.split())}", file=sys.stderr)
    return code


@contextmanager
def _warnings_in_one_line() -> Iterator[None]:
    """Print each warning once, as one line without the place in the code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        _say(f"warning: {message}", 0)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("default")
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            warnings.simplefilter("ignore", ImportWarning)
        warnings.showwarning = show
        yield
