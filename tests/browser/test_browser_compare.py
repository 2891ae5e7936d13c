"""Saving what is set, comparing it, giving it another name, forgetting it, and bringing a file."""

import csv
import io

import pytest
from lab import KEEP, LIVE, SHARE
from sight import SIDEWAYS, forget

import bnsim
from bnsim.experiments import params_of
from bnsim.scenario import toml

PICTURE = ".st-key-compare-picture svg.marks"
TITLE = "<b>Mine</b> & $yours$"
MARKUP = "<img src=x onerror='window.hit=1'>"
FILE = f"""schema = 1
experiment = "transform"
title = "Brought along"
[[scenario]]
name = "flat"
title = "{MARKUP}"
params = {{ std = 0.0 }}
""".encode()

STAYS = """() => {
  const box = (query) => document.querySelector(query).getBoundingClientRect();
  const place = box(".bng.t"), row = box(".bng.t thead tr:last-child"), title = box(".bng.t tbody th");
  return [row.top - place.top, title.left - place.left];
}"""
"""Where the row of the baseline and the titles of the scenarios stand in the place of a table."""

MOVED = """() => [document.querySelector(".bng.t").scrollTop, document.querySelector(".bng.t").scrollLeft]"""


def close(one, other):
    """Return whether places are the same to a pixel."""
    return all(abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def lab(visit):
    lab = visit.show()
    lab.drag("gamma", moves=6)
    assert lab.release() == []
    return lab


@pytest.fixture(scope="module", autouse=True)
def saved(lab):
    """Save what is set, open the Compare page, and return the parameters that were saved."""
    params = lab.result().params
    lab.reveal(KEEP).page.get_by_label("Save what is set now, to compare").fill(TITLE)
    lab.page.get_by_label("Save what is set now, to compare").press("Enter")
    lab.page.get_by_text(f"Saved as “{TITLE}”. The Compare page shows it.").wait_for()
    lab.visit("Compare")
    lab.page.get_by_role("combobox", name="Scenarios").wait_for()
    yield params
    forget(lab)


def labels(lab):
    """Return the titles beside the lines of the picture."""
    return sorted(
        filter(lambda words: " · " in words, lab.page.locator(f"{PICTURE} .mark-text text").all_text_contents())
    )


def kept(lab):
    """Open what is kept, if it is closed."""
    lab.reveal(SHARE).page.locator("input[type=file]").wait_for(state="attached")


def opacities(lab):
    """Return how strong each line of the picture is, by its place."""
    lines = lab.page.locator(f"{PICTURE} .mark-line path")
    return [float(line.get_attribute("opacity") or 1) for line in lines.all()]


def download(lab, name):
    """Press a button of a page at rest, once, and return what it sends."""
    kept(lab)
    lab.settled()
    before = lab.sent
    with lab.page.expect_download() as waiting:
        lab.page.get_by_role("button", name=name).click()
    text = waiting.value.path().read_text("utf-8")
    assert lab.sent == before, "a press must not draw the page anew"
    return text


class TestCompare:
    """One visit, told in the order in which it happens."""

    def test_a_shipped_set_is_compared_as_the_library_compares_it(self, lab):
        lab.choose("Scenarios", bnsim.load("identity-recovery").title)
        lab.until(lambda: lab.query.get("set") == "identity-recovery")
        rows = list(csv.DictReader(io.StringIO(download(lab, "Download table (CSV)"))))
        expected = bnsim.compare(bnsim.load("identity-recovery"))

        assert [float(row["identity_error"]) for row in rows] == list(expected["identity_error"])

    def test_the_sentence_stands_above_the_picture_and_the_tables_below(self, lab):
        said = lab.page.get_by_text("The largest difference, for its size, is in “")
        tops = [each.bounding_box()["y"] for each in (said, lab.page.locator(PICTURE), lab.page.locator(".bng").first)]

        assert tops == sorted(tops)
        assert lab.page.locator(PICTURE).bounding_box()["height"] >= 300

    def test_the_line_at_the_pointer_stays_while_the_others_fade(self, lab):
        lab.page.locator(PICTURE).scroll_into_view_if_needed()
        assert set(opacities(lab)) == {1.0}
        box = lab.page.locator(PICTURE).bounding_box()
        lab.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])

        assert lab.until(lambda: sorted(opacities(lab))[-2:] == [0.12, 1.0]), opacities(lab)
        lab.page.mouse.move(5, 5)
        assert lab.until(lambda: set(opacities(lab)) == {1.0})

    def test_the_saved_one_is_there_as_it_was_set(self, lab, saved):
        lab.choose("Scenarios", "My saved scenarios")
        assert lab.until(lambda: lab.query.get("baseline") == "b-mine-b-yours")

        mine = toml.read(download(lab, "Download scenarios (TOML)"), params_of)
        assert [(each.name, each.title, each.params) for each in mine.scenarios] == [("b-mine-b-yours", TITLE, saved)]

    def test_a_file_adds_to_them_and_its_markup_stays_text(self, lab):
        kept(lab)
        lab.page.locator("input[type=file]").set_input_files(
            {"name": "brought.toml", "mimeType": "application/toml", "buffer": FILE}
        )
        lab.page.get_by_text("“brought.toml” holds 1 scenario of Transform.").wait_for()
        assert labels(lab) == [f"A · {TITLE}"], "nothing changes before somebody says so"
        lab.page.get_by_role("button", name="Add to yours").click()
        lab.page.get_by_text("1 scenario of Transform added to yours.").wait_for()

        assert lab.until(lambda: labels(lab) == [f"A · {TITLE}", f"B · {MARKUP}"])
        assert lab.page.locator("img[src=x]").count() == 0
        assert lab.page.evaluate("window.hit") is None

    def test_a_broken_file_is_refused_in_a_sentence_and_changes_nothing(self, lab):
        lab.page.locator("input[type=file]").set_input_files(
            {"name": "broken.toml", "mimeType": "application/toml", "buffer": FILE.replace(b"std", b"stt")}
        )
        lab.page.get_by_text("stt is not a parameter of this experiment. Did you mean std?").wait_for()

        assert labels(lab) == [f"A · {TITLE}", f"B · {MARKUP}"]

    def test_one_can_be_renamed(self, lab):
        lab.page.get_by_role("textbox", name="New title").fill("Another")
        lab.page.get_by_role("button", name="Change", exact=True).click()
        lab.page.get_by_text(f"“{TITLE}” is now “Another”.").wait_for()

        assert lab.until(lambda: set(labels(lab)) == {"A · Another", f"B · {MARKUP}"})
        assert lab.query["baseline"] == "another"

    def test_one_can_be_deleted(self, lab):
        lab.page.get_by_role("button", name="Delete", exact=True).click()
        lab.page.get_by_text("“Another” is deleted.").wait_for()
        assert lab.until(lambda: lab.chosen("Scenario") == MARKUP), "what is gone is not shown as chosen"
        lab.until(lambda: lab.query.get("baseline") == "flat")

        mine = toml.read(download(lab, "Download scenarios (TOML)"), params_of)
        assert mine.names == ("flat",)

    def test_of_many_the_baseline_and_the_titles_stay_while_the_table_is_moved_by_keyboard(self, lab):
        lab.go("/compare?set=epsilon&together=1&numbers=1&picture=panels&pinned=eps-1e-5-std-0")
        table = lab.page.locator(".bng.t")
        table.wait_for()
        lab.settled()
        before = lab.page.evaluate(STAYS)

        def pressed(key, axis):
            table.press(key)
            return lab.page.evaluate(MOVED)[axis] > 100

        for axis, key in enumerate(("ArrowDown", "ArrowRight")):
            assert lab.until(lambda key=key, axis=axis: pressed(key, axis)), (key, lab.page.evaluate(MOVED))
        assert min(lab.page.evaluate(MOVED)) > 100
        assert lab.until(lambda: close(lab.page.evaluate(STAYS), before)), (lab.page.evaluate(STAYS), before)

    def test_of_many_small_pictures_stand_in_rows_that_do_not_overflow(self, lab):
        for width in (1280, 390):
            lab.page.set_viewport_size({"width": width, "height": 800})
            assert lab.until(lambda: lab.page.evaluate(SIDEWAYS) == []), lab.page.evaluate(SIDEWAYS)
            boxes = [each.bounding_box() for each in lab.page.locator(".bnm img").all()]
            assert len(boxes) == len(bnsim.load("epsilon").names)
            assert min(box["width"] for box in boxes) >= 120
            assert max(box["x"] + box["width"] for box in boxes) <= width
        lab.page.set_viewport_size({"width": 1280, "height": 800})

    def test_back_on_the_page_the_sliders_are_where_they_were(self, lab, saved):
        lab.visit("Transform")
        lab.ready()

        assert lab.disagreements() == []
        assert lab.result().params == saved
        assert {name: float(lab.typed(name).input_value()) for name in LIVE} == {
            name: getattr(saved, name) for name in LIVE
        }
