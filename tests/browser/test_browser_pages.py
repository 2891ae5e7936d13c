"""Leaving the page and coming back, presets, and the ways in from the home page."""

from urllib.parse import urlsplit

import pytest
from lab import GROUP

import bnsim
from bnsim.experiments.transform import EXPERIMENT


@pytest.fixture(scope="module")
def lab(visit):
    return visit.show()


@pytest.fixture(scope="module")
def left(lab):
    assert lab.drag_and_release("x") == []
    lab.type("mean", "1.234")
    lab.reveal(GROUP).choose("Epsilon ε", "1e-3 · Keras")
    lab.until(lambda: lab.query["eps"] == "0.001")
    assert lab.disagreements() == []
    return lab.see()


class TestComingBack:
    def test_keeps_every_value_and_the_charts_still_follow(self, lab, left):
        before = lab.see()
        lab.visit("Compare")
        assert lab.slider("gamma").count() == 0
        lab.visit("Transform")
        lab.ready()

        assert lab.see() == before
        assert lab.chosen("Epsilon ε") == "1e-3 · Keras"
        assert lab.drag_and_release("gamma") == []

    def test_by_the_back_button_too(self, lab, left):
        before = lab.see()
        lab.visit("Home")
        assert lab.slider("gamma").count() == 0
        lab.page.go_back()
        lab.ready()

        assert lab.see() == before
        assert lab.drag_and_release("beta") == []


class TestPreset:
    def test_after_a_drag_sets_everything_and_a_further_drag_works(self, lab, presets):
        assert lab.drag_and_release("mean") == []
        lab.page.get_by_role("button", name=presets[1].title).click()

        assert lab.until(lambda: lab.query["x"] == "5.0")
        assert lab.disagreements() == []
        assert lab.result().params == presets[1].params
        assert lab.see()["strip"].startswith("x̂ = (5.00 − 2.30) / √(1.80² + 1e-5) = 1.4999976")
        assert lab.drag_and_release("x") == []

    def test_again_after_the_drags_sets_everything_again(self, lab, presets):
        lab.page.get_by_role("button", name=presets[1].title).click()

        assert lab.until(lambda: lab.query["x"] == "5.0")
        assert lab.disagreements() == []
        assert lab.result().params == presets[1].params

    def test_an_action_starts_from_where_the_controls_are(self, lab):
        lab.drag("std", moves=10)
        assert lab.release() == []
        lab.page.get_by_role("button", name="Undo the normalization").click()

        assert lab.until(lambda: lab.query["beta"] == lab.query["mean"])
        assert lab.disagreements() == []
        assert lab.result().readouts["identity_error"] < 1e-12

    def test_after_the_window_is_resized_the_charts_still_follow(self, lab):
        lab.page.set_viewport_size({"width": 1100, "height": 760})
        lab.until(lambda: lab.page.locator("svg.marks").first.bounding_box()["width"] < 800)
        assert lab.disagreements() == []

        assert lab.drag_and_release("gamma") == []

    def test_after_the_sidebar_was_folded_away_the_charts_still_follow(self, lab):
        lab.page.locator("[data-testid=stSidebar]").hover()
        lab.page.get_by_role("button", name="Collapse sidebar").click()
        lab.page.get_by_test_id("stExpandSidebarButton").click()
        sidebar = lab.page.get_by_test_id("stSidebar")
        assert lab.until(lambda: sidebar.bounding_box()["x"] == 0)  # it slides
        assert lab.disagreements() == []

        assert lab.drag_and_release("mean") == []


@pytest.fixture(scope="module")
def stray(module_tab):
    return module_tab()


class TestAddress:
    @pytest.mark.parametrize(
        ("asked", "path", "said", "title"),
        [
            (
                "/norm_family?batch_size=2",
                "/norm-family",
                "/norm_family is not a page here; this is the page most like it, Norm family.",
                "Norm family",
            ),
            ("/%3Cb%3Efoo", "/", "/<b>foo is not a page here; this is the front page.", "Home"),
        ],
    )
    def test_that_is_no_page_leads_to_one_and_says_so(self, stray, asked, path, said, title):
        stray.page.goto(stray.base + asked)

        assert stray.until(
            lambda: stray.page.locator(".bnn p").first.all_text_contents() == [f"{said} All pages are in the menu."]
        )
        assert stray.until(lambda: urlsplit(stray.page.url).path == path)
        assert stray.until(lambda: stray.page.title() == f"{title} - bnsim")
        assert stray.page.get_by_role("dialog").count() == 0
        assert ("batch_size=2" in stray.page.url) == ("batch_size=2" in asked)


@pytest.fixture(scope="module")
def home(stray):
    """Return the front page of a visit in which nothing was set."""
    stray.go("/").page.locator("h1", has_text="Watch batch normalization").wait_for()
    stray.page.locator("svg.marks").wait_for()
    return stray


class TestHome:
    def test_shows_the_flagship_picture(self, home):
        texts = home.page.locator("svg.marks .role-title tspan").all_text_contents()

        assert texts[0] == "x̂ = (6.00 − 3.00) / √(2.50² + 1e-5) = 1.199999040001"
        assert home.page.locator("svg.marks .mark-area path").count() == 3

    def test_leads_to_the_experiment(self, home):
        questions = home.page.locator(".st-key-front-questions")

        questions.get_by_role("link", name=EXPERIMENT.question).wait_for()

    def test_a_sets_link_opens_its_baseline(self, home):
        identity = bnsim.load("identity-recovery")
        home.page.locator("summary", has_text=identity.title).click()
        home.page.get_by_role("link", name=identity.title).click()
        home.ready()

        assert home.disagreements() == []
        assert home.result().params == identity.baseline_scenario.params
        assert home.drag_and_release("std") == []
