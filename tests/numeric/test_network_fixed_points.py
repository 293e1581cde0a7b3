"""Fixed points of several populations, against lists certified by interval arithmetic."""

import json

import mpmath
import numpy as np
import pytest
import scenarios
from nullcline.numeric import compile_model, fixed_points
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.model import Population

PAIR = RateModel.wilson_cowan()
EPS = np.finfo(float).eps


def tolerance(model: RateModel, r, **parameters) -> float:
    """Bound what rounding the parameters, read as decimals, and a dozen operations can do to a fixed point.

    r = F(W r + I) moves by |(1 - F' W)^-1| times the error of the right-hand side. One relative eps in each parameter
    moves that by |r| + F' (|W| |r| + |I| + |x - theta| + |theta|), and F' <= a/4.
    """
    f = compile_model(model)
    values = {p.name: parameters.get(p.name, p.default) for p in model.parameters.values()}
    tau = np.array([values[p.tau.name] for p in model.populations])
    inverse = np.linalg.inv(tau[:, None] * f.jacobian(r, **parameters))
    size = 1 + 4 * max(abs(v) for v in values.values())
    return 4 * EPS * np.abs(inverse).sum(axis=1).max() * size


def gap(values, exact) -> float:
    with mpmath.workdps(40):
        return max(float(abs(mpmath.mpc(v) - e)) for v, e in zip(values, exact, strict=True))


def number(text) -> mpmath.mpc:
    return (
        mpmath.mpc(mpmath.mpf(text["re"]), mpmath.mpf(text["im"]))
        if isinstance(text, dict)
        else mpmath.mpc(mpmath.mpf(text))
    )


@pytest.mark.parametrize("case", scenarios.golden()["wc_fixed_points"], ids=lambda c: c["id"])
def test_wilson_cowan_fixed_points_types_and_eigenvalues(case):
    found = fixed_points(PAIR, **scenarios.parameters_of(case))
    assert (found.count, found.complete) == (case["count"], True)
    assert found.type.tolist() == [p["type"] for p in case["fixed_points"]]
    for exact, r, eigenvalues in zip(case["fixed_points"], found.r, found.eigenvalue, strict=True):
        allowed = tolerance(PAIR, r, **scenarios.parameters_of(case))
        assert gap(r, [number(exact["E"]), number(exact["I"])]) <= allowed
        # F'' <= a^2/10 and |W| <= 13 carry the error of r over to the Jacobian; its eigenvalues are well apart.
        assert gap(eigenvalues, [number(v) for v in exact["eigenvalues"]]) <= 13 * allowed


def network(case) -> RateModel:
    populations = [
        Population.named(
            "ABCDEF"[i],
            defaults={
                "tau": float(case["tau"][i]),
                "a": float(case["a"][i]),
                "theta": float(case["theta"][i]),
                "I_ext": float(case["I"][i]),
            },
        )
        for i in range(len(case["I"]))
    ]
    return RateModel.network(populations, [[float(v) for v in row] for row in case["W"]])


@pytest.mark.parametrize("case", scenarios.golden()["n_populations"], ids=lambda c: c["id"])
def test_all_fixed_points_of_a_network(case):
    model = network(case)
    found = fixed_points(model)
    assert (found.count, found.complete) == (case["count"], True)
    assert (found.stability == "stable").sum() == case["n_stable"]
    for exact in case["fixed_points"]:
        gaps = [gap(r, [number(v) for v in exact["r"]]) for r in found.r]
        nearest = int(np.argmin(gaps))
        allowed = tolerance(model, found.r[nearest])
        assert gaps[nearest] <= allowed
        assert gap(found.eigenvalue[nearest][:1], [number(exact["leading_eigenvalue"])]) <= 13 * allowed
        assert (found.eigenvalue[nearest].real > 0).sum() == exact["n_unstable"]
    assert (np.diff(np.round(found.x[:, 0], 9)) >= 0).all()


def test_a_network_without_coupling_has_the_products_of_the_single_lists():
    model = RateModel.network([Population.named("A"), Population.named("B")], [[6, None], [None, 6]])
    found = fixed_points(model)
    alone = fixed_points(RateModel.single(), w=6)
    assert (found.count, found.complete) == (9, True)
    expected = [[a, b] for a in alone.r for b in alone.r]
    assert np.abs(found.r - expected).max() <= max(tolerance(model, r) for r in found.r)


def test_four_and_five_units_that_compete_have_33_and_51_fixed_points():
    # theory 5.1, certified
    for n, count in ((4, 33), (5, 51)):
        units = [Population.named(name, defaults={"I_ext": 1.0}) for name in "ABCDE"[:n]]
        found = fixed_points(RateModel.network(units, [[6.0 if i == j else -2.0 for j in range(n)] for i in range(n)]))
        assert (found.count, found.complete) == (count, True)


def test_populations_without_any_weight_have_their_own_responses():
    model = RateModel.network([Population.named("A"), Population.named("B")], [[None, None], [None, None]])
    assert compile_model(model).jacobian(np.zeros((3, 2))).shape == (3, 2, 2)
    found = fixed_points(model, I_ext_A=1.0)
    assert (found.count, found.complete) == (1, True)
    assert found.r.tolist() == [[compile_model(model).populations[0].F(1.0), 0.0]]
    assert found.eigenvalue.tolist() == [[-1.0, -1.0]]


@pytest.mark.parametrize(
    "weights", [[[1.0, None], [None, 0.5]], [[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.0], [0.0, 1.0]]], ids=str
)
def test_a_line_of_fixed_points_is_undecided_in_few_boxes(weights):
    # The undecided boxes cover the line: joined pair by pair they took minutes.
    model = RateModel.network([Population.named(name, transfer.relu) for name in "AB"], weights)
    found = fixed_points(model, a_A=1, a_B=1, theta_A=0, theta_B=0)
    assert not found.complete
    assert "undecided: fixed points have met there, or nearly" in found.case


def test_a_multiple_root_is_undecided_and_said_so():
    units = [Population.named(name, defaults={"a": 2.0, "theta": 0.0}) for name in "AB"]
    found = fixed_points(RateModel.network(units, [[2.0, None], [None, 0.5]]))
    assert not found.complete
    assert found.count == 0
    assert "undecided: fixed points have met there, or nearly" in found.case
    assert json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize("function", transfer.catalogue.values(), ids=lambda f: f.name)
def test_every_transfer_function_is_searched(function):
    pair = RateModel.network(
        [Population.named("E", function, sign=1), Population.named("I", function, sign=-1)], [[0.5, 1.0], [1.0, 0.5]]
    )
    found = fixed_points(pair, I_ext_E=1.0, I_ext_I=0.5)
    assert found.count >= 1
    assert np.abs(compile_model(pair).drdt(found.r, I_ext_E=1.0, I_ext_I=0.5)).max() < 1e-14
    # Only a power grows faster than every line: nothing bounds its fixed points.
    assert found.complete == (function.name != "power")
    if not found.complete:
        assert found.case.startswith("searched for rates up to 1000")


def test_an_array_of_parameters_equals_a_loop_of_scalars():
    inputs = np.array([0.0, 0.5, 1.0])
    together = fixed_points(PAIR, I_ext_E=inputs)
    assert together.r.shape == (3, 3, 2)
    for i, I in enumerate(inputs):
        alone = fixed_points(PAIR, I_ext_E=I)
        n = alone.count
        assert together.count[i] == n
        np.testing.assert_array_equal(together.r[i, :n], alone.r)
        np.testing.assert_array_equal(together.eigenvalue[i, :n], alone.eigenvalue)
        assert np.isnan(together.r[i, n:]).all()
        assert together.type[i, :n].tolist() == alone.type.tolist()


def test_the_table_names_the_populations():
    assert str(fixed_points(PAIR, w_EE=1)).splitlines()[1].split() == [
        "r_E",
        "r_I",
        "leading",
        "eigenvalue",
        "stability",
        "type",
    ]
    point = fixed_points(PAIR).to_dict()["fixed_points"][0]
    assert point["r"] == {"E": 0.0, "I": 0.0}
    assert point["type"] == "stable focus"
    assert set(point["eigenvalue"][0]) == {"re", "im"}


def test_from_the_middle_of_a_wide_box_newtons_method_does_not_stop_where_it_started():
    # A whole step from there leads further away: r_I was 3.26 where it is 1, and r_E 0.0017 where it is 0.
    populations = [Population.named("E", transfer.relu, sign=1), Population.named("I", transfer.power, sign=-1)]
    model = RateModel.network(populations, [[1.0, 0.0], [1.0, 1.0]])
    shape = {"a_E": 0.5, "theta_E": 0.0, "k_I": 1.0, "n_I": 3.0, "theta_I": 0.0}
    found = fixed_points(model, I_ext_E=0.0, I_ext_I=2.0, **shape)
    np.testing.assert_allclose(found.r, [[0.0, 1.0]], rtol=1e-14, atol=1e-14)
