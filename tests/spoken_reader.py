"""Formulas as they are read aloud, turned back into numbers by their words alone.

A stretch is taken as long as the words say: what is opened ('the fraction', 'open parenthesis') ends where it is
closed; after 'to the power', 'sub' or 'of' stands one short thing, or a long one with the word for its end.
"""

import re

import mpmath

_FUNCTIONS = {
    "the exponential": mpmath.exp,
    "the natural logarithm": mpmath.log,
    "hyperbolic tangent": mpmath.tanh,
    "inverse hyperbolic tangent": mpmath.atanh,
    "inverse hyperbolic cosine": mpmath.acosh,
    "hyperbolic cosine": mpmath.cosh,
    "hyperbolic sine": mpmath.sinh,
    "sine": mpmath.sin,
    "cosine": mpmath.cos,
    "tangent": mpmath.tan,
    "the error function": mpmath.erf,
    "the sign": mpmath.sign,
    "the real part": mpmath.re,
    "the imaginary part": mpmath.im,
    "arg": mpmath.arg,
    "abs": abs,
    "sigma": lambda v: 1 / (1 + mpmath.exp(-v)),
    "softplus": lambda v: mpmath.log(1 + mpmath.exp(v)),
}
_CONSTANTS = {"pi": mpmath.pi, "e": mpmath.e, "i": mpmath.mpc(0, 1)}
_BRACKETS = ("parenthesis", "bracket", "brace")


def value_of_spoken(text, quantities, functions):
    """The value of what is said; quantities and functions by their written names, such as "r^*" and "F'"."""
    return _Reader(text, quantities, functions).all()


class _Reader:
    def __init__(self, text, quantities, functions):
        self.words = re.findall(r"[^\s,]+|,", text)
        self.position = 0
        self.quantities = {_said(name): value for name, value in quantities.items()} | _CONSTANTS
        self.functions = {_said(name): call for name, call in functions.items()} | _FUNCTIONS

    def all(self):
        value = self.sum()
        if self.position < len(self.words):
            raise ValueError(" ".join(self.words[self.position :]))
        return value

    def sees(self, phrase):
        words = phrase.split()
        return self.words[self.position : self.position + len(words)] == words

    def takes(self, phrase):
        seen = self.sees(phrase)
        self.position += len(phrase.split()) if seen else 0
        return seen

    def needs(self, phrase):
        if not self.takes(phrase):
            raise ValueError(f"no '{phrase}' before '{' '.join(self.words[self.position :])}'")

    def sum(self):
        value = -self.product() if self.takes("minus") else self.product()
        while True:
            if self.takes("plus"):
                value += self.product()
            elif self.takes("minus"):
                value -= self.product()
            else:
                return value

    def product(self):
        value = self.factor()
        while self.takes("times"):
            value *= self.factor()
        return value

    def factor(self):
        value = self.atom()
        if self.takes("over"):
            return value / self.short()
        return self.raised(value)

    def raised(self, value):
        self.takes(", all")
        if self.takes("squared"):
            return value**2
        if self.takes("cubed"):
            return value**3
        return mpmath.power(value, self.short_or_long("power")) if self.takes("to the power") else value

    def atom(self):
        if self.takes("the fraction with numerator"):
            above = self.sum()
            self.needs("and denominator")
            below = self.sum()
            self.needs("end fraction")
            return above / below
        if self.takes("the square root of"):
            return mpmath.sqrt(self.short_or_long("root"))
        if self.takes("the absolute value of"):
            value = self.sum()
            self.needs("end absolute value")
            return abs(value)
        for bracket in _BRACKETS:
            if self.takes(f"open {bracket}"):
                value = self.sum()
                self.needs(f"close {bracket}")
                return value
        return self.application() or self.short()

    def application(self):
        start = self.position
        for name in sorted(self.functions, key=len, reverse=True):
            if not self.takes(name):
                continue
            exponent = self.raised(mpmath.e)
            if self.takes("of"):
                value = self.functions[name](self.argument())
                # 'squared' after the name belongs to the value: e to the exponent tells which power it was.
                return value ** mpmath.log(exponent)
            self.position = start
        return None

    def argument(self):
        if self.takes("open parenthesis"):
            value = self.sum()
            self.needs("close parenthesis")
            return value
        return self.short()

    def short_or_long(self, what):
        """One short thing, or anything up to the word for its end."""
        start = self.position
        try:
            value = self.sum()
            self.needs(f"end {what}")
        except ValueError:
            self.position = start
            return self.short()
        return value

    def short(self):
        if self.position < len(self.words) and re.fullmatch(r"\d+(\.\d+)?", self.words[self.position]):
            self.position += 1
            return mpmath.mpf(self.words[self.position - 1])
        for name in sorted(self.quantities, key=len, reverse=True):
            if self.takes(name):
                return self.quantities[name]
        raise ValueError(f"nothing known in '{' '.join(self.words[self.position :])}'")


_GREEK = {"τ": "tau", "θ": "theta", "π": "pi", "σ": "sigma", "∞": "infinity"}


def _said(name):
    """How a name is said: "w_EI" is w sub capital E capital I."""
    base, *subscript = name.rstrip("^*'").split("_")
    said = " ".join([_letters(base, whole=True), *(f"sub {_letters(each)}" for each in subscript)])
    return said + (" star" if "*" in name else "") + (" prime" if "'" in name else "")


def _letters(text, whole=False):
    if text in _GREEK:
        return _GREEK[text]
    if text.islower():
        return text
    return " ".join(f"capital {letter}" for letter in text) if not whole or len(text) == 1 else text
