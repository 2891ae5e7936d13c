"""The address alone restores everything; a damaged one is restored as far as it goes, and says so as text."""

from urllib.parse import urlencode

import pytest
from lab import GROUP

EVERYTHING = {
    "source": "sample", "mean": "-1.25", "std": "0.75", "gamma": "-1.5", "beta": "2.05", "x": "-3.1",
    "batch_size": "57", "eps": "0.001", "seed": "5", "unit": "3", "digit": "7", "first_image": "20",
}  # fmt: skip
MARKUP = "<img src=x onerror='window.hit=1'>"
NAMES = "source, mean, std, gamma, beta, x, batch_size, eps, seed, unit, digit, first_image, values"


def link(**query: str) -> str:
    return "/transform?" + urlencode(query)


def everything(lab):
    lab.reveal(GROUP)
    return lab.see(), lab.chosen("The batch"), lab.chosen("Epsilon ε"), lab.page.get_by_label("Seed").last.input_value()


@pytest.fixture(scope="module")
def lab(visit):
    return visit.show("?" + urlencode(EVERYTHING))


@pytest.fixture(scope="class")
def damaged(visit):
    damage = {"junk": "1", "mean": "abc", "std": "9e9", "x": MARKUP, f"<b>{MARKUP}": "1", "eps": "nan"}
    return visit.go(link(**damage, gamma="2.0", beta="1.25", seed="7", view="page")).ready()


class TestRestored:
    def test_every_parameter_is_taken_over(self, lab):
        assert lab.query == EVERYTHING
        assert lab.disagreements() == []
        assert everything(lab)[1:] == ("A random sample", "1e-3 · Keras", "5")

    def test_a_reload_after_a_drag_shows_the_same(self, lab):
        lab.drag("x", moves=6)
        assert lab.release() == []
        before = everything(lab)
        lab.page.reload()
        lab.ready()

        assert lab.until(lambda: everything(lab) == before), (everything(lab), before)
        assert before[0]["typed"]["x"] != "-3.10"

    def test_another_tab_shows_the_same_and_then_goes_its_own_way(self, lab, tab):
        other = tab().open(lab.page.url.removeprefix(lab.base))
        before = everything(lab)
        assert other.until(lambda: everything(other) == before), (everything(other), before)
        other.type("mean", "1")

        assert other.until(lambda: other.query["mean"] == "1.0")
        assert other.disagreements() == []
        assert everything(lab) == before


class TestDamaged:
    def test_says_what_was_ignored_and_shows_markup_as_text(self, damaged):
        assert damaged.see()["problems"] == [
            f"junk is not a parameter of this experiment. Its parameters are {NAMES}.",
            f'"<b>{MARKUP}" is not a parameter of this experiment. Its parameters are {NAMES}.',
            "mean must be a number from -1000000 to 1000000; got 'abc'.",
            "std must be a number from 0 to 1000000; got 9000000000.",
            "x must be a number from -1000000000 to 1000000000; got \"<img src=x onerror='window.hit=1'>\".",
            "eps must be a number more than 0 and at most 1; got 'nan'.",
        ]

    def test_makes_no_element_and_runs_nothing(self, damaged):
        assert damaged.page.locator("img[src=x]").count() == 0
        assert damaged.page.evaluate("window.hit") is None

    def test_the_rest_is_restored(self, damaged):
        assert {name: damaged.query[name] for name in ("gamma", "beta", "seed")} == {
            "gamma": "2.0", "beta": "1.25", "seed": "7",
        }  # fmt: skip
        assert damaged.disagreements() == []

    def test_the_address_is_mended(self, damaged):
        assert list(damaged.query) == NAMES.removesuffix(", values").split(", ")
        assert (damaged.query["mean"], damaged.query["std"], damaged.query["x"]) == ("3.0", "2.5", "6.0")
