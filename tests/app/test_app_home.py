"""The front door, and the app as a whole."""

import json
import re
from urllib.parse import parse_qsl

import pytest
from cases import together
from streamlit.testing.v1 import AppTest

from bnsim.app import navigation, shell
from bnsim.app.pages import sets
from bnsim.app.panels import library
from bnsim.experiments import all_experiments, params_of
from bnsim.scenario.library import Library
from bnsim.scenario.link import decode
from bnsim.scenario.scenario import Scenario, ScenarioSet


def app() -> None:
    from bnsim.app.shell import main

    main()


def start() -> AppTest:
    at = AppTest.from_function(app, default_timeout=10).run()
    assert not at.exception
    return at


@pytest.fixture(scope="module")
def home() -> AppTest:
    return start()


@pytest.fixture(scope="module")
def searching() -> AppTest:
    return start()


def search(at: AppTest, words: str) -> AppTest:
    at.text_input(key="home.search").set_value(words).run()
    assert not at.exception
    return at


def as_said(label: str) -> str:
    return label.replace("\\", "").replace("\u2060", "")


def links(at: AppTest) -> list[tuple[str, str, str]]:
    found = [element.proto for element in at.get("page_link")]
    return [(proto.page, as_said(proto.label), proto.query_string) for proto in found]


def link(at: AppTest, label: str) -> tuple[str, dict[str, str]]:
    """Return where the one link of that label leads: the page, and its query."""
    [(page, query)] = [(page, query) for page, said, query in links(at) if said == label]
    return page, dict(parse_qsl(query))


def closed_groups(at: AppTest) -> list[str]:
    """Return the labels of the groups of sets that wait to be opened; the menu of a phone is none."""
    return [as_said(found.label) for found in at.expander if found.icon != navigation.MENU_ICON]


def markup(at: AppTest) -> str:
    return "".join(found.proto.body for found in at.get("html"))


def told(at: AppTest) -> list[str]:
    return re.findall("<p>(.*?)</p>", markup(at))


class TestHome:
    def test_says_what_this_is(self, home):
        assert re.findall("<h1[^>]*>(.*?)</h1>", markup(home)) == [
            "Watch batch normalization happen to a batch of yours."
        ]
        assert home.markdown[0].value == (
            "Drag a slider and the picture follows, exact to the last digit. Then ask what this does to whole networks."
        )

    def test_shows_the_flagship_picture(self, home):
        charts = home.get("vega_lite_chart")

        assert len(charts) == 1
        assert charts[0].proto.alt.startswith("Three number lines")

    def test_says_for_whom_each_way_in_is(self, home):
        assert re.findall('<h2 class="bnh">(.*?) <small>(.*?)</small></h2>', markup(home)) == [
            ("See it", "for students"),
            ("Teach it", "for teachers"),
            ("Check yours", "for practitioners"),
        ]

    def test_asks_the_questions_in_the_order_of_a_course(self, home):
        experiments = all_experiments()
        asked = [label for _, label, _ in links(home) if label.startswith("**") and "?**" in label]

        assert asked == [f"**{each.question}** {each.title}" for each in experiments.values()]
        assert list(experiments) == [
            "transform", "batch-size", "train-eval", "micro-batches", "norm-family", "depth", "training", "landscape",
            "folding", "precision", "transfer",
        ]  # fmt: skip


class TestSliders:
    def test_are_those_of_the_batch_and_the_tracked_sample(self, home):
        [shown] = [json.loads(found.proto.json) for found in home.get("bidi_component") if "items" in found.proto.json]

        assert [item["name"] for item in shown["items"]] == ["mean", "std", "x"]
        assert shown["epoch"] == home.session_state["bnsim.home"].epoch

    def test_leave_the_experiments_own_page_alone(self, home):
        assert "bnsim.pages" not in home.session_state

    def test_are_taken_along_to_the_experiment(self):
        at = start()
        state = at.session_state["bnsim.home"]
        state.hear({"epoch": state.epoch, "mean": -1.5, "std": 0.5, "x": 2.0})
        at.run()

        page, query = link(at, "Go on with these numbers")
        assert page == "transform"
        assert [query[name] for name in ("mean", "std", "x")] == ["-1.5", "0.5", "2.0"]

    def test_beyond_their_ends_send_the_picture_anew_once(self):
        at = start()
        state = at.session_state["bnsim.home"]
        state.hear({"epoch": state.epoch, "mean": 1000.0})
        at.run()

        assert not at.exception
        assert state.drawn == state.picture
        assert link(at, "Go on with these numbers")[1]["mean"] == "1000.0"

    def test_refuse_what_is_no_number(self):
        at = start()
        state = at.session_state["bnsim.home"]
        state.hear({"epoch": state.epoch, "mean": "much"})
        at.run()

        assert told(at) == ["mean must be a number from -1000000 to 1000000; got &#x27;much&#x27;."]
        assert link(at, "Go on with these numbers")[1]["mean"] == "3.0"


class TestWaysIn:
    @pytest.mark.parametrize(
        "label",
        [
            "Go on with these numbers",
            "Forgetting eval mode, on a projector",
            "Your own numbers",
            "Training and inference",
            "Folding",
        ],
    )
    def test_open_with_what_a_link_may_hold(self, home, label):
        [(page, query)] = {
            (page, query) for page, said, query in links(home) if said == label and page in all_experiments()
        }
        asked = dict(parse_qsl(query))
        view = asked.pop("view", None)
        _, reports = decode(params_of(page), asked)

        assert reports == ()
        assert view == ("presenter" if "projector" in label else None)

    def test_for_teachers_open_the_case_that_is_compared_with(self, home):
        page, query = link(home, "Forgetting eval mode, on a projector")
        chosen = library().sets["train-mode-inference"]

        assert page == chosen.experiment == "train-eval"
        assert decode(params_of(page), query)[0] == chosen.baseline_scenario.params
        assert link(home, "All its cases compared") == ("compare", {"set": "train-mode-inference"})

    def test_for_practitioners_open_with_numbers_to_replace(self, home):
        page, query = link(home, "Your own numbers")
        params, _ = decode(params_of(page), query)

        assert (page, params.source, params.values.array.tolist()) == ("transform", "own", [2, 4, 4, 4, 5, 5, 7, 9])


class TestSets:
    def test_that_are_closed_are_not_sent(self, home):
        assert not [label for _, label, _ in links(home) if label.startswith("Compare its")]
        assert closed_groups(home)[0] == (
            "**Transform:** When ε starts to matter · Identity recovery · Scale and shift · Two worked examples"
        )

    def test_stand_under_every_experiment_in_order(self, home):
        titles = [each.title for slug, each in all_experiments().items() if library().of(slug)]

        assert [label.split(":**")[0] for label in closed_groups(home)] == [f"**{title}" for title in titles]

    @pytest.mark.parametrize("name", sorted(library().sets))
    def test_are_found_by_their_title(self, searching, name):
        chosen = library().sets[name]
        search(searching, chosen.title)
        page, query = link(searching, f"**{chosen.title}**")

        assert page == chosen.experiment
        assert decode(params_of(page), query) == (chosen.baseline_scenario.params, ())
        assert {"set": name} in [dict(parse_qsl(query)) for page, _, query in links(searching) if page == "compare"]
        assert chosen.question in [as_said(caption.value) for caption in searching.caption]

    def test_not_found_are_said_to_be_not_found_and_the_search_is_shown_as_text(self, searching):
        search(searching, "  <b>eval</b>   {mode} ")

        assert told(searching) == [
            "No set of scenarios has all of “&lt;b&gt;eval&lt;/b&gt; {mode}” in its title, its question or its "
            "scenarios. Try one word of it, or an empty search."
        ]
        assert closed_groups(searching) == []

    def test_of_ones_own_are_shown_as_text(self, monkeypatch):
        params = params_of("transform")()
        own = ScenarioSet("transform", "**a** <b> $b$", (Scenario("transform", "one", params),), "[c](d)?")
        monkeypatch.setattr(sets, "library", lambda: Library({"own": own}))
        at = search(start(), "**a**")

        label = next(found.proto.label for found in at.get("page_link") if "$b" in found.proto.label)
        assert label == r"**\*\*a\*\* \<b\> \$b\$**"
        assert r"\[c\]\(d\)?" in [caption.value for caption in at.caption]


class TestSearch:
    @pytest.mark.parametrize(
        ("words", "names"),
        [
            ("forgetting EVAL", {"train-mode-inference"}),  # a title, whatever the capitals and the order
            ("frameworks running", {"momentum-conventions"}),  # a question
            ("ghost batch norm", {"ghost-batch"}),
            ("batches of 64", {"train-mode-inference"}),  # the title of a scenario
            ("loss landscape", {"smooth-landscape"}),  # an experiment
            ("epsilon", {"epsilon"}),  # the name, where the title has ε
            ("e\N{LATIN SMALL LIGATURE FF}ects", {"batch-size-effects"}),  # as a letter of old fonts
            ("nowhere", set()),
        ],
    )
    def test_finds_the_sets_that_hold_every_word(self, words, names):
        assert set(sets.having(words, library().sets)) == names

    def test_of_nothing_finds_all(self):
        assert sets.having("  ", library().sets) == library().sets

    def test_a_letter_is_the_same_however_it_is_stored(self):
        assert sets.searched("x\N{COMBINING CIRCUMFLEX ACCENT} \N{MICRO SIGN}") == "x̂ μ"


class TestNavigation:
    def test_leads_to_every_page_once_and_has_no_empty_menu(self):
        groups = navigation.groups()
        names = [name for group in groups.values() for name in group]

        assert sorted(names) == sorted(
            ["home", "compare", "check", "translate", "learn", "lessons", "claims", "classroom", *all_experiments()]
        )
        assert all(groups.values())

    def test_a_menu_names_the_page_that_is_shown(self):
        names, titles = ["folding"], {"folding": "Folding"}

        assert navigation.name_of("Experiments", names, titles, "folding") == "Experiments **· Folding**"
        assert navigation.name_of("Experiments", names, titles, "") == "Experiments"
        assert navigation.name_of("", names, titles, "folding") == ""


TITLES = {"home": "Home", "compare": "Compare", "learn": "Explanations", "lessons": "Lessons", "claims": "Claims"}
TITLES |= {"check": "Check yours", "translate": "Translate"}
TITLES |= {slug: experiment.title for slug, experiment in all_experiments().items()}


class TestAddresses:
    @together(
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
        assert re.findall(r"<h(\d)", markup(home)) == ["1", "2", "2", "2", "2", "2"]
        assert not home.get("heading")
        assert not any(found.value.startswith("#") for found in home.markdown)


class TestShell:
    def test_every_experiment_has_a_page(self):
        def count() -> None:
            from bnsim.app.shell import pages
            from bnsim.experiments import all_experiments

            own = ["home", "compare", "learn", "lessons", "claims", "classroom", "check", "translate"]
            assert list(pages()) == [*own, *all_experiments()]

        assert not AppTest.from_function(count, default_timeout=10).run().exception

    def test_the_icon_is_drawn_here(self):
        assert shell.FAVICON.startswith("data:image/svg+xml,")
        assert "http://" not in shell.FAVICON.replace("http%3A", "").removeprefix("data:")
