"""A prepared page in a link and in a file: exact when written, told in full where it cannot be read."""

from types import MappingProxyType
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsim.errors import ScenarioError
from bnsim.experiments import all_experiments, params_of
from bnsim.learn.lesson import Lessons
from bnsim.scenario import prepared_file
from bnsim.scenario.library import Library, holds_prepared
from bnsim.scenario.prepared import KEYS, LONGEST_LINK, Possible, Prepared, PreparedPage, decode, encode, url

CONTROLS = ("mean", "std", "gamma", "beta")
PRESETS = ("two/a", "two/b", "own/odd, set*/a", "one/a")
POSSIBLE = Possible(CONTROLS, PRESETS, MappingProxyType({"undoing": 5, "own/undoing": 2}))
TRANSFORM = params_of("transform")
FILE = 'schema = 1\n[prepared]\nexperiment = "transform"\n'


def some_of(names):
    """Some of the names, in their order: a page has no other."""
    return st.sets(st.sampled_from(names)).map(lambda chosen: tuple(name for name in names if name in chosen))


@st.composite
def prepared(draw):
    hidden = draw(some_of(CONTROLS))
    locked = tuple(name for name in draw(some_of(CONTROLS)) if name not in hidden)
    lesson = draw(st.sampled_from(["", *POSSIBLE.lessons]))
    start = draw(st.integers(1, POSSIBLE.lessons[lesson])) if lesson else 1
    return Prepared(hidden, locked, draw(st.none() | some_of(PRESETS)), lesson, start)


class TestLink:
    @given(prepared())
    def test_gives_back_what_was_put_in(self, page):
        asked = parse_qs(urlencode(encode(page, POSSIBLE)), keep_blank_values=True)

        assert decode(asked, POSSIBLE) == (page, ())

    def test_of_a_page_on_which_nothing_is_prepared_says_nothing(self):
        assert encode(Prepared(), POSSIBLE) == {}

    def test_names_a_set_once_where_all_of_it_is_offered(self):
        page = Prepared(presets=("two/a", "two/b", "one/a"))

        assert encode(page, Possible(presets=("two/a", "two/b", "one/a", "one/b"))) == {"presets": "two/*,one/a"}

    def test_can_offer_nothing(self):
        assert encode(Prepared(presets=()), POSSIBLE) == {"presets": "none"}
        assert decode({"presets": "none"}, POSSIBLE) == (Prepared(presets=()), ())

    @pytest.mark.parametrize(
        ("query", "kept", "said"),
        [
            (
                {"hide": "gama,std"}, Prepared(hidden=("std",)),
                ["hide: gama is not a control of this page. Did you mean gamma?"],
            ),
            (
                {"lock": "qqq"}, Prepared(),
                ["lock: qqq is not a control of this page. Its controls are mean, std, gamma, beta."],
            ),
            (
                {"hide": "std", "lock": "std,mean"}, Prepared(("std",), ("mean",)),
                ["lock: std must be hidden or locked; got both. It is hidden."],
            ),
            ({"lock": ["std", "mean"]}, Prepared(locked=("mean",)), ["lock is given 2 times; the last one counts."]),
            ({"lock": "m" * 9000}, Prepared(), ["lock must be at most 8000 characters; got 9000."]),
            (
                {"presets": "twoo/a,one/a"}, Prepared(presets=("one/a",)),
                ["presets: 'twoo/a' is not a scenario of this page. Did you mean two/a?"],
            ),
            (
                {"presets": "elsewhere/*"}, Prepared(),
                [
                    "presets: 'elsewhere/*' is not a scenario of this page. "
                    "Its sets are two/*, own/odd, set*/*, one/*."
                ],
            ),
            ({"lesson": "undoin"}, Prepared(), ["lesson: undoin is not a lesson. Did you mean undoing?"]),
            ({"start": "2"}, Prepared(), ["start must stand beside lesson; got 2 alone."]),
            ({"lesson": "undoin", "start": "2"}, Prepared(), ["lesson: undoin is not a lesson. Did you mean undoing?"]),
            *(
                (
                    {"lesson": "undoing", "start": start}, Prepared(lesson="undoing"),
                    [f"start must be a whole number from 1 to 5, as undoing has 5 questions; got {shown}."],
                )
                for start, shown in {"0": "0", "6": "6", "2.0": "'2.0'", "": "''", "١": "'١'", "9999": "'9999'"}.items()
            ),
        ],
    )  # fmt: skip
    def test_is_read_as_far_as_it_goes_and_the_rest_is_told(self, query, kept, said):
        assert decode(query, POSSIBLE) == (kept, tuple(said))

    @given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=300) | st.lists(st.text(max_size=20), max_size=3)))
    def test_of_anything_is_answered_by_a_few_short_sentences(self, query):
        page, said = decode(query, POSSIBLE)

        assert len(said) <= 21
        assert all(len(sentence) < 400 for sentence in said)
        assert decode(encode(page, POSSIBLE), POSSIBLE) == (page, ())

    def test_of_thousands_of_names_is_answered_by_twenty_sentences(self):
        names = ",".join(map(str, range(1500)))

        assert len(decode({"hide": names, "lock": names, "presets": names}, POSSIBLE)[1]) == 21

    def test_has_words_that_are_no_parameters(self):
        names = {name for each in all_experiments().values() for name in each.params.controls()}

        assert names.isdisjoint(KEYS)


class TestUrl:
    def test_is_the_address_of_the_page_with_all_that_is_said(self):
        page = PreparedPage("transform", TRANSFORM(), Prepared(locked=("mean", "std")))

        found = url("https://x.org/bn", page, {"mean": "3.0", **encode(page.prepared, POSSIBLE)})

        assert found == "https://x.org/bn/transform?mean=3.0&lock=mean,std"

    def test_is_of_the_lessons_where_there_is_no_experiment(self):
        page = PreparedPage("", None, Prepared(lesson="own/undoing", start=2))

        found = url("https://x.org", page, encode(page.prepared, POSSIBLE))

        assert found == "https://x.org/lessons?lesson=own/undoing&start=2"
        assert parse_qs(urlsplit(found).query) == {"lesson": ["own/undoing"], "start": ["2"]}

    def test_may_be_as_long_as_is_allowed_and_no_longer(self):
        page = PreparedPage("transform", TRANSFORM(), Prepared())
        room = LONGEST_LINK - len("https://x.org/transform?x=")

        assert len(url("https://x.org", page, {"x": "1" * room})) == 2000
        with pytest.raises(ScenarioError) as error:
            url("https://x.org", page, {"x": "1" * (room + 1)})
        assert str(error.value) == (
            "the link of a prepared page must have at most 2000 characters; this one would need 2001. "
            "Share the file instead."
        )

    def test_holds_no_numbers_of_ones_own_that_a_link_leaves_out(self):
        page = PreparedPage("transform", TRANSFORM(source="own", values=[0.125] * 2000), Prepared())

        with pytest.raises(ScenarioError) as error:
            url("https://x.org", page, {})
        assert str(error.value) == (
            "the link of a prepared page must have at most 2000 characters; your own numbers would need more. "
            "Share the file instead."
        )


class TestFile:
    @given(prepared(), st.booleans(), st.floats(-10, 10))
    def test_gives_back_what_was_put_in(self, made, presenter, mean):
        page = PreparedPage("transform", TRANSFORM(mean=mean), made, presenter=presenter)

        assert prepared_file.read(prepared_file.write(page), params_of, lambda slug: POSSIBLE) == page

    def test_of_a_lesson_holds_no_parameters(self):
        page = PreparedPage("", None, Prepared(lesson="undoing", start=3), presenter=True)

        text = prepared_file.write(page)

        assert text == 'schema = 1\n\n[prepared]\npresenter = true\nlesson = "undoing"\nstart = 3\n'
        assert prepared_file.read(text, params_of, lambda slug: POSSIBLE) == page

    def test_holds_any_number_of_ones_own(self):
        page = PreparedPage("transform", TRANSFORM(source="own", values=[0.125] * 20_000), Prepared(("values",)))
        possible = Possible(("values",))

        assert prepared_file.read(prepared_file.write(page), params_of, lambda slug: possible) == page

    def test_names_every_problem_at_once(self):
        text = (
            "schema = 2\nextra = 1\n[prepared]\nexperiment = 'transform'\nhiden = 1\nhidden = 'std'\n"
            "locked = [3, 'mean', 'gama']\n"
            "presets = ['one/b']\npresenter = 1\nlesson = 'undoing'\nstart = 9\n[params]\nstd = -1\n"
        )

        with pytest.raises(ScenarioError) as error:
            prepared_file.read(text, params_of, lambda slug: POSSIBLE)

        assert list(error.value.problems) == [
            "extra is not a key of a prepared file. Its keys are schema, prepared, params.",
            "schema must be 1; got 2.",
            "prepared: hiden is not a key of a prepared page. Did you mean hidden?",
            "params.std: std must be a number from 0 to 1000000; got -1.",
            "prepared.hidden must be a list of names; got 'std'.",
            "prepared.locked must be a list of names; got 3 in it.",
            "prepared.locked: gama is not a control of this page. Did you mean gamma?",
            "prepared.presets: 'one/b' is not a scenario of this page. Did you mean one/a?",
            "prepared.start must be a whole number from 1 to 5, as undoing has 5 questions; got 9.",
            "prepared.presenter must be true or false; got 1.",
        ]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("schema = 1", ["prepared must be a table; got nothing.",
                            "prepared must name an experiment or a lesson; got neither."]),
            ("schema = 1\n[prepared]\n", ["prepared must name an experiment or a lesson; got neither."]),
            ('schema = 1\n[prepared]\nexperiment = "transfom"',
             ["prepared.experiment: 'transfom' is not an experiment. Did you mean transform?"]),
            ("schema = 1\nprepared = 3", ["prepared must be a table; got 3.",
                                          "prepared must name an experiment or a lesson; got neither."]),
            (f"{FILE}start = 2", ["prepared.start must stand beside prepared.lesson; got 2 alone."]),
            (f"{FILE}lesson = 'undoing'\nstart = true",
             ["prepared.start must be a whole number from 1 to 5, as undoing has 5 questions; got true."]),
            (f"{FILE}locked = ['std']\nhidden = ['std']",
             ["prepared.locked: std must be hidden or locked; got both. It is hidden."]),
        ],
    )  # fmt: skip
    def test_is_refused_with_what_is_wrong(self, text, said):
        with pytest.raises(ScenarioError) as error:
            prepared_file.read(text, params_of, lambda slug: POSSIBLE)

        assert list(error.value.problems) == said

    def test_is_known_by_its_table_also_where_it_is_damaged(self):
        assert holds_prepared(b"schema = \n [prepared]\nx")
        assert not holds_prepared(b"schema = 1\n[[scenario]]\nname = 'prepared'")

    def test_is_no_broken_set_of_scenarios_in_a_folder_of_ones_own(self, tmp_path):
        page = PreparedPage("transform", TRANSFORM(), Prepared(locked=("std",)))
        (tmp_path / "class.toml").write_text(prepared_file.write(page), "utf-8")

        assert Library.open(params_of, [tmp_path]) == Library({}, (), frozenset())
        assert Lessons.open([tmp_path]) == Lessons({}, (), frozenset())
