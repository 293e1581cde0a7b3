"""What a call warns of."""

import warnings
from collections.abc import Callable
from typing import Any

from nullcline.numeric import NullclineWarning


def told(call: Callable[..., Any], *arguments: Any, **named: Any) -> tuple[Any, list[warnings.WarningMessage]]:
    """Return what a call returns, and its warnings, none of which may be another's than this package's."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call(*arguments, **named)
    assert all(issubclass(w.category, NullclineWarning) for w in caught), [str(w.message) for w in caught]
    return result, caught
