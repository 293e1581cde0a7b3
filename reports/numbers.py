"""How a number is written for people: a true minus sign, digits that line up, and a power of ten where it is needed."""

from collections.abc import Callable
from typing import Any

from ..numeric.wording import joined

__all__ = ["decimals", "exact", "joined", "plain", "rates", "residual", "signed"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def signed(value: float, digits: int = 4) -> str:
    """Return a number with this many significant digits, trailing zeros dropped.

    >>> signed(-0.58321), signed(5.0), signed(1.05e-81, 3)
    ('−0.5832', '5', '1.05 × 10⁻⁸¹')
    """
    return _typeset(f"{value:.{digits}g}")


def plain(value: float) -> str:
    """Return a number with every digit it has, in plain characters: what is read back is the same number.

    >>> plain(5.0), plain(1.0000001), plain(-0.5)
    ('5', '1.0000001', '-0.5')
    """
    return repr(float(value)).removesuffix(".0")


def exact(value: float) -> str:
    """Return a number with every digit it has, typeset.

    >>> exact(5.0), exact(-1.0000001), exact(1e-7)
    ('5', '−1.0000001', '1 × 10⁻⁷')
    """
    return _typeset(plain(value))


def decimals(value: float, places: int = 6) -> str:
    """Return a number with this many decimals, so that a column lines up; in powers of ten where that would hide it.

    >>> decimals(0.0415367), decimals(-1.7146456), decimals(3e-9)
    ('0.041537', '−1.714646', '3 × 10⁻⁹')
    """
    if value != 0 and not 10.0 ** (2 - places) <= abs(value) < 1e6:
        return signed(value, 6)
    return _typeset(f"{value:.{places}f}")


def rates(r: Any, write: Callable[[float], str] = signed) -> str:
    """Return one rate as a number, the rates of several populations in brackets.

    >>> rates(0.25), rates([0.25, -0.5])
    ('0.25', '(0.25, −0.5)')
    """
    return f"({', '.join(write(float(v)) for v in r)})" if hasattr(r, "__len__") else write(float(r))


def residual(text: str) -> str:
    """Return a residual, given as text, as a number for people; text that is no plain number comes back as it is.

    >>> residual("1.05e-81"), residual("0.0"), residual("x - 1")
    ('1.05 × 10⁻⁸¹', '0', 'x - 1')
    """
    try:
        value = float(text)
    except ValueError:
        return text
    # A double cannot hold 1e-400: then the digits are taken from the text.
    return _typeset(text) if value == 0 and text.strip("0.") else _typeset(f"{value:.3g}")


def _typeset(text: str) -> str:
    mantissa, e, exponent = text.partition("e")
    mantissa = mantissa.replace("-", "−")
    if not e:
        return mantissa
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
