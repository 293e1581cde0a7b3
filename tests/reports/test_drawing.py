"""The numbers of a figure: they are those that a user computes, and stand beside it in a table."""

import numpy as np
import pytest
from nullcline.numeric import compile_model, fixed_points
from nullcline.reports import Report
from nullcline.reports.drawing import data_tables, drawn
from nullcline.symbolic import RateModel

BISTABLE = {"w": 5.0, "I_ext": 0.5}


@pytest.fixture(scope="module")
def pictures():
    report = Report.of(RateModel.single(), **BISTABLE)
    return {picture.key: picture for chapter in report.chapters for picture in chapter.illustrations}


def named(picture, name):
    return [each for each in drawn(picture.draw, {}).series if each.name == name]


def test_a_curve_is_read_off_as_the_function_that_it_shows(pictures):
    (curve,) = named(pictures["rate_of_change"], "dr/dt")
    expected = compile_model(RateModel.single()).drdt(curve.x, **BISTABLE)
    np.testing.assert_array_equal(curve.y, expected)


def test_every_fixed_point_is_among_the_numbers(pictures):
    found = fixed_points(RateModel.single(), **BISTABLE)
    series = drawn(pictures["rate_of_change"].draw, {}).series
    points = [(each.name, each.x[0]) for each in series if each.x.size == 1]
    assert points == list(zip(found.stability, found.r, strict=True))


def test_every_trajectory_is_named_by_its_start(pictures):
    names = [each.name for each in drawn(pictures["trajectories"].draw, {}).series]
    assert names == [*(f"r(t) from {start:g}" for start in np.arange(10) / 10), "r(t) from 0.4471"]


def test_curves_over_the_same_inputs_share_a_table(pictures):
    picture = pictures["trajectories"]
    (table,) = data_tables(picture, drawn(picture.draw, {}))
    assert table.heads[:2] == ("time t (ms)", "r(t) from 0")
    assert [len(row.cells) for row in table.rows] == [12] * 11
    assert (table.rows[0].cells[0], table.rows[-1].cells[0]) == ("0", "19.9")


def test_points_have_a_table_of_their_own(pictures):
    picture = pictures["rate_of_change"]
    _, points = data_tables(picture, drawn(picture.draw, {}))
    assert points.heads == ("point", "rate r (dimensionless)", "rate of change dr/dt (1/ms)")
    assert [row.cells for row in points.rows] == [
        ("stable", "0.04154", "0"),
        ("unstable", "0.4471", "0"),
        ("stable", "0.8997", "0"),
    ]


def test_the_nullclines_of_two_populations_are_among_the_numbers():
    report = Report.of(RateModel.wilson_cowan())
    (picture,) = [p for chapter in report.chapters for p in chapter.illustrations if p.key == "phase_plane"]
    series = [each for each in drawn(picture.draw, {}).series if each.name == "dr_E/dt = 0"]
    compiled = compile_model(RateModel.wilson_cowan())
    for each in series:
        change = compiled.drdt(np.stack([each.x, each.y], axis=-1))[:, 0]
        # Linear interpolation on a grid of 300 cells: its error is that of the curvature over one cell.
        assert np.max(np.abs(change)) < 1e-4


def test_what_is_there_for_the_eye_alone_has_no_numbers(pictures):
    assert all(each.name for key in pictures for each in drawn(pictures[key].draw, {}).series)
