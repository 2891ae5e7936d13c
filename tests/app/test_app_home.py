"""The front door, and the app as a whole."""

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from bnsim.app import shell
from bnsim.app.panels import library
from bnsim.experiments import all_experiments


def app() -> None:
    from bnsim.app.shell import main

    main()


@pytest.fixture(scope="module")
def home() -> AppTest:
    at = AppTest.from_function(app, default_timeout=10).run()
    assert not at.exception
    return at


def links(at: AppTest) -> list[tuple[str, str, str]]:
    found = [element.proto for element in at.get("page_link")]
    return [(proto.page, proto.label.replace("\\", "").replace("\u2060", ""), proto.query_string) for proto in found]


class TestHome:
    def test_says_what_this_is(self, home):
        markup = "".join(found.proto.body for found in home.get("html"))

        assert re.findall("<h1[^>]*>(.*?)</h1>", markup) == ["Watch batch normalization happen to a batch of yours."]
        assert home.markdown[0].value.startswith("Move a mini-batch with your thumb")

    def test_shows_the_flagship_picture(self, home):
        charts = home.get("vega_lite_chart")

        assert len(charts) == 1
        assert charts[0].proto.alt.startswith("Three number lines")

    def test_leads_to_every_experiment(self, home):
        found = {page for page, _, query in links(home) if not query}

        assert set(all_experiments()) <= found

    @pytest.mark.parametrize("name", sorted(library().sets))
    def test_leads_to_every_set(self, home, name):
        chosen = library().sets[name]
        into = [(page, query) for page, label, query in links(home) if query and label == f"**{chosen.title}**"]
        compared = [query for page, _, query in links(home) if page == "compare"]

        assert [page for page, _ in into] == [chosen.experiment]
        assert into[0][1]  # the baseline, as a link
        assert f"set={name}" in compared
        assert any(chosen.question == html.unescape(caption.value.replace("\\", "").replace("\u2060", ""))
                   for caption in home.caption)  # fmt: skip

    def test_its_picture_follows_no_sliders(self, home):
        assert "bnsim.pages" not in home.session_state


TITLES = {"home": "Home", "compare": "Compare"}
TITLES |= {slug: experiment.title for slug, experiment in all_experiments().items()}


class TestAddresses:
    @pytest.mark.parametrize(
        ("wanted", "name"),
        [
            ("batch_size", "batch-size"),
            ("Batch-Size", "batch-size"),
            ("batchsize.html", "batch-size"),
            ("training-and-inference", "train-eval"),
            ("train_eval", "train-eval"),
            ("loss-landscape", "landscape"),
            ("a-new-domain", "transfer"),
            ("new_domain", "transfer"),
            ("normfamily", "norm-family"),
            ("transfrom", "transform"),
            ("compares", "compare"),
            ("home", "home"),
            ("index.html", "home"),
            ("start", "home"),
            ("", "home"),
            ("<b>", "home"),
            ("x" * 100_000, "home"),
        ],
    )
    def test_an_unknown_one_means_the_page_most_like_it(self, wanted, name):
        assert shell.most_like(wanted, TITLES) == name

    def test_every_title_and_every_name_means_its_own_page(self):
        for name, title in TITLES.items():
            assert shell.most_like(title, TITLES) == name
            assert shell.most_like(name, TITLES) == name


class TestHeadings:
    def test_follow_each_other_without_a_gap(self, home):
        markup = "".join(found.proto.body for found in home.get("html"))

        assert re.findall(r"<h(\d)", markup) == ["1", "2"]
        assert not home.get("heading")
        assert not any(found.value.startswith("#") for found in home.markdown)


class TestShell:
    def test_every_experiment_has_a_page(self):
        def count() -> None:
            from bnsim.app.shell import pages
            from bnsim.experiments import all_experiments

            assert list(pages()) == ["home", "compare", *all_experiments()]

        assert not AppTest.from_function(count, default_timeout=10).run().exception

    def test_the_icon_is_drawn_here(self):
        assert shell.FAVICON.startswith("data:image/svg+xml,")
        assert "http://" not in shell.FAVICON.replace("http%3A", "").removeprefix("data:")
