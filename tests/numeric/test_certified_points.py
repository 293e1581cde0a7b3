"""fixed_points(..., certify=...): the proofs behind a list, for one parameter set and for arrays of them."""

import copy
import math
import pickle
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import scenarios
import sympy
from nullcline.numeric import balls, fixed_points
from nullcline.symbolic import NullclineError, RateModel, transfer
from nullcline.symbolic.model import Population
from nullcline.symbolic.parameter import positive

SIGMOID = RateModel.single()
CASES = [c for c in scenarios.golden()["fixed_point_cases"] if c["count"] is not None]


def contains(bounds, exact):
    with mpmath.workdps(60):
        low, high = map(mpmath.mpf, bounds.tolist())
        # The reference has 40 digits, so half of its last one is in doubt.
        doubt = mpmath.mpf(10) ** -39 * max(abs(mpmath.mpf(exact)), 1)
        return low - doubt <= mpmath.mpf(exact) <= high + doubt


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_every_reference_fixed_point_lies_in_its_enclosure(case):
    model = RateModel.single(transfer.catalogue[scenarios.transfer_name(case)])
    given = {name: Fraction(text) for name, text in case["params"].items()}
    given = {scenarios._NAMES.get(name, name): value for name, value in given.items()}
    found = fixed_points(model, certify="decimals", **given)
    assert found.count == len(case["fixed_points"])
    assert found.complete
    for i, exact in enumerate(case["fixed_points"]):
        assert found.status[i] == "certified"
        assert contains(found.enclosure[i], exact["r"])
        assert found.stability[i] == exact["stability"]
        if exact["stability"] != "nonsmooth":
            assert contains(found.certified.eigenvalue_enclosure[i], exact["eigenvalue"])


def test_a_certificate_gives_the_points_that_the_search_gives():
    for given in (scenarios.BISTABLE.parameters, {"w": -7.0, "I_ext": 1.0}, {"w": 5.0, "I_ext": 0.12}):
        plain, proved = fixed_points(SIGMOID, **given), fixed_points(SIGMOID, certify=True, **given)
        assert proved.count == plain.count == proved.certified.largest_count
        # Each enclosure is a few doubles wide, and holds a double within rounding of the plain answer.
        width = proved.enclosure[:, 1] - proved.enclosure[:, 0]
        assert (width <= 4 * np.spacing(np.abs(proved.r))).all()
        assert (np.abs(proved.r - plain.r) <= 1e-13).all()
        assert proved.stability.tolist() == plain.stability.tolist()


def test_a_float_is_the_double_or_the_decimal_that_is_asked_for():
    # At 40 digits the two readings of w = 1/a are on different sides of the marginal case of relu.
    given = {"a": 0.1, "theta": 1.0, "w": 10.0, "I_ext": 1.0}
    relu = RateModel.single(transfer.relu)
    decimals, doubles = (fixed_points(relu, certify=how, **given) for how in ("decimals", "doubles"))
    assert decimals.count == -1
    assert doubles.count == 1
    assert decimals.certified.read_as == "decimals"
    assert doubles.certified.read_as == "doubles"
    assert fixed_points(relu, certify=True, **given).certified.read_as == "doubles"
    # Fractions are exact under either reading.
    exact = given | {"a": Fraction(1, 10), "w": 10}
    assert fixed_points(relu, certify="doubles", **exact).count == -1


def test_an_array_of_sets_is_proved_one_by_one():
    found = fixed_points(SIGMOID, certify=True, w=np.array([[0.0], [5.0]]), I_ext=[0.1, 0.5, 0.9])
    assert found.count.tolist() == [[1, 1, 1], [1, 3, 1]]
    assert found.enclosure.shape == (2, 3, 3, 2)
    assert found.status.shape == (2, 3, 3)
    assert found.complete.all()
    alone = fixed_points(SIGMOID, certify=True, w=5.0, I_ext=0.5)
    np.testing.assert_array_equal(found.enclosure[1, 1], alone.enclosure)
    assert np.isnan(found.enclosure[0, 0, 1:]).all()
    assert found.status[0, 0].tolist() == ["certified", "", ""]
    assert found.certified.largest_count.tolist() == found.count.tolist()


def test_next_to_a_fold_the_count_is_decided():
    # The fold lies at an irrational input: the double nearest to it is beside it, by about 1e-17.
    found = fixed_points(SIGMOID, certify=True, w=5.0, I_ext=scenarios.FOLDS_AT_5[0])
    assert found.complete
    assert found.count in (1, 3)


def test_a_named_population_alone_has_the_certificate_of_the_plain_one():
    network = RateModel.network([Population.named("A", transfer.sigmoid)], [[1.0]])
    found = fixed_points(network, certify=True, w_AA=5.0, I_ext_A=0.5)
    plain = fixed_points(SIGMOID, certify=True, **scenarios.BISTABLE.parameters)
    np.testing.assert_array_equal(found.enclosure, plain.enclosure)
    np.testing.assert_array_equal(found.r[:, 0], plain.r)
    assert found.type.tolist() == ["stable node", "unstable node", "stable node"]
    assert str(found).count(" certified ") == 3
    assert found.to_dict()["fixed_points"][0]["status"] == "certified"


def test_fixed_points_that_have_met_are_told_with_their_multiplicity():
    cusp = fixed_points(SIGMOID, certify=True, **scenarios.CUSP)
    assert cusp.certified.multiplicity.tolist() == [3]
    assert cusp.enclosure.tolist() == [[0.0, 0.0]]
    fold = fixed_points(RateModel.single(transfer.power), certify=True, **scenarios.POWER_FOLD)
    assert fold.certified.multiplicity.tolist() == [2]
    assert (fold.count, fold.complete, fold.stability.tolist()) == (1, True, ["half-stable"])


def test_what_is_left_open_is_listed_with_the_most_that_there_may_be():
    # h = (e^x - 2)^2 for w = b = 1: a double root at ln 2, which neither signs nor rational numbers can settle.
    b, s, x = positive("b", 1.0, "scale", sample=(0.5, 2.0)), sympy.Symbol("s", real=True), transfer.x
    flat = transfer.TransferFunction(
        "own",
        "a function that is not monotone",
        b.symbol * x - (sympy.exp(x) - 2) ** 2,
        (b,),
        transfer.Coordinate(s, s, x, sympy.Interval(-sympy.oo, sympy.oo)),
    )
    found = fixed_points(RateModel.single(flat), certify=True, w=1, I_ext=0, b=1)
    assert not found.complete
    assert found.status.tolist() == ["undecided"]
    assert found.certified.at_most.tolist() == [2.0]
    assert found.certified.largest_count == 2
    assert found.case.startswith("not decided: at most 2 fixed points between the inputs 0.69314718")
    (point,) = found.to_dict()["fixed_points"]
    assert (point["status"], point["multiplicity"], point["at_most"]) == ("undecided", None, 2.0)


def test_inhibition_of_a_population_by_itself_enters_with_its_sign():
    network = RateModel.network([Population.named("I", transfer.sigmoid, sign=-1)], [[2.0]])
    found = fixed_points(network, certify=True, w_II=3.0, I_ext_I=1.0)
    plain = fixed_points(SIGMOID, certify=True, w=-3.0, I_ext=1.0)
    np.testing.assert_array_equal(found.enclosure, plain.enclosure)


def test_the_proofs_are_frozen_and_travel():
    found = fixed_points(SIGMOID, certify=True, **scenarios.BISTABLE.parameters)
    for other in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301
        np.testing.assert_array_equal(other.enclosure, found.enclosure)
        with pytest.raises(ValueError, match="read-only"):
            other.enclosure[0, 0] = 0.0
    with pytest.raises(AttributeError):
        found.certified.read_as = "decimals"


def test_what_is_printed_and_written_says_what_was_proved():
    found = fixed_points(SIGMOID, certify="decimals", **scenarios.BISTABLE.parameters)
    text = repr(found)
    assert "parameters read as decimals" in text
    assert "certified" in text
    assert repr(found.enclosure[0].tolist()[0]) in text
    told = found.to_dict()
    assert told["parameters_read_as"] == "decimals"
    assert told["largest_count"] == 3
    assert [p["status"] for p in told["fixed_points"]] == ["certified"] * 3
    assert told["fixed_points"][1]["enclosure"] == found.enclosure[1].tolist()
    many = fixed_points(SIGMOID, certify=True, w=[0.0, 5.0], I_ext=0.5).to_dict()
    assert np.shape(many["enclosure"]) == (2, 3, 2)
    assert many["parameters_read_as"] == "doubles"


def test_without_a_certificate_there_are_no_proofs():
    found = fixed_points(SIGMOID, w=5)
    assert found.certified is None
    for name in ("enclosure", "status"):
        with pytest.raises(NullclineError) as refusal:
            getattr(found, name)
        assert str(refusal.value) == f"{name} needs a certificate: call fixed_points(..., certify=True)"
    assert fixed_points(SIGMOID, certify=False, w=5).certified is None


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"certify": "exact"}, "certify must be True, False, 'doubles' or 'decimals', got 'exact' (str)"),
        ({"certify": 1}, "certify must be True, False, 'doubles' or 'decimals', got 1"),
        ({"certify": None}, "certify must be True, False, 'doubles' or 'decimals', got None"),
        ({"certify": True, "w": math.inf}, "w must be finite, got inf"),
    ],
)
def test_refusals_say_what_is_possible(given, line):
    with pytest.raises(NullclineError) as refusal:
        fixed_points(SIGMOID, **given)
    assert str(refusal.value).startswith(line)


def test_several_populations_are_refused():
    with pytest.raises(NullclineError, match="certify is for one population, model 'wilson-cowan' has 2"):
        fixed_points(RateModel.wilson_cowan(), certify=True)


def test_without_python_flint_the_refusal_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    balls.flint.cache_clear()
    try:
        with pytest.raises(
            NullclineError,
            match=r"need python-flint: pip install 'nullcline\[certify\]'",
        ):
            fixed_points(SIGMOID, certify=True)
    finally:
        balls.flint.cache_clear()
