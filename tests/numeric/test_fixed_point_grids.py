"""Large grids of parameters: compiled or not, in one thread or several, in whatever shape, they are the small ones."""

import numpy as np
import pytest
from nullcline.numeric import fixed_points
from nullcline.numeric.accelerator import is_available
from nullcline.symbolic import RateModel, transfer
from nullcline.symbolic.model import Population

EPS = np.finfo(float).eps
ROUTES = [pytest.param("1", marks=pytest.mark.skipif(not is_available(), reason="needs the compiler")), "0"]
# Functions with one inflection, which the compiled loop is for, and one without.
FUNCTIONS = ["sigmoid", "tanh", "erf", "naka_rushton", "softplus"]


def grid(rows=150, columns=150):
    return {"w": np.linspace(-8, 12, rows)[:, None], "I_ext": np.linspace(-2, 4, columns)}


def fields(found):
    return {
        "r": found.r,
        "x": found.x,
        "eigenvalue": found.eigenvalue,
        "count": found.count,
        "stability": found.stability,
        "case": found.case,
    }


def assert_equal(one, other):
    for name, values in fields(one).items():
        np.testing.assert_array_equal(values, fields(other)[name], err_msg=name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_two_routes_agree_to_the_conditioning_of_each_fixed_point(name, monkeypatch):
    model = RateModel.single(transfer.catalogue[name])
    monkeypatch.setenv("NULLCLINE_NUMBA", "1")
    fast = fixed_points(model, **grid())
    monkeypatch.setenv("NULLCLINE_NUMBA", "0")
    plain = fixed_points(model, **grid())
    for field in ("count", "stability", "case"):
        np.testing.assert_array_equal(fields(fast)[field], fields(plain)[field], err_msg=field)
    w, I_ext = (np.broadcast_to(v, (150, 150))[..., None] for v in grid().values())
    # A rounding of the terms of h moves a root by that over its slope |h'| = |tau lambda|.
    slope = np.minimum(np.abs(plain.eigenvalue), 1.0)
    size = np.abs(plain.x) + np.abs(I_ext) + np.abs(w * plain.r) + 1e-300
    assert np.nanmax(np.abs(fast.x - plain.x) / (size / slope)) <= 16 * EPS
    assert np.nanmax(np.abs(fast.r - plain.r) / (size / slope * (1 + 1 / np.maximum(np.abs(w), 1e-3)))) <= 64 * EPS


@pytest.mark.parametrize("numba", ROUTES)
@pytest.mark.parametrize("name", ["sigmoid", "relu"])
def test_threads_do_not_change_a_bit(name, numba, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", numba)
    model = RateModel.single(transfer.catalogue[name])
    assert_equal(fixed_points(model, **grid()), fixed_points(model, workers=3, **grid()))


@pytest.mark.parametrize("numba", ROUTES)
def test_a_grid_is_its_flat_list_bit_for_bit(numba, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", numba)
    model = RateModel.single()
    whole = fixed_points(model, **grid())
    w, I_ext = (v.reshape(-1) for v in np.broadcast_arrays(*grid().values()))
    flat = fixed_points(model, w=w, I_ext=I_ext)
    cube = fixed_points(model, w=w.reshape(15, 10, 150), I_ext=I_ext.reshape(15, 10, 150))
    row = fixed_points(model, w=w[None, :], I_ext=I_ext[None, :])
    for name, values in fields(whole).items():
        for other in (flat, cube, row):
            np.testing.assert_array_equal(values.reshape(-1), fields(other)[name].reshape(-1), err_msg=name)


@pytest.mark.parametrize("numba", ROUTES)
def test_a_set_among_many_is_the_set_alone(numba, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", numba)
    model = RateModel.single()
    many = fixed_points(model, **grid())
    w, I_ext = (v.reshape(-1) for v in np.broadcast_arrays(*grid().values()))
    chosen = np.random.default_rng(3).integers(0, w.size, 60)
    for i in chosen.tolist():
        alone = fixed_points(model, w=w[i], I_ext=I_ext[i])
        k = alone.count
        assert many.count.reshape(-1)[i] == k
        slope = np.minimum(np.abs(alone.eigenvalue), 1.0)
        reach = 16 * EPS * (np.abs(alone.x) + abs(I_ext[i]) + abs(w[i]) + 1e-300) / slope
        assert (np.abs(many.x.reshape(-1, many.x.shape[-1])[i, :k] - alone.x) <= reach).all()


@pytest.mark.parametrize("numba", ROUTES)
def test_a_grid_over_every_parameter_is_solved(numba, monkeypatch):
    monkeypatch.setenv("NULLCLINE_NUMBA", numba)
    random = np.random.default_rng(11)
    n = 21_000
    given = {
        "w": random.uniform(-20, 20, n),
        "I_ext": random.uniform(-5, 5, n),
        "a": 10 ** random.uniform(-3, 2, n),
        "theta": random.uniform(-5, 5, n),
        "tau": 10 ** random.uniform(-1, 2, n),
    }
    found = fixed_points(RateModel.single(), **given)
    assert found.complete.all()
    a, theta, w, I_ext = (given[name][:, None] for name in ("a", "theta", "w", "I_ext"))
    # h changes its sign at each: x - I - w F(x) there is rounding.
    with np.errstate(over="ignore"):
        response = 1 / (1 + np.exp(-a * (found.x - theta))) - 1 / (1 + np.exp(a * theta))
    size = np.abs(found.x) + np.abs(I_ext) + np.abs(w)
    residual = np.abs(found.x - I_ext - w * response)
    # The textbook F has an absolute error of about eps (1 + |a| (|x| + |theta|)).
    assert np.nanmax(residual / (size * (1 + a * (np.abs(found.x) + np.abs(theta))))) <= 8 * EPS
    np.testing.assert_array_equal(found.count % 2, 1)


def test_the_compiled_search_has_an_inhibitory_populations_sign_once():
    model = RateModel.network([Population.named("I", sign=-1)], [[5.0]])
    grid = np.linspace(-1.0, 1.0, 20_000)
    found = fixed_points(model, I_ext_I=grid)
    for i in (0, 10_000, 19_999):
        # The same search without the compiler, whose roots are right to some units in the last place too.
        alone = fixed_points(model, I_ext_I=float(grid[i]))
        np.testing.assert_allclose(found.r[i], alone.r, rtol=1e-13)
        np.testing.assert_allclose(found.eigenvalue[i].real, alone.eigenvalue.real, rtol=1e-13)
