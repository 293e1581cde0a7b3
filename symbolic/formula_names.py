"""The words of a formula: its functions with their arities, and the names that no parameter may have."""

import keyword
import re

# How many arguments each function takes; None stands for two or more.
ARITY: dict[str, int | None] = {
    **dict.fromkeys(("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt"), 1),
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), 1),
    **dict.fromkeys(("sinh", "cosh", "tanh", "sech", "asinh", "acosh", "atanh"), 1),
    **dict.fromkeys(("erf", "erfc", "sigmoid", "softplus", "relu", "abs", "sign", "heaviside", "step"), 1),
    **dict.fromkeys(("min", "max"), None),
}
_OTHER_NAMES = {
    "ln": "log",
    "Abs": "abs",
    "Min": "min",
    "Max": "max",
    "expit": "sigmoid",
    "logistic": "sigmoid",
    "ReLU": "relu",
    "sgn": "sign",
    "Heaviside": "heaviside",
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
# Every name that a function goes by, and the one under which the table has it.
FUNCTIONS: dict[str, str] = {**{name: name for name in ARITY}, **_OTHER_NAMES}

WORDS = frozenset({"if", "else", "and", "or", "not"})

_JUMPS = "{} has infinitely many jumps: write step(x - c) for one jump at c"
# What people write who come from another language, and what to write here.
INSTEAD = {
    "e": "e is no constant here: write exp(u) for e to the power u",
    "E": "E is no constant here: write exp(u) for e to the power u",
    "pow": "write u**v for pow(u, v)",
    "floor": _JUMPS.format("floor"),
    "ceil": _JUMPS.format("ceil"),
    "round": _JUMPS.format("round"),
    "mod": _JUMPS.format("mod"),
    "where": "write A if condition else B",
    "Piecewise": "write A if condition else B",
    "fabs": "write abs(u)",
    "square": "write u**2",
    "sec": "write 1/cos(u)",
    "cot": "write cos(u)/sin(u)",
    "coth": "write 1/tanh(u)",
    "csch": "write 1/sinh(u)",
    "inf": "there is no infinite number in a formula",
    "oo": "there is no infinite number in a formula",
    "nan": "a formula has a number for every input",
    "True": "a formula is a number, not a truth value",
    "False": "a formula is a number, not a truth value",
}

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


def refused_name(name: str) -> str | None:
    """Return why a parameter cannot have a name; None if it can.

    >>> refused_name("exp")
    'is a function: rename the parameter, for instance exp_'
    >>> refused_name("lambda_") is None
    True
    """
    if not NAME.fullmatch(name):
        return "is no name: 1 to 32 of the letters A to Z and a to z, digits and underscores, the first a letter"
    other = f"rename the parameter, for instance {name[:31]}_"
    if name in FUNCTIONS:
        return f"is a function: {other}"
    if name == "x":
        return "is the input: rename the parameter"
    if name == "pi":
        return "is the number 3.14159...: rename the parameter"
    if name in WORDS or keyword.iskeyword(name):
        return f"is a word of the language: {other}"
    return None
