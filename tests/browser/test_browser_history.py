"""The browser's history: Back undoes presets and pages; the release of a slider is no step of it."""

import pytest
from lab import GROUP


@pytest.fixture(scope="module")
def lab(module_tab):
    """Return a visit of its own, as a browser keeps no more than fifty steps."""
    return module_tab().open("/transform")


def entries(lab) -> int:
    found: int = lab.page.evaluate("history.length")
    return found


def back(lab) -> None:
    lab.page.evaluate("history.back()")


class TestArrival:
    def test_the_address_holds_everything_and_is_the_only_entry(self, lab):
        assert lab.query["mean"] == "3.0"
        assert entries(lab) == 2  # the empty tab, and the page


class TestReleases:
    def test_make_no_entries_and_the_address_follows(self, lab):
        before = entries(lab)
        for value in ("1", "1.5", "-2", "0.5", "2.5"):
            lab.type("gamma", value)
            assert lab.until(lambda value=value: float(lab.query["gamma"]) == float(value))
        seed = lab.reveal(GROUP).page.get_by_label("Seed").last
        seed.fill("7")
        seed.press("Enter")
        lab.until(lambda: lab.query["seed"] == "7")
        lab.choose("The batch", "A random sample")

        assert lab.until(lambda: lab.query["source"] == "sample")
        assert entries(lab) == before

    def test_back_after_them_leaves_the_page(self, lab):
        lab.show().visit("Home")
        lab.page.get_by_text("Watch batch normalization happen to a batch of yours.").wait_for()
        lab.way_to("Transform").click()
        lab.ready()
        assert lab.query["gamma"] == "1.0"
        lab.type("gamma", "2")
        lab.until(lambda: lab.query.get("gamma") == "2.0")
        back(lab)

        lab.page.get_by_text("Watch batch normalization happen to a batch of yours.").wait_for()
        lab.page.evaluate("history.forward()")
        assert lab.until(lambda: lab.query.get("gamma") == "2.0")
        lab.ready()
        assert float(lab.typed("gamma").input_value()) == 2
        assert lab.disagreements() == []


class TestPresets:
    def test_back_restores_what_was_set_before_and_forward_the_preset(self, lab):
        lab.show()
        lab.type("gamma", "1.5")
        lab.until(lambda: lab.query["gamma"] == "1.5")
        before, length = lab.page.url, entries(lab)
        lab.page.get_by_role("button", name="Example with x = 5").first.click()
        assert lab.until(lambda: lab.query["mean"] == "2.3")
        assert entries(lab) == length + 1
        assert "bnsim" not in lab.page.url
        after = lab.page.url
        back(lab)
        assert lab.until(lambda: lab.page.url == before and float(lab.typed("gamma").input_value()) == 1.5)
        assert lab.disagreements() == []
        lab.page.evaluate("history.forward()")

        assert lab.until(lambda: lab.page.url == after and float(lab.typed("mean").input_value()) == 2.3)
        assert lab.disagreements() == []
