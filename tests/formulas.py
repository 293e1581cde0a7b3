"""Formulas for the tests: those of reference/bad_inputs.json, and strategies for right and nearly right ones."""

from typing import Any

from bad_inputs import ENTRIES
from hypothesis import strategies as st
from nullcline.symbolic.parameter import Parameter, positive, real

A = positive("a", 1.2, "gain", sample=(0.3, 3.0))
THETA = real("theta", 2.8, "threshold", sample=(-2.0, 4.0))
PARAMETERS = (A, THETA)
VALUES = {"a": 1.2, "theta": 2.8}


def declared(*names: str) -> list[Parameter]:
    return [real(name, 1.5, "", sample=(1.0, 2.0)) for name in names]


def text_of(entry: dict[str, Any]) -> str:
    """Return the text that an entry of bad_inputs.json stands for."""
    given = entry["input"]
    return given if isinstance(given, str) else "".join(piece * count for piece, count in given["parts"])


TEXTS = {name: text_of(entry) for name, entry in ENTRIES.items() if name.startswith(("t-", "v-"))}
VERDICTS = {name: ENTRIES[name]["verdict"] for name in TEXTS}

_LEAVES = ("x", "x", "x", "0", "1", "2", "0.5", "3", "1e-3", ".25", "12.75", "a", "theta", "pi")
# What is real and moderate for every argument, so that most of what is drawn is right, and what is not.
_CALM = ("tanh", "sigmoid", "atan", "erf", "sin", "cos", "relu", "abs", "sign", "asinh", "sech", "step", "heaviside")
_WILD = ("exp", "log", "sqrt", "log1p", "expm1", "softplus", "cosh", "cbrt", "acosh", "atanh", "erfc", "tan", "log2")
_EXPONENTS = ("2", "3", "-1", "0.5", "a")
_RELATIONS = ("<", "<=", ">", ">=")


@st.composite
def written_formulas(draw: st.DrawFn, depth: int = 4) -> str:
    """A formula that the grammar has; it need not have a value everywhere, nor depend on x."""
    one = st.sampled_from

    def value(depth: int) -> str:
        kind = draw(st.integers(0, 9)) if depth else 0
        if kind == 0:
            return draw(one(_LEAVES))
        left = value(depth - 1)
        match kind:
            case 1 | 2 | 3:
                return f"({left} {draw(one('+-*/'))} {value(depth - 1)})"
            case 4:
                return f"({left}){draw(one(['**', '^']))}{draw(one(_EXPONENTS))}"
            case 5:
                return f"(-{left})"
            case 6:
                return f"{draw(one(_CALM))}({left})"
            case 7:
                return f"{draw(one(_WILD))}({left})"
            case 8:
                return f"{draw(one(['min', 'max']))}({left}, {value(depth - 1)})"
        return f"({left} if {condition(depth - 1)} else {value(depth - 1)})"

    def condition(depth: int) -> str:
        comparison = f"{value(depth)} {draw(one(_RELATIONS))} {value(depth)}"
        kind = draw(st.integers(0, 4))
        if kind == 1:
            return f"{comparison} {draw(one(_RELATIONS))} {value(0)}"
        if kind in (2, 3):
            return f"{comparison} {('and', 'or')[kind - 2]} {value(0)} < {value(0)}"
        return f"not {comparison}" if kind == 4 else comparison

    return value(depth)


_PIECES = st.sampled_from(
    [
        *("x", "a", "theta", "pi", "e", "I", "1", "2.5", "1e9", "1e-300", "9", "64", "0"),
        *("+", "-", "*", "/", "**", "^", "(", ")", ",", "<", ">=", " if ", " else ", " and ", " or ", " not "),
        *("exp(", "log(", "sqrt(", "max(", "tanh(", "abs(", "sin(", "acos(", "cbrt(", "heaviside(", "exp(log("),
        *("__class__", ".", "'", "[", "\n", "\x1b[2J", "\u202e", "\u0430", "lambda", "#", "\\"),
    ]
)
soup = st.lists(_PIECES, max_size=40).map("".join)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A right formula with a few pieces taken out, doubled or put in."""
    text = draw(st.one_of(written_formulas(), st.sampled_from([t for t in TEXTS.values() if len(t) < 300])))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        end = draw(st.integers(place, min(len(text), place + 5)))
        middle = draw(st.one_of(_PIECES, st.just(""), st.just(text[place:end] * 2)))
        text = text[:place] + middle + text[end:]
    return text
