"""Displayed lines of LaTeX, read as what they state: relations between values, in cases, integrals and matrices."""

import re
from functools import cache
from itertools import pairwise

import mpmath
from formula_readers import GREEK, value_of_latex

_SIGNS = {"=": "=", "<": "<", ">": ">", r"\le": "≤", r"\ge": "≥", r"\ne": "≠"}
_ENVIRONMENT = re.compile(r"\\begin\{(aligned|gathered|bmatrix|cases)\}|\\end\{(aligned|gathered|bmatrix|cases)\}")
_INNERMOST_CASES = re.compile(r"\\begin\{cases\}((?:(?!\\begin\{cases\}).)*?)\\end\{cases\}", re.DOTALL)
_INTEGRAL = re.compile(r"\\int_(\{[^{}]*\}|\S)\^(\{[^{}]*\}|\S) (.*?) \\, d(\\?[A-Za-z]+)", re.DOTALL)


class NoCase(ValueError):
    """No case of a case distinction holds."""


@cache
def statements_of_latex(text):
    """Return the relations that a displayed formula states, each as its sides and the signs between them.

    A line that goes on with a sign has the empty text for its first side.
    """
    found = []
    for part in re.split(r"\\quad\s*\\text\{and\}\s*\\quad", _outer(text)):
        for line in _lines(_outer(part)):
            inner = _outer(line)
            found += (
                statements_of_latex(inner) if inner != line else [_sides("".join(_split(line, re.compile("&"))[0]))]
            )
    return found


def values_of_side(text, quantities, functions):
    """Return the values on one side of a relation: one, or those of a matrix row by row."""
    matrix = re.fullmatch(r"\s*\\begin\{bmatrix\}(.*)\\end\{bmatrix\}\s*", text, re.DOTALL)
    cells = [c for line in _lines(matrix[1]) for c in line.split("&")] if matrix else [text]
    return [value_with_cases(cell, quantities, functions) for cell in cells]


def value_with_cases(text, quantities, functions):
    """Return the value of LaTeX that may hold case distinctions and integrals; raise NoCase where none holds."""
    known = dict(quantities)
    while found := _INTEGRAL.search(text):
        low, high, body, variable = found.groups()
        name = GREEK.get(variable.removeprefix("\\"), variable)

        def integrand(at, body=body, name=name):
            return value_with_cases(body, {**known, name: at}, functions)

        ends = [value_of_latex(end.strip("{}"), known, functions) for end in (low, high)]
        known[label := f"whole{len(known)}"] = mpmath.quad(integrand, ends)
        text = text[: found.start()] + rf"\operatorname{{{label}}}" + text[found.end() :]
    while found := _INNERMOST_CASES.search(text):
        known[label := f"whole{len(known)}"] = _chosen(found[1], known, functions)
        text = text[: found.start()] + rf"\operatorname{{{label}}}" + text[found.end() :]
    return value_of_latex(text.strip(), known, functions)


def _chosen(branches, quantities, functions):
    for branch in _lines(branches):
        value, condition = branch.split("&")
        condition = condition.strip()
        if condition == r"\text{otherwise}" or holds(condition.removeprefix(r"\text{if }"), quantities, functions):
            return value_of_latex(value.strip(), quantities, functions)
    raise NoCase(branches)


def holds(condition, quantities, functions):
    """Say whether a chain of comparisons holds."""
    sides, signs = _sides(condition)
    values = [value_of_latex(side, quantities, functions) for side in sides]
    return all(compared(a, sign, b) for (a, b), sign in zip(pairwise(values), signs, strict=True))


def compared(a, sign, b):
    """Compare two numbers by the sign between them."""
    return {"<": a < b, ">": a > b, "≤": a <= b, "≥": a >= b, "=": a == b, "≠": a != b}[sign]


def _outer(text):
    """Take the environment around all of a text away, if one and the same begins and ends it."""
    found = re.fullmatch(r"\s*\\begin\{(aligned|gathered)\}(.*)\\end\{\1\}\s*", text, re.DOTALL)
    return found[2] if found and len(_lines(text)) == 1 else text.strip()


@cache
def _lines(text):
    return [line.strip() for line in _split(text, re.compile(r"\\\\(?:\[6pt\])?"))[0]]


@cache
def _sides(text):
    signs = re.compile(r"(?<!\\)[=<>]|\\(?:le|ge|ne)(?![A-Za-z])")
    sides, between = _split(text, signs)
    return [side.strip() for side in sides], [_SIGNS[sign] for sign in between]


def _split(text, separator):
    """Split where a separator stands outside of braces and environments."""
    parts, between, depth, start, position = [], [], 0, 0, 0
    while position < len(text):
        environment = _ENVIRONMENT.match(text, position)
        found = separator.match(text, position)
        if environment:
            depth += 1 if environment[1] else -1
            position = environment.end()
        elif found and depth == 0:
            parts.append(text[start:position])
            between.append(found.group())
            start = position = found.end()
        elif text[position] == "\\":
            position += 2
        else:
            depth += (text[position] == "{") - (text[position] == "}")
            position += 1
    return [*parts, text[start:]], between
