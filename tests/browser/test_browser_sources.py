"""Real digits, the visitor's own numbers, and batches without spread: each readable, each exact."""

import pytest
from lab import GROUP


@pytest.fixture(scope="module")
def lab(visit):
    return visit.show("?x=1.25&gamma=1.5")


def bars(lab):
    return lab.page.locator("svg.marks").first.locator(".mark-rect path")


def begin(lab, presets):
    lab.page.get_by_role("button", name=presets[0].title).click()
    assert lab.until(lambda: lab.result().params == presets[0].params)
    assert lab.disagreements() == []


@pytest.fixture
def afresh(lab, presets):
    begin(lab, presets)


@pytest.fixture(scope="class")
def own(lab, presets):
    begin(lab, presets)
    lab.choose("The batch", "My own numbers")
    box = lab.page.get_by_role("textbox", name="Paste numbers")
    box.fill("1, 2.5 3;4e-1\n−5")
    box.blur()
    assert lab.until(lambda: lab.query["source"] == "own")


@pytest.mark.usefixtures("afresh")
class TestNoSpread:
    def test_a_std_of_zero_is_readable_and_explained_and_the_slider_leads_out_of_it(self, lab):
        lab.type("std", "0")

        assert lab.until(lambda: lab.query["std"] == "0.0")
        assert lab.disagreements() == []
        assert lab.see()["answer"] == (
            "All members are 3, so there is no spread to divide by: every one of them leaves as β = 0. "
            "A value from outside the batch, x = 6, is divided by √ε alone and comes out at y = 948.7."
        )
        assert lab.see()["readouts"]["output_std"] == "0"
        assert lab.drag_and_release("std") == []

    def test_one_example_is_readable_and_explained(self, lab):
        lab.reveal(GROUP).type("batch_size", "1")

        assert lab.until(lambda: lab.query["batch_size"] == "1")
        assert lab.disagreements() == []
        assert lab.see()["answer"].startswith("It forgets a batch of one: the only example is its own mean")
        assert lab.drag_and_release("mean") == []


@pytest.mark.usefixtures("afresh")
class TestSources:
    def test_digits_draw_bars_that_follow_and_need_no_mean_and_std(self, lab):
        lab.choose("The batch", "Real digits, one hidden unit")

        assert lab.until(lambda: lab.query["source"] == "digits")
        assert lab.disagreements() == []
        assert bars(lab).count() > 9
        assert lab.slider("mean").count() == lab.slider("std").count() == 0
        assert lab.drag_and_release("gamma") == []

    def test_own_numbers_are_asked_for_and_nothing_is_lost_meanwhile(self, lab):
        before = lab.query
        lab.choose("The batch", "My own numbers")

        lab.page.get_by_text("Paste numbers or load a file, at the side").wait_for()
        assert lab.see()["problems"] == []
        assert lab.query == before
        assert lab.disagreements() == []

    def test_a_random_sample_shows_batch_and_population_and_follows_its_std(self, lab):
        lab.choose("The batch", "A random sample")

        assert lab.until(lambda: lab.query["source"] == "sample")
        assert lab.disagreements() == []
        assert bars(lab).count() > 3
        assert lab.page.locator("svg.marks").first.locator("[stroke-dasharray='5,4']").count() == 3
        assert lab.drag_and_release("gamma") == []
        drag = lab.drag("std", moves=10)

        assert drag.moved["strip"] >= len(drag.values) >= 8
        assert drag.sent == 0
        assert lab.release() == []


@pytest.mark.usefixtures("own")
class TestOwnNumbers:
    """One visit, told in the order in which it happens."""

    def test_pasted_numbers_draw_bars_and_follow(self, lab):
        assert lab.query["values"] == "1.0,2.5,3.0,0.4,-5.0"
        assert lab.disagreements() == []
        assert lab.see()["problems"] == []
        assert bars(lab).count() > 3
        assert lab.drag_and_release("x") == []

    def test_what_is_not_a_number_is_said_and_the_numbers_are_kept(self, lab):
        before = lab.query
        box = lab.page.get_by_role("textbox", name="Paste numbers")
        box.fill("1, <b>two</b>, 3")
        box.blur()
        said = lab.page.get_by_role("alert").get_by_text("values must be numbers; entry 2 is '<b>two</b>'.")
        said.wait_for()

        assert lab.query == before
        assert lab.disagreements() == []

    def test_a_file_is_read_and_a_column_chosen(self, lab):
        lab.page.locator("input[type=file]").set_input_files(
            {"name": "mine.csv", "mimeType": "text/csv", "buffer": b"a;b\n1,5;2\n2,5;7\n"}
        )

        assert lab.until(lambda: lab.query.get("values") == "1.5,2.5")
        lab.choose("Column", "b")
        assert lab.until(lambda: lab.query["values"] == "2.0,7.0")
        assert lab.disagreements() == []

    def test_back_to_the_exact_batch_the_sliders_are_where_they_were(self, lab):
        lab.choose("The batch", "Exactly this mean and std")

        assert lab.until(lambda: lab.query["source"] == "exact" and lab.slider("mean").count())
        assert lab.disagreements() == []
        assert (lab.query["mean"], lab.query["std"]) == ("3.0", "2.5")
        assert lab.drag_and_release("mean") == []
