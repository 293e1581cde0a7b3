"""The report of a formula without closed forms: its turning points, cusps and bounds, and where these were searched."""

import pytest
from nullcline.numeric import critical_points, cusp, range_of
from nullcline.reports import Report
from nullcline.reports import fold_tables as made_tables
from nullcline.reports.fold_tables import fold_tables
from nullcline.reports.formats.as_html import as_html
from nullcline.symbolic import RateModel, kept, own_cache, transfer
from own_formulas import written

BUMP = RateModel.single(written("bump"))


def tables(model, **values):
    full = {name: p.default for name, p in model.parameters.items()} | values
    return fold_tables(model, full)


def test_the_rows_are_what_the_functions_return():
    made = tables(BUMP, w=3.0)
    turns, cusps, bounds = critical_points(BUMP, w=3.0), cusp(BUMP), range_of(BUMP)
    assert [float(row.data["x"]) for row in made["critical_points"].rows] == turns.x.tolist()
    assert [float(row.data["I_ext"]) for row in made["critical_points"].rows] == turns.I_ext.tolist()
    assert [row.cells[3] for row in made["critical_points"].rows] == ["vanish as I_ext rises", "vanish as I_ext falls"]
    assert [float(row.data["w"]) for row in made["cusps"].rows] == cusps.w.tolist()
    assert [float(row.data["value"]) for row in made["range"].rows] == [bounds.low, bounds.high]
    for table in made.values():
        assert all(len(row.cells) == len(table.heads) == len(table.numeric) for row in table.rows)


def test_the_captions_say_where_was_searched():
    whole, wave = tables(BUMP, w=3.0), tables(RateModel.single(written("wave")), w=3.0)
    assert whole["critical_points"].caption == (
        "The turning points of h, and the folds there, searched with proof among all inputs (the list is complete)."
    )
    assert wave["critical_points"].caption.startswith(
        "The turning points of h, and the folds there, searched with proof among inputs from −100 to 100 "
        "(the list may lack some). How F goes on beyond is not known."
    )
    assert wave["critical_points"].caption.endswith("The first 20 of 64 are shown.")
    assert len(wave["critical_points"].rows) == 20
    assert whole["range"].caption.endswith("between them lies the trapping region.")
    unbounded = tables(RateModel.single(written("cubic")))["range"]
    assert unbounded.caption.endswith("sets no trapping region.")
    assert [row.cells[1] for row in unbounded.rows] == ["−∞", "∞"]


def test_that_there_is_none_is_said():
    (row,) = tables(RateModel.single(written("step")), w=-1.0)["cusps"].rows
    assert row.cells[0] == "none"


def test_a_catalogues_function_and_several_populations_have_their_own_steps():
    assert tables(RateModel.single()) == {}
    assert tables(RateModel.wilson_cowan()) == {}


@pytest.mark.parametrize("name", ["bump", "clipped", "wave"])
def test_they_stand_in_the_chapter_at_the_given_parameters(name):
    report = Report.of(RateModel.single(written(name)), w=3.0)
    assert report.ok
    chapter = next(c for c in report.chapters if c.key == "results")
    assert [t.key for t in chapter.tables][-3:] == ["range", "critical_points", "cusps"]
    page = as_html(report)
    assert "The turning points of" in page
    assert "The cusps, over all weights and inputs" in page
    assert "nan" not in " ".join(cell for t in chapter.tables for row in t.rows for cell in row.cells)


def test_no_number_is_stated_for_a_model_of_the_catalogue_that_its_steps_have_in_closed_form():
    chapter = next(c for c in Report.of(RateModel.single(transfer.relu)).chapters if c.key == "results")
    assert "critical_points" not in [t.key for t in chapter.tables]


def test_they_are_the_same_from_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("NULLCLINE_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(kept, "_WORTH_KEEPING", 0)
    own_cache.folder.cache_clear()
    try:
        found = tables(BUMP, w=3.0)
        other = tables(BUMP, w=4.0)
        monkeypatch.setattr(made_tables, "cusps_of", None)
        assert tables(BUMP, w=3.0) == found
        assert tables(BUMP, w=4.0) == other != found
        with pytest.raises(TypeError):
            tables(BUMP, w=5.0)
        for file in (tmp_path / "kept").glob("folds-*.json"):
            file.write_text(file.read_text().replace("certified", "undecided"))
        with pytest.raises(TypeError):
            tables(BUMP, w=3.0)
    finally:
        own_cache.folder.cache_clear()
