"""What `nullcline verify` checks on a user's model, on ours: the same properties, over the catalogue."""

import pytest
import sympy
from hypothesis import settings
from nullcline.numeric import verify
from nullcline.symbolic import RateModel, TransferFunction, transfer
from nullcline.symbolic.parameter import positive, real
from nullcline.symbolic.transfer import Coordinate

A, THETA = positive("a", 1.0, "gain", sample=(0.3, 3.0)), real("theta", 1.0, "threshold", sample=(-2.0, 4.0))


def arctangent() -> TransferFunction:
    """A function that the catalogue does not have: its forms are rewritten, and their bounds worked out."""
    a, theta, z = A.symbol, THETA.symbol, sympy.Symbol("z", real=True)
    formula = sympy.atan(a * (transfer.x - theta)) + sympy.atan(a * theta)
    coordinate = Coordinate(z, theta + z / a, a * (transfer.x - theta), sympy.Interval(-sympy.oo, sympy.oo))
    return TransferFunction("arctangent", "arctangent", formula, (A, THETA), coordinate)


MODELS = {
    **{name: RateModel.single(function) for name, function in transfer.catalogue.items()},
    "wilson-cowan": RateModel.wilson_cowan(),
    "a function of one's own": RateModel.single(arctangent()),
}
# What a model may lack: everything else must have been tested.
MAY_BE_SKIPPED = {
    "order": ("relu", "power", "naka_rushton"),
    "newton_from_anywhere": tuple(name for name in MODELS if name != "wilson-cowan"),
    "certified_search": ("wilson-cowan",),
    "fine_grid": ("wilson-cowan",),
    **dict.fromkeys(["critical_points", "folds", "cusps", "range"], ("wilson-cowan",)),
    "backends_fixed_points": ("wilson-cowan",),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_property_holds_of_the_catalogue(name: str):
    examples = max(25 * settings.default.max_examples // 100, 1)
    properties = tuple(p for p in known() if p != "derivation")
    found = verify(MODELS[name], examples=examples, only=properties)
    assert found.ok, found
    for row in found.rows:
        assert row.skipped is None or name in MAY_BE_SKIPPED.get(row.name, ()), row


def known() -> list[str]:
    from nullcline.numeric.verification.verify import properties

    return [one.name for one in properties()]
