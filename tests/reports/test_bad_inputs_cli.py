"""The command refuses what cannot be meant: exit code 2, one line on stderr, nothing on stdout and no file."""

from pathlib import Path

import pytest
from bad_inputs import ENTRIES, options
from nullcline.reports import cli
from nullcline.symbolic import transfer


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


KNOWN = "(known: tau, a, theta, w, I_ext)"
# The entries of bad_inputs.json that can be written on a command line; the others are arrays.
ENTRY_LINES = {
    "p-gempty": f"unknown parameter 'guesses' for model 'single' {KNOWN}",
    "p-ginf": f"unknown parameter 'guesses' for model 'single' {KNOWN}",
    "p-gnan": f"unknown parameter 'guesses' for model 'single' {KNOWN}",
    "p-ou0": "noise tau must be positive, got 0.0 ms",
    "p-ouneg": "noise tau must be positive, got -1.0 ms",
    "p-snan": "noise-sigma must be finite, got 'NaN'",
    "p-seedneg": "seed must be at least 0, got -1",
    "p-a0": "a must be positive, got 0.0",
    "p-T0": "T must be positive, got 0.0 ms",
    "p-Tinf": "T must be finite, got 'Infinity'",
    "p-decimalcomma": "tau must be a number, got '1,5': write the decimal point as '1.5'",
    "p-dict": "a must be a number, got \"{'value': 1.2}\"",
    "p-list": "a must be a number, got '[1.2]'",
    "p-dtnan": "dt must be finite, got 'NaN'",
    "p-rnan": "r-init must be finite, got 'NaN'",
    "p-tauneg": "tau must be positive, got -1.0 ms",
    "p-typo1": f"unknown parameter 'wexc' for model 'single'; did you mean 'w'? {KNOWN}",
}
ENTRY_WARNINGS = {
    "p-Tnotmult": "T=1.0 ms is not a multiple of dt=0.3 ms: the last sample is at 0.9 ms",
    "p-dt2.0": (
        "dt=2.0 ms reaches the stability limit 2 ms of Euler's method (2 tau/(1 - w F') at the stable fixed point "
        "r = 0): the run need not come near the model's behaviour"
    ),
}


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the line that the command refuses its arguments with, and find nothing else done."""
    before = sorted(Path().iterdir())
    assert cli.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nullcline: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert len(err) < 400
    assert sorted(Path().iterdir()) == before
    return err.removeprefix("nullcline: ").removesuffix("\n")


@pytest.mark.parametrize("name", ENTRY_LINES)
def test_an_entry_is_refused_by_its_line(name: str, capsys: pytest.CaptureFixture[str]):
    # A seed alone is refused for want of noise.
    noise = ["--noise-sigma", "1"] if name == "p-seedneg" else []
    assert refused(["simulate", *noise, *options(name)], capsys) == ENTRY_LINES[name]
    if options(name)[::2] == ["--set"]:
        for command in (["fixed-points"], ["fixed-points", "--certify"], ["report", "--out", "made.html"]):
            assert refused([*command, *options(name)], capsys) == ENTRY_LINES[name]


@pytest.mark.parametrize("name", ["p-mem1", "p-mem2"])
def test_a_run_without_room_is_refused(name: str, capsys: pytest.CaptureFixture[str]):
    line = refused(["simulate", *options(name), "--out", "run.csv"], capsys)
    assert line.endswith("choose a shorter T or a larger dt, or leave out --json and --out")
    line = refused(["simulate", *options(name)], capsys)
    assert "GiB" in line
    assert line.endswith("choose a shorter T or a larger dt")


@pytest.mark.parametrize("name", ENTRY_WARNINGS)
def test_an_entry_that_is_legal_but_doubtful_warns_once(name: str, capsys: pytest.CaptureFixture[str]):
    assert cli.run(["simulate", *options(name)]) == 0
    warned = [line for line in capsys.readouterr().err.splitlines() if "warning" in line]
    assert warned == [f"nullcline: warning: {ENTRY_WARNINGS[name]}"]


def test_an_entry_that_is_right_is_answered(capsys: pytest.CaptureFixture[str]):
    for name in ("p-foldout", "p-a800"):
        assert cli.run(["fixed-points", *options(name)]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("1 fixed point of 'single' (")
        assert err == ""


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]):
    given = ENTRIES["m-missing"]["input"]["file"]
    line = f"there is no file {given}: write one by nullcline new {given}"
    for command in ("simulate", "fixed-points", "report"):
        assert refused([command, given], capsys) == line


def test_no_link_is_written_through(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    target = tmp_path / "precious"
    target.write_text("precious")
    for command, name in (("simulate", "made.csv"), ("report", "made.html")):
        try:
            (tmp_path / name).symlink_to(target)
        except OSError:
            pytest.skip("symbolic links are not allowed here")
        line = refused([command, "--out", name], capsys)
        assert line == f"{name} is a symbolic link: name the file itself, {target.resolve()}"
    assert target.read_text() == "precious"


NO_NUMBERS = [
    "",
    " ",
    "x",
    "0x10",
    "1e",
    "e5",
    "--5",
    "5 5",
    "1_0",
    "1,5",
    "1/2",
    "5j",
    "[5]",
    "5;",
    "True",
    "5\n6",
    "1d5",
]
NO_NUMBERS += ["１", "٣", "½", "∞", "𝟓", "\udcff", "\0", "x" * 10_000, "1" * 1001]
INFINITE = ["nan", "NaN", "inf", "-inf", "Infinity", "1e999", "-1e999", "1e-999", "9" * 400, "1e305", "1e999999999"]
NUMBERS = {
    "w": ["fixed-points", "--set", "w={}"],
    "tau": ["fixed-points", "--certify", "--set", "tau={}"],
    "a": ["simulate", "--set", "a={}"],
    "T": ["simulate", "--T", "{}"],
    "dt": ["simulate", "--dt", "{}"],
    "r-init": ["simulate", "--r-init", "{}"],
    "r-init of I": ["simulate", "wilson-cowan", "--r-init", "E=1,I={}"],
    "noise-sigma": ["simulate", "--noise-sigma", "{}"],
    "noise-tau": ["simulate", "--noise-sigma", "1", "--noise-tau", "{}"],
    "seed": ["simulate", "--noise-sigma", "1", "--seed", "{}"],
}

IN_PYTHON = {"r-init": "r_init", "r-init of I": "r_init['I']", "noise-sigma": "noise sigma", "noise-tau": "noise tau"}


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_refused_by_name(name: str, capsys: pytest.CaptureFixture[str]):
    for text in NO_NUMBERS + INFINITE:
        if (name, text) in (("r-init of I", "1,5"), ("seed", "9" * 400)):
            continue
        line = refused([argument.format(text) for argument in NUMBERS[name]], capsys)
        assert line.startswith((f"{name} must be ", f"{IN_PYTHON.get(name, name)} must be ")), (text, line)


LINES = [
    (["fixed-points", "--set", "w=" + "1" * 1001], "w must be a number of at most 1000 characters, got 1001"),
    (["fixed-points", "--set", "w=1e-400"], "w must be 0 or at least 5e-324 in magnitude, got '1e-400'"),
    (["fixed-points", "--set", "w=1e305"], "w must be at most 1e+300 in magnitude, got 1e+305"),
    (["fixed-points", "--set", "tau=1e-305"], "tau must be at least 1e-300, got 1e-305 ms"),
    (["fixed-points", "--set", "w=１"], "w must be a number, got '１'"),
    (["fixed-points", "--set", "θ=1"], f"unknown parameter 'θ' for model 'single' {KNOWN}"),
    (
        ["fixed-points", "--set", "Theta=1"],
        f"unknown parameter 'Theta' for model 'single'; did you mean 'theta'? {KNOWN}",
    ),
    (["fixed-points", "--set", "__class__=1"], f"unknown parameter '__class__' for model 'single' {KNOWN}"),
    (["fixed-points", "--set", "x" * 99], f"--set needs NAME=VALUE, got '{'x' * 56}...: write for instance --set w=5"),
    (["fixed-points", "x" * 99], f"unknown model '{'x' * 56}... (known: single, wilson-cowan)"),
    (["fixed-points", "Single"], "unknown model 'Single'; did you mean 'single'? (known: single, wilson-cowan)"),
    (
        ["simulate", "--noise-sigma", "1", "--seed", "9" * 1001],
        "seed must be a whole number of at most 1000 digits, got 1001",
    ),
    (["simulate", "--noise-sigma", "1", "--seed", "9" * 400], f"seed must be below 2**1024, got {'9' * 57}..."),
    (["simulate", "--noise-sigma", "1", "--seed", "1.5"], "seed must be a whole number, got '1.5'"),
    (["simulate", "--noise-sigma", "-1"], "noise sigma must not be negative, got -1.0"),
    (["simulate", "--noise-sigma", "1", "--noise-tau", ""], "noise-tau must be a number, got nothing"),
    (
        ["simulate", "--noise-tau", "1"],
        "--noise-tau needs --noise-sigma: write for instance --noise-sigma 0.7 --noise-tau 1",
    ),
    (["simulate", "--seed", "1"], "--seed needs --noise-sigma: without noise there is nothing to draw"),
    (
        ["simulate", "--T", "1e300", "--dt", "1e-300"],
        "T=1e+300 with dt=1e-300 is inf steps, more than a double can count: choose a shorter T or a larger dt",
    ),
    (
        ["simulate", "--T", "2e6", "--json"],
        "T=2000000.0 with dt=0.1 is 2e+07 samples, 10,000,000 can be written: "
        "choose a shorter T or a larger dt, or leave out --json and --out",
    ),
    (["simulate", "--out", "\0.csv"], "cannot write \0.csv: embedded null byte"),
    (["simulate", "--r-init", "E=1"], "r-init must be one rate for model 'single', as in 0.2, got 'E=1'"),
    (["simulate", "wilson-cowan", "--r-init", "E=1,I=2,X=3"], "unknown population 'X' for r_init (known: E, I)"),
    (
        ["simulate", "wilson-cowan", "--r-init", "E=1,,I=2"],
        "r-init needs a rate for each population, as in E=0.1,I=0.2, got 'E=1,,I=2'",
    ),
    (
        ["fixed-points", "wilson-cowan", "--certify"],
        "certify is for one population, model 'wilson-cowan' has 2: "
        "without it, `complete` says whether the interval search left anything undecided",
    ),
]


@pytest.mark.parametrize(("arguments", "line"), LINES, ids=[" ".join(arguments)[:40] for arguments, _ in LINES])
def test_a_refusal_is_this_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]):
    assert refused(arguments, capsys) == line


def test_a_long_word_is_not_repeated(capsys: pytest.CaptureFixture[str]):
    for arguments in (["x" * 5000], ["simulate", "--" + "x" * 5000], ["report", "--format", "x" * 5000]):
        assert "x..." in refused(arguments, capsys)


@pytest.mark.parametrize(
    "text", ["w=0e999999999", "w=0e-999999999", "w=-0", "w=.5", "w=5.", "w=+5", " w = 5 ", "w=1E0"]
)
def test_a_number_may_be_written_in_many_ways(text: str, capsys: pytest.CaptureFixture[str]):
    # As an exact fraction, too, whose exponent might be written out.
    for certify in ([], ["--certify"]):
        assert cli.run(["fixed-points", *certify, "--set", text]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("text", ["w=-1e300", "I_ext=1e300", "tau=1e300", "tau=1e-300"])
def test_extreme_numbers_give_no_nan(text: str, capsys: pytest.CaptureFixture[str]):
    for name in transfer.catalogue:
        for command in ("fixed-points", "simulate"):
            assert cli.run([command, "--transfer", name, "--set", text, "--json"]) == 0
            assert "NaN" not in capsys.readouterr().out
