"""Model files: what they say comes out as a model, and whatever is wrong is told with its file and line."""

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import sympy
from bad_inputs import ENTRIES
from formulas import TEXTS, VERDICTS, mutated, soup
from hypothesis import given
from nullcline.symbolic import FormulaError, ModelError, RateModel, load_model, read_model_file
from nullcline.symbolic.errors import NullclineError, NullclineWarning
from nullcline.symbolic.transfer import catalogue, x
from strategies import examples

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover

HEAD = "schema = 1\n"
SIGMOID = '[transfer]\nformula = "1/(1 + exp(-a*(x - theta)))"\n'
SHAPE = "[parameters]\na = 1.2\ntheta = 2.8\n"
ONE = HEAD + SIGMOID + SHAPE
TWO = """schema = 1
name = "pair"
[populations.E]
sign = 1
transfer.formula = "1/(1 + exp(-a*(x - theta)))"
parameters = { a = 1.2, theta = 2.8, I_ext = 0.5 }
[populations.I]
sign = -1
[populations.I.transfer]
catalogue = "sigmoid"
[populations.I.parameters]
a = 1.0
theta = { value = 4.0, max = 5.0 }
tau = 2.0
[weights]
EE = 9.0
EI = { value = 4.0, max = 10.0, meaning = "inhibition" }
IE = 13.0
"""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)


def load(text: str) -> RateModel:
    Path("my.toml").write_text(text, encoding="utf-8", newline="")
    return load_model("my.toml")


def refused(text: str) -> str:
    """Return what a file is refused with; whatever else happens is a failure."""
    with pytest.raises(ModelError) as refusal:
        load(text)
    lines = str(refusal.value).split("\n")
    assert len(lines) == (3 if isinstance(refusal.value, FormulaError) and len(lines) > 1 else 1)
    assert all(line.isprintable() for line in lines)
    assert len(lines[0]) < 500
    return str(refusal.value)


# What is read ---------------------------------------------------------------------------------------------------------


def test_a_file_of_one_population_is_a_model():
    model = load(
        HEAD + 'name = "mine"\n' + SIGMOID + "[parameters]\n"
        'a = { value = 1.2, min = 0.3, max = 3.0, meaning = "gain", unit = "1/mV" }\n'
        'theta = 2.8\nw = 5\nI_ext = { value = 0.5, min = -1 }\ntau = { value = 2.0, unit = "s" }\n'
    )
    assert repr(model) == "RateModel(mine: tau=2, a=1.2, theta=2.8, w=5, I_ext=0.5)"
    assert model.is_single
    assert [p.default for p in model.parameters.values()] == [2.0, 1.2, 2.8, 5.0, 0.5]
    a, theta, tau, I_ext = (model.parameters[name] for name in ("a", "theta", "tau", "I_ext"))
    assert (a.bounds, a.sample, a.meaning, a.unit) == ((0.3, 3.0), (0.3, 3.0), "gain", "1/mV")
    assert a.symbol.is_positive
    assert theta.symbol.is_positive is None
    assert (tau.unit, tau.minimum, tau.open_minimum) == ("s", 0.0, True)
    assert I_ext.minimum == -1.0
    (population,) = model.populations
    assert population.transfer.expression == 1 / (1 + sympy.exp(-a.symbol * (x - theta.symbol)))


def test_a_file_of_several_populations_is_a_model():
    model = load(TWO)
    assert list(model.parameters) == [
        *("tau_E", "a_E", "theta_E", "w_EE", "w_EI", "I_ext_E"),
        *("tau_I", "a_I", "theta_I", "w_IE", "I_ext_I"),
    ]
    assert [p.default for p in model.parameters.values()] == [1.0, 1.2, 2.8, 9.0, 4.0, 0.5, 2.0, 1.0, 4.0, 13.0, 0.0]
    assert model.parameters["w_EI"].bounds == (0.0, 10.0)
    assert model.parameters["w_EI"].meaning == "inhibition"
    assert model.parameters["theta_I"].maximum == 5.0
    assert [p.sign for p in model.populations] == [1, -1]
    assert model.populations[1].transfer is catalogue["sigmoid"]


def test_what_is_not_said_is_as_in_the_built_in_model():
    model = load(HEAD + '[transfer]\ncatalogue = "tanh"\n')
    built_in = RateModel.single(catalogue["tanh"])
    assert {name: p.default for name, p in model.parameters.items()} == {
        name: p.default for name, p in built_in.parameters.items()
    }
    assert model.name == "my"


def test_the_simulation_is_kept():
    text = (
        ONE + '[simulate]\nT = 20\ndt = 0.1\nr_init = 0.2\nmethod = "rk4"\nnoise_sigma = 0.7\nnoise_tau = 2\nseed = 0\n'
    )
    Path("my.toml").write_text(text)
    file = read_model_file(Path("my.toml"))
    said = {"T": 20.0, "dt": 0.1, "r_init": 0.2, "method": "rk4", "noise_sigma": 0.7, "noise_tau": 2.0, "seed": 0}
    assert dict(file.simulate) == said
    with pytest.raises(TypeError):
        file.simulate["T"] = 1  # type: ignore[index]
    Path("my.toml").write_text(TWO + "[simulate]\nr_init = { E = 0.1, I = 0.2 }\n")
    assert read_model_file("my.toml").simulate == {"r_init": {"E": 0.1, "I": 0.2}}


@pytest.mark.parametrize("text", [ONE.replace("\n", "\r\n"), "\ufeff" + ONE, ONE + "# é ϑ\n"])
def test_files_of_every_editor_are_read(text: str):
    assert list(load(text).parameters) == ["tau", "a", "theta", "w", "I_ext"]


def test_what_nothing_uses_warns():
    with pytest.warns(NullclineWarning) as told:
        model = load(ONE + "unused = 1\n")
    assert [str(w.message) for w in told] == ["my.toml:7: nothing uses the parameter 'unused'"]
    assert "unused" not in model.parameters


def test_a_jump_warns():
    with pytest.warns(NullclineWarning) as told:
        load(HEAD + '[transfer]\nformula = "sign(x - 1.5)"\n')
    assert [str(w.message) for w in told] == [
        "my.toml:3: the formula jumps at x = 1.5: there is no slope, and a fixed point may sit in the jump"
    ]


def test_the_inputs_may_be_stated():
    text = HEAD + '[transfer]\nformula = "sqrt(x)"\n'
    assert refused(text).startswith("my.toml:3: no value at x = -100: square root of a negative number (-100)")
    load(text + "inputs = [0.5, 10]\n")


# What is refused ------------------------------------------------------------------------------------------------------

LINES = {
    "": "my.toml:1: schema is missing: write schema = 1 above all tables",
    "Schema = 1\n": "my.toml:1: schema is missing: write schema = 1, not Schema above all tables",
    "schema = 999\n": "my.toml:1: schema 999 is a newer format, this nullcline reads 1: update nullcline",
    "schema = 0\n": "my.toml:1: there is no schema 0: write schema = 1",
    'schema = "1"\n': "my.toml:1: schema must be a whole number, got '1' (str): write schema = 1",
    HEAD: 'my.toml:1: there is no transfer function: write [transfer] and under it formula = "..."',
    HEAD + "[transfer]\n": 'my.toml:2: there is no formula: write formula = "..." in x, or catalogue = "sigmoid"',
    HEAD + "transfer = 1\n": "my.toml:2: transfer must be a table, got 1 (int): write [transfer]",
    HEAD + "[transfer]\nformula = 1\n": (
        "my.toml:3: a formula must be text, got 1 (int): put it between double quotes"
    ),
    HEAD + '[transfer]\ncatalogue = "sigmod"\n': (
        "my.toml:3: unknown transfer function 'sigmod'; did you mean 'sigmoid'? "
        "(known: sigmoid, tanh, relu, softplus, erf, power, naka_rushton)"
    ),
    HEAD + '[transfer]\ncatalogue = "sigmoid"\nformula = "x"\n': (
        "my.toml:4: a transfer function is a formula or one of the catalogue: remove formula or catalogue"
    ),
    HEAD + "[transfr]\n": (
        "my.toml:2: unknown key 'transfr' for the file; did you mean 'transfer'? "
        "(known: schema, name, transfer, parameters, populations, weights, simulate)"
    ),
    HEAD + '[transfer]\nformla = "x"\n': (
        "my.toml:3: unknown key 'formla' for [transfer]; did you mean 'formula'? "
        "(known: formula, catalogue, inputs, title, source)"
    ),
    ONE + "a = 1\n": "my.toml:7: 'a' is given twice: keep one of the two",
    ONE + "[parameters]\n": "my.toml:7: the table '[parameters]' is there twice: put all of it in one place",
    ONE + "b = \n": "my.toml:7: this is not TOML: invalid value",
    ONE + 'b = "x\n': "my.toml:7: this is not TOML: illegal character '\\n'",
    ONE + "b = { value = 1 \n": "my.toml:7: this is not TOML: unclosed inline table",
    ONE + "b = nan\n": "my.toml:7: b must be finite, got nan",
    ONE + "b = -inf\n": "my.toml:7: b must be finite, got -inf",
    ONE + "b = true\n": "my.toml:7: b must be a number, got True (bool)",
    ONE + 'b = "1"\n': "my.toml:7: b must be a number, got '1' (str)",
    ONE + "b = [1]\n": "my.toml:7: b must be a number, got [1] (list)",
    ONE + "b = 1979-05-27\n": "my.toml:7: b must be a number, got datetime.date(1979, 5, 27) (date)",
    ONE + "b = 1" + "0" * 400 + "\n": "my.toml:7: b must be finite, got a number above 1.8e308",
    ONE + "b = {}\n": "my.toml:7: b has no value: write b = { value = 1.0 }",
    ONE + "b = { value = 1, mn = 2 }\n": (
        "my.toml:7: unknown key 'mn' for parameter 'b'; did you mean 'min'? (known: value, min, max, unit, meaning)"
    ),
    ONE + "b = { value = 1, min = 2, max = 1 }\n": "my.toml:7: min of b must be below its max, got 2.0 and 1.0",
    ONE + "b = { value = 1, min = 2 }\n": "my.toml:7: b must be at least 2, got 1.0",
    ONE + "b = { value = 1, unit = 3 }\n": "my.toml:7: unit must be text, got 3 (int): put it between double quotes",
    ONE + "tau = -1\n": "my.toml:7: tau must be positive, got -1.0 ms",
    ONE + "tau = { value = 1, min = -1 }\n": "my.toml:7: min of tau must be positive, got -1.0",
    ONE + "lambda = 1\n": (
        "my.toml:7: the parameter name 'lambda' is a word of the language: rename the parameter, for instance lambda_"
    ),
    ONE + "x = 1\n": "my.toml:7: the parameter name 'x' is the input: rename the parameter",
    ONE + "exp = 1\n": "my.toml:7: the parameter name 'exp' is a function: rename the parameter, for instance exp_",
    ONE + '"ϑ" = 1\n': (
        "my.toml:7: the parameter name 'ϑ' is no name: "
        "1 to 32 of the letters A to Z and a to z, digits and underscores, the first a letter"
    ),
    ONE + "__class__ = 1\n": (
        "my.toml:7: the parameter name '__class__' is no name: "
        "1 to 32 of the letters A to Z and a to z, digits and underscores, the first a letter"
    ),
    ONE + "[simulate]\nT = 0\n": "my.toml:8: T must be positive, got 0.0 ms",
    ONE + "[simulate]\nseed = -1\n": "my.toml:8: seed must be a whole number of at least 0, got -1 (int)",
    ONE + "[simulate]\nnoise_tau = 1\n": (
        "my.toml:8: noise_tau needs noise_sigma: write for instance noise_sigma = 0.7"
    ),
    ONE + '[simulate]\nmethod = "eular"\n': (
        "my.toml:8: unknown method 'eular'; did you mean 'euler'? "
        "(known: euler, exponential_euler, heun, rk4, adaptive, exact)"
    ),
    ONE + "[weights]\n": "my.toml:7: [weights] is for several populations: write w under [parameters]",
    HEAD + 'name = "\\u001b[2J"\n' + SIGMOID + SHAPE: (
        "my.toml:2: name has the character <U+001B>, which cannot be printed: remove it"
    ),
    HEAD + '[transfer]\nformula = "x"\ninputs = [1, 0]\n': (
        "my.toml:4: inputs must rise, got [1.0, 0.0]: write the smaller first"
    ),
    TWO + "EX = 1\n": (
        "my.toml:19: unknown key 'EX' for [weights], to the first from the second population (known: EE, EI, IE, II)"
    ),
    TWO + "II = -1\n": (
        "my.toml:19: II must not be negative, got -1.0: population 'I' has a sign, which says how it enters"
    ),
    TWO.replace("sign = -1", "sign = 2"): (
        "my.toml:8: sign must be 1 (excites), -1 (inhibits) or 0 (each weight has its own), got 2 (int)"
    ),
    TWO + SIGMOID: "my.toml:19: [transfer] is for a model of one population: write [populations.NAME.transfer]",
    HEAD + "[populations]\n": "my.toml:2: there is no population: write [populations.E]",
}


@pytest.mark.parametrize("text", LINES, ids=[line[:60] for line in LINES.values()])
def test_a_refusal_is_this_line(text: str):
    assert refused(text) == LINES[text]


def test_a_formula_is_shown_with_a_caret_below_the_place():
    assert refused(ONE.replace("a*(x", "a(x")) == (
        "my.toml:3: 'a' is a parameter, not a function: write a*(x - theta)\n"
        '    formula = "1/(1 + exp(-a(x - theta)))"\n'
        "                            ^"
    )
    text = HEAD + '[transfer]\nformula = """\n  max(x,\n      2y)"""\n'
    assert refused(text) == (
        'my.toml:5: a sign is missing before \'y\': write 2*y for the product\n          2y)"""\n           ^'
    )
    # What is spelt by escapes is several characters wide in the file.
    assert refused(HEAD + '[transfer]\nformula = "\\u0078 + \\u0079"\n').split("\n")[1:] == [
        '    formula = "\\u0078 + \\u0079"',
        "                        ^",
    ]


def test_a_name_that_is_not_declared_is_to_be_declared():
    assert refused(HEAD + SIGMOID + "[parameters]\na = 1\nthetha = 2\n").split("\n")[0] == (
        "my.toml:3: unknown name 'theta'; did you mean 'thetha'? (known: x, a, thetha); "
        "declare a parameter under [parameters]"
    )
    assert refused(HEAD + '[transfer]\nformula = "x*w"\n[parameters]\nw = 1\n').split("\n")[0] == (
        "my.toml:3: 'w' belongs to the model, not to the transfer function: F is a function of x"
    )
    assert "under [populations.E.parameters]" in refused(TWO.replace("(x - theta)", "(x - thet)"))


def test_what_is_no_model_file_is_told(tmp_path: Path):
    def line(path: object) -> str:
        with pytest.raises(ModelError) as refusal:
            load_model(path)  # type: ignore[arg-type]
        return str(refusal.value)

    assert line("no.toml") == "there is no file no.toml: write one by nullcline new no.toml"
    assert line(".") == ". is a folder: name a model file in it"
    assert line(3) == "a model file is named by its path, got 3 (int)"
    assert line(b"my.toml") == "a model file is named by its path as text, got b'my.toml' (bytes)"
    assert line("a\0b") == "cannot read a<U+0000>b: embedded null byte"
    assert line("/dev/null") == "/dev/null is no regular file: name a model file"
    Path("large.toml").write_bytes(b"#" * 1_000_001)
    assert line("large.toml") == (
        "large.toml has 1,000,001 bytes, a model file has at most 1,000,000: name a model file"
    )
    Path("\x1b[2J.toml").write_text("")
    assert line("\x1b[2J.toml").startswith("<U+001B>[2J.toml:1: schema is missing")
    Path("latin.toml").write_bytes(b"schema = 1\n" + bytes.fromhex(ENTRIES["m-latin1"]["input"]["bytes_hex"]))
    assert line("latin.toml") == "latin.toml:2: the byte 0xe9 is not UTF-8: save the file as UTF-8"


BOMBS = {
    "dotted": HEAD + ".".join("a" * 4000) + " = 1\n",
    "many dotted": HEAD + "".join(f"b{i}." + ".".join("a" * 4900) + " = 1\n" for i in range(90)),
    "arrays": HEAD + "a = " + "[" * 4900 + "]" * 4900 + "\n",
    "tables": HEAD + "".join("[" + ".".join("a" * n) + "]\n" for n in range(1, 900)),
    "a long line": HEAD + "# " + "x" * 20_000,
    "digits": HEAD + "a = " + "9" * 9000 + "\n",
    "keys": HEAD + "[parameters]\n" + "".join(f"a{i} = 1\n" for i in range(70_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_would_hang_is_refused_in_time(name: str):
    start = time.process_time()
    refused(BOMBS[name])
    assert time.process_time() - start < 5


@given(soup | mutated())
@examples(200)
def test_no_formula_in_a_file_does_anything_but_be_read_or_refused(text: str):
    spelt = json.dumps(text).replace("\\/", "/").replace("\x7f", "\\u007f")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NullclineWarning)
            load(HEAD + f"[transfer]\nformula = {spelt}\n" + SHAPE)
    except ModelError as refusal:
        first = str(refusal).split("\n")[0]
    else:
        return
    assert first.startswith("my.toml:")
    assert first.isprintable()


@given(soup)
@examples(100)
def test_no_file_does_anything_but_be_read_or_refused(text: str):
    refused(HEAD + text)


# The entries of bad_inputs.json ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TEXTS)
def test_an_entry_is_answered_through_a_file(name: str, tmp_path: Path):
    canary = tmp_path / "canary"
    spelt = json.dumps(TEXTS[name].replace("CANARY_PATH", str(canary)))
    accepted = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NullclineWarning)
            load(HEAD + f"[transfer]\nformula = {spelt}\n" + SHAPE)
    except NullclineError:
        accepted = False
    assert VERDICTS[name] == "either" or accepted == (VERDICTS[name] == "accept")
    assert not canary.exists()


@pytest.mark.parametrize(
    "name", [n for n, e in ENTRIES.items() if n in TEXTS and e["kind"] in ("code-execution", "resource-bomb")]
)
def test_a_bomb_stays_within_a_gigabyte(name: str, tmp_path: Path):
    spelt = json.dumps(TEXTS[name].replace("CANARY_PATH", str(tmp_path / "canary")))
    Path("my.toml").write_text(HEAD + f"[transfer]\nformula = {spelt}\n" + SHAPE)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    code = "import sys; from nullcline.reports import cli; sys.exit(cli.run(['fixed-points', 'my.toml']))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limited,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("nullcline: my.toml:3: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("name", ["m-html", "m-pct"])
def test_a_name_may_have_any_characters(name: str):
    title = ENTRIES[name]["input"]["title"]
    assert load(HEAD + f"name = {json.dumps(title)}\n" + SIGMOID + SHAPE).name == title


def test_one_letter_in_three_spellings_is_refused():
    for letter in ENTRIES["m-pdup"]["input"]["param_names"][1:]:
        assert f"the parameter name '{letter}' is no name" in refused(ONE + f'"{letter}" = 1\n')
    assert "is a word of the language" in refused(ONE + ENTRIES["m-pkw"]["input"]["param_name"] + " = 1\n")
    assert "is no name" in refused(ONE + ENTRIES["m-pdun"]["input"]["param_name"] + " = 1\n")
