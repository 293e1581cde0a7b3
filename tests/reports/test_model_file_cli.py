"""Every command takes a model file where it takes a built-in model, and `new` writes one."""

import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from bad_inputs import ENTRIES
from nullcline.numeric import fixed_points, simulate
from nullcline.reports import cli
from nullcline.reports.commands import options
from nullcline.reports.example import EXAMPLE
from nullcline.symbolic import load_model
from nullcline.symbolic.formula_grammar import parsed
from nullcline.symbolic.model_file import METHODS
from nullcline.symbolic.transfer import catalogue

# A spent budget raises an exception anywhere: in the tracer of coverage too, which then waits for its own lock.
pytestmark = pytest.mark.no_cover


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")


SIGMOID = """schema = 1
name = "mine"
[transfer]
formula = "1/(1 + exp(-a*(x - theta))) - 1/(1 + exp(a*theta))"
[parameters]
a = { value = 1.2, min = 0.3, max = 3.0 }
theta = 2.8
w = 5.0
I_ext = 0.5
[simulate]
T = 3.0
dt = 0.5
r_init = 0.4
method = "rk4"
"""


def write(text: str, name: str = "my.toml") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


def run(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> tuple[str, str]:
    assert cli.run(arguments) == code
    return capsys.readouterr()


def test_new_writes_a_model_that_every_command_takes(capsys: pytest.CaptureFixture[str]):
    assert run(["new", "my.toml"], capsys) == ("my.toml\n", "")
    assert Path("my.toml").read_text(encoding="utf-8") == EXAMPLE
    out, err = run(["fixed-points", "my.toml"], capsys)
    assert out.startswith(
        "1 fixed point of 'softplus population' (tau=1, a=1.2, theta=2.8, w=0.5, I_ext=0.5), complete"
    )
    assert err == ""
    assert run(["simulate", "my.toml"], capsys)[0].splitlines()[-1].split()[0] == "19.9"


def test_the_example_is_right_also_in_what_it_has_commented_out():
    # Both the one population that it has and the several that it shows.
    several = re.search(r"(?ms)^# \[populations\.E\].*", EXAMPLE)
    assert several
    write("schema = 1\n" + re.sub("(?m)^# ?", "", several[0]), "two.toml")
    assert list(load_model("two.toml").parameters)[:4] == ["tau_E", "a_E", "theta_E", "w_EE"]
    one = EXAMPLE[: EXAMPLE.index("# Several populations")]
    said = tomllib.loads(re.sub("(?m)^# (?=catalogue|inputs|method|noise_|seed)", "", one))
    assert set(said["transfer"]) == {"formula", "catalogue", "inputs"}
    assert set(said["simulate"]) == {"T", "dt", "r_init", "method", "noise_sigma", "noise_tau", "seed"}
    for name in catalogue:
        assert name in EXAMPLE
    (words,) = re.findall(r"(?m)^# (exp log .*) and others", EXAMPLE)
    for function in words.split():
        parsed(f"{function}(x, 1)" if function in ("min", "max") else f"{function}(x)", ["x"])


def test_new_overwrites_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    def line(name: str) -> str:
        out, err = run(["new", name], capsys, 2)
        assert out == ""
        return err

    write("precious")
    there = "is there already: choose another name, or remove it first"
    assert line("my.toml") == f"nullcline: my.toml {there}\n"
    assert Path("my.toml").read_text() == "precious"
    target = tmp_path / "target.toml"
    for exists in (False, True):
        if exists:
            target.write_text("precious")
        Path("link.toml").unlink(missing_ok=True)
        Path("link.toml").symlink_to(target)
        name = target.resolve()
        assert line("link.toml") == f"nullcline: link.toml is a symbolic link: name the file itself, {name}\n"
        assert target.exists() == exists
    assert line("my.txt") == "nullcline: FILE must end in .toml, got 'my.txt'\n"
    assert line("no/my.toml") == "nullcline: there is no folder no: make it first, or choose another FILE\n"
    assert line("") == "nullcline: FILE needs a file name, got nothing\n"
    Path("folder.toml").mkdir()
    assert line("folder.toml").startswith("nullcline: folder.toml is a folder: name a file in it, such as folder.toml")


def test_a_model_written_down_is_the_built_in_one(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID)
    mine = json.loads(run(["fixed-points", "my.toml", "--json"], capsys)[0])
    built_in = json.loads(run(["fixed-points", "--set", "w=5", "--set", "I_ext=0.5", "--json"], capsys)[0])
    assert mine["complete"]
    assert [p["stability"] for p in mine["fixed_points"]] == [p["stability"] for p in built_in["fixed_points"]]
    for own, known in zip(mine["fixed_points"], built_in["fixed_points"], strict=True):
        assert own["r"] == pytest.approx(known["r"], rel=1e-13)
        assert own["eigenvalue"] == pytest.approx(known["eigenvalue"], rel=1e-12)
    assert fixed_points(load_model("my.toml")).count == 3


def test_the_command_line_overrides_the_file(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID)
    assert run(["fixed-points", "my.toml", "--set", "w=0"], capsys)[0].startswith("1 fixed point")
    _, err = run(["fixed-points", "my.toml", "--set", "a=4"], capsys, 2)
    assert err == "nullcline: a must be at most 3, got 4.0\n"
    given = json.loads(run(["simulate", "my.toml", "--json"], capsys)[0])
    assert given["t"] == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    expected = simulate(load_model("my.toml"), T=3, dt=0.5, r_init=0.4, method="rk4")
    assert given["r"] == expected.r.tolist()
    given = json.loads(
        run(["simulate", "my.toml", "--json", "--T", "1", "--r-init", "0.1", "--method", "euler"], capsys)[0]
    )
    assert given["r"] == simulate(load_model("my.toml"), T=1, dt=0.5, r_init=0.1, method="euler").r.tolist()


def test_noise_of_a_file_is_drawn(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID + "noise_sigma = 0.7\nnoise_tau = 2\nseed = 3\n")
    first, err = run(["simulate", "my.toml", "--json", "--method", "euler"], capsys)
    assert "--seed" not in err
    assert first == run(["simulate", "my.toml", "--json", "--method", "euler"], capsys)[0]
    assert first != run(["simulate", "my.toml", "--json", "--method", "euler", "--seed", "4"], capsys)[0]
    run(["simulate", "my.toml", "--method", "euler", "--noise-tau", "1"], capsys)


def test_a_formula_is_refused_with_its_line_and_a_caret(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID.replace("-a*(x", "-a(x"))
    for command in ("fixed-points", "simulate", "report"):
        assert run([command, "my.toml"], capsys, 2) == (
            "",
            "nullcline: my.toml:4: 'a' is a parameter, not a function: write a*(x - theta)\n"
            '    formula = "1/(1 + exp(-a(x - theta))) - 1/(1 + exp(a*theta))"\n'
            "                            ^\n",
        )
    assert sorted(os.listdir()) == ["my.toml"]


def test_warnings_are_one_line_each(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID.replace("w = 5.0", "w = 5.0\nspare = 1"))
    assert run(["fixed-points", "my.toml"], capsys)[1] == (
        "nullcline: warning: my.toml:9: nothing uses the parameter 'spare'\n"
    )


REFUSED = {
    "m-latin1": (bytes.fromhex(ENTRIES["m-latin1"]["input"]["bytes_hex"]), "my.toml:1: the byte 0xe9 is not UTF-8"),
    "m-nover": (b"schema = 999\n", "my.toml:1: schema 999 is a newer format"),
    "m-pdun": (SIGMOID.replace("w = 5.0", "__class__ = 1").encode(), "my.toml:8: the parameter name '__class__' is no"),
    "m-pdup": (SIGMOID.replace("w = 5.0", '"ϑ" = 1\n"θ" = 1').encode(), "my.toml:8: the parameter name 'ϑ' is no name"),
    "m-pkw": (SIGMOID.replace("w = 5.0", "lambda = 1").encode(), "my.toml:8: the parameter name 'lambda' is a word"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_entry_is_refused(name: str, capsys: pytest.CaptureFixture[str]):
    assert ENTRIES[name]["verdict"] == "refuse"
    content, line = REFUSED[name]
    Path("my.toml").write_bytes(content)
    for command in ("fixed-points", "simulate", "report"):
        out, err = run([command, "my.toml"], capsys, 2)
        assert out == ""
        assert err.startswith(f"nullcline: {line}")
        assert err.count("\n") == 1
    assert os.listdir() == ["my.toml"]


def test_a_transfer_function_is_not_given_twice(capsys: pytest.CaptureFixture[str]):
    write(SIGMOID)
    assert run(["fixed-points", "my.toml", "--transfer", "tanh"], capsys, 2)[1] == (
        "nullcline: --transfer is for the built-in models: a model file has its own transfer functions\n"
    )


def test_any_file_may_be_named(capsys: pytest.CaptureFixture[str]):
    Path("folder").mkdir()
    write(SIGMOID, "folder/model")
    assert "of 'mine'" in run(["fixed-points", os.path.join("folder", "model")], capsys)[0]
    write(SIGMOID, "plain")
    assert "of 'mine'" in run(["fixed-points", "plain"], capsys)[0]


def test_the_names_known_without_sympy_are_the_real_ones():
    assert METHODS == options.METHODS


@pytest.mark.slow
@pytest.mark.parametrize("title", [ENTRIES[name]["input"]["title"] for name in ("m-html", "m-pct")])
def test_a_name_is_shown_as_it_is_written(title: str, capsys: pytest.CaptureFixture[str]):
    write(SIGMOID.replace('"mine"', json.dumps(title)))
    out, _ = run(["fixed-points", "my.toml"], capsys)
    assert title in out
