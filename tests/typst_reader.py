"""Formulas in the mathematics of Typst, read by Typst itself: its own tree of what was written, as tokens.

The tokens are those of the other readers of written formulas: ("number", digits), ("name", name), ("sign", sign),
("frac", above, below), ("root", inside), ("sup", inside); a name carries its subscripts, stars and primes.
"""

import json
import re

import typst
from formula_readers import value_of_tokens

_SIGNS = {"−": "-", "⋅": "·", "∗": "*"}


def tokens(text):
    return _tokens(tree(text))


def tree(text):
    """The content that Typst makes of mathematics; a bracket of the template is the bracket it shows."""
    brackets = "let opening(sign, body) = sign.body\nlet closing(sign, body) = sign.body\n"
    expression = f"{{{brackets}$ {text} $}}"
    return json.loads(typst.eval(b" ", expression, format="json", ignore_system_fonts=True))["body"]


def _tokens(node):
    match node["func"]:
        case "sequence":
            return [token for child in node.get("children", []) for token in _tokens(child)]
        case "space" | "h":
            return []
        case "symbol" | "text" if isinstance(node["text"], str):
            return [_token(node["text"])]
        case "op":
            return _tokens(node["text"])
        case "styled":
            return _tokens(node["child"])
        case "lr" | "class":
            return _tokens(node["body"])
        case "frac":
            return [("frac", _tokens(node["num"]), _tokens(node["denom"]))]
        case "root":
            return [("root", _tokens(node["radicand"]))]
        case "attach":
            return _attached(_tokens(node["base"]), node)
    raise ValueError(f"no value of {node}")


def _token(text):
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return ("number", text)
    return ("name", text) if text.isalpha() or text == "∞" else ("sign", _SIGNS.get(text, text))


def _attached(base, node):
    if "b" in node:
        base = [("name", f"{base[0][1]}_{''.join(part[1] for part in _tokens(node['b']))}")]
    for part in _parts(node.get("t")):
        if part["func"] == "primes":
            base = [("name", base[0][1] + "'" * part["count"])]
        elif _tokens(part) == [("sign", "*")]:
            base = [("name", base[0][1] + "^*")]
        else:
            base = [*base, ("sup", _tokens(node["t"]))]
            break
    return base


def _parts(node):
    if node is None:
        return []
    return [part for part in node.get("children", [node]) if part["func"] != "space"]


def value_of_typst(text, quantities, functions):
    return value_of_tokens(tokens(text), quantities, functions)
