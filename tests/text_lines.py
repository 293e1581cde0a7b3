"""Formulas on one line of text, read as what they state: relations between values, in cases, integrals and matrices."""

import re
from functools import cache
from itertools import pairwise

import mpmath
from formula_readers import CLOSE, OPEN, value_of_text
from latex_lines import NoCase, compared

_SIGN = re.compile(r" ([=<>≤≥≠]) ")
_INTEGRAL = re.compile(r"∫_(\w+)\^(\w+) (.*?) d([A-Za-zα-ω])(?![A-Za-zα-ω])")


@cache
def statements_of_text(text):
    """Return the relations that a line states, each as its sides and the signs between them."""
    return [_sides(each) for each in _split(text, re.compile("; | and "))[0]]


def values_of_text_side(text, quantities, functions):
    """Return the values on one side of a relation: one, or those of a matrix row by row."""
    rows = _split(text[1:-1], re.compile("; "))[0] if _matching(text, 0) == len(text) - 1 and text[0] == "[" else []
    cells = [c for row in rows for c in _split(row, re.compile(", "))[0]] if len(rows) > 1 else [text]
    return [_value(cell, quantities, functions) for cell in cells]


def _value(text, quantities, functions):
    known = dict(quantities)

    def named(value):
        known[name := "whole_" + "a" * len(known)] = value
        return name

    while found := _INTEGRAL.search(text):
        low, high, body, variable = found.groups()

        def integrand(at, body=body, variable=variable):
            return _value(body, {**known, variable: at}, functions)

        ends = [value_of_text(end, known, functions) for end in (low, high)]
        text = text[: found.start()] + named(mpmath.quad(integrand, ends)) + text[found.end() :]
    # From the right: what is inside comes before what is around it.
    for start in reversed([place for place, sign in enumerate(text) if sign == "{"]):
        end = _matching(text, start)
        branches = _split(text[start + 1 : end], re.compile("; "))[0]
        if len(branches) > 1 or " if " in branches[0]:
            text = text[:start] + named(_chosen(branches, known, functions)) + text[end + 1 :]
    return value_of_text(text, known, functions)


def _chosen(branches, quantities, functions):
    for branch in branches:
        value, _, condition = branch.removesuffix(" otherwise").partition(" if ")
        if not condition or _holds(condition, quantities, functions):
            return value_of_text(value, quantities, functions)
    raise NoCase(branches)


def _holds(condition, quantities, functions):
    sides, signs = _sides(condition)
    values = [value_of_text(side, quantities, functions) for side in sides]
    return all(compared(a, sign, b) for (a, b), sign in zip(pairwise(values), signs, strict=True))


def _sides(text):
    parts, signs = _split(text, _SIGN)
    return parts, [sign.strip() for sign in signs]


def _split(text, separator):
    """Split where no bracket is open; return the parts and what stood between them."""
    parts, between, start, position, depth = [], [], 0, 0, 0
    while position < len(text):
        depth += (text[position] in OPEN) - (text[position] in CLOSE)
        found = separator.match(text, position) if depth == 0 else None
        if found:
            parts.append(text[start:position])
            between.append(found.group())
            start = position = found.end()
        else:
            position += 1
    return [*parts, text[start:]], between


def _matching(text, start):
    """Return where the bracket closes that opens here; -1 where none does."""
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] in OPEN) - (text[position] in CLOSE)
        if depth == 0:
            return position if position > start else -1
    return -1
