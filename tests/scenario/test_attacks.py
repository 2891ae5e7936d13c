"""Every text that a visitor can send is refused, or read, in no time: by patterns that are linear, and by bounds."""

import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial

import pytest
from cases import together

import bnsim
from bnsim.cli.targets import requested
from bnsim.errors import InputError
from bnsim.experiments import all_experiments, find, params_of
from bnsim.scenario import link, toml
from bnsim.scenario.fields import LONGEST_NUMBER
from bnsim.scenario.params import Params
from bnsim.scenario.scenario import Scenario, name_from
from bnsim.scenario.values import NUMBER

TRANSFORM = find("transform")
ALLOWED = 0.02
"""Seconds of the processor for one text; measured are 4 ms at most, in a link that fills every parameter."""

TOO_MUCH = 8
"""Times as long for four times the text: twice what is in proportion, half of what is quadratic."""

FOR_A_FILE = 0.5
"""For a scenario file of 1 MiB, of which reading 500,000 numbers of one's own takes as much."""

LONG = link.LONGEST_READ
ATTACKS = {
    "digits": "1" * (LONG - 1) + "x",
    "zeros": "0" * (LONG - 1) + "x",
    "a number": "1" * LONG,
    "a large exponent": "1e" + "9" * (LONG - 2),
    "a small exponent": "1e-" + "9" * (LONG - 3),
    "points": "." * LONG,
    "numbers without a gap": "1." * (LONG // 2),
    "commas": "," * LONG,
    "blanks": " " * (LONG - 1) + "x",
    "signs": "-" * LONG,
    "minus signs": "\N{MINUS SIGN}" * LONG,
    "Arabic digits": "\N{ARABIC-INDIC DIGIT ONE}" * LONG,
    "line separators": "\u2028" * LONG,
    "halves of characters": "\ud800" * LONG,
    "a name": "batch_siz" * (LONG // 9),
}
ANCHORED = (
    "bnsim.data.delimited.PAIR",
    "bnsim.data.lines.LEADING",
    "bnsim.data.lines.SEP_LINE",
    "bnsim.data.npy.ENTRY",
)
"""Patterns that are never searched for, only matched at one place."""

PUMPS = (
    "1", "0", "a", "A", " ", "\t", "\n", ",", ".", ";", ":", "-", "+", "_", "\\", '"', "'", "[", "]", "{", "}", "(",
    "<", "#", "1.", "1e", "1,", "1, ", "a.", "a .", " .", "a ", "a-", '"a', '"a".', "'a'.", ", ", " , ", "()", "(1,",
    "'a': ", "<i8", "\n      ", "\n     {", "\u2028", "\u00e9", "\ud800", "http", "column ",
)  # fmt: skip


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled pattern of the package, by where it stands."""
    for module in pkgutil.walk_packages(bnsim.__path__, "bnsim."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield f"{module.name}.{name}", value


PATTERNS = {pattern: where for where, pattern in patterns()}


def seconds(work: Callable[[], object], enough: float = ALLOWED) -> float:
    """Time of the processor; the best of five, for others use the machine too, or the first that is below `enough`."""
    found = []
    for _ in range(5):
        began = time.thread_time()
        with suppress(InputError):
            work()
        found.append(time.thread_time() - began)
        if found[-1] < enough:
            break
    return min(found)


def too_slow(works: Mapping[str, Callable[[], object]]) -> list[str]:
    return [what for what, work in works.items() if seconds(work) >= ALLOWED]


def search_all(pattern: re.Pattern[str], text: str) -> None:
    pattern.fullmatch(text)
    if PATTERNS.get(pattern) not in ANCHORED:
        for _ in pattern.finditer(text):
            pass


def growth(work: Callable[[str], object], pump: str, end: str = "\x00") -> float:
    """By how much the time grows where the text is four times as long; 0 while 32,000 characters take no time to name.

    With 32,000 characters a pattern that looks at every pair of places takes at least five times as long as is allowed.
    """
    for length in (500, 2000, 8000, 32_000):
        whole, quarter = (pump * (size // len(pump)) + end for size in (length, length // 4))
        if seconds(partial(work, whole)) > ALLOWED:
            return seconds(partial(work, whole), enough=0.0) / seconds(partial(work, quarter), enough=0.0)
    return 0.0


class TestPatterns:
    @together("pattern", PATTERNS)
    def test_take_time_in_proportion_to_the_text(self, pattern):
        slow = {
            pump: grown for pump in PUMPS if (grown := growth(lambda text: search_all(pattern, text), pump)) > TOO_MUCH
        }

        assert slow == {}

    def test_a_quadratic_one_would_be_found(self):
        quadratic = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

        assert growth(lambda text: search_all(quadratic, text), "1") > TOO_MUCH

    @pytest.mark.parametrize("text", ["1", "-1.5", "+.5", "1.", "1e5", "1.e-5", ".5E+05", "007"])
    def test_numbers_are_what_they_were(self, text):
        assert NUMBER.fullmatch(text)

    @together("text", ["", ".", "1.2.3", "e5", "1e", "--1", "1_0", "0x1", "1 ", "inf", "nan", "\u0661"])
    def test_what_is_no_number_still_is_none(self, text):
        assert not NUMBER.fullmatch(text)

    @pytest.mark.parametrize("name", ["mean", "batch_size"])
    def test_a_number_of_more_than_400_characters_is_not_looked_at(self, name):
        spec, room = TRANSFORM.params.controls()[name], LONGEST_NUMBER - 1

        assert spec.read("0" * room + "7") == 7
        assert spec.read("0" * (room + 1) + "7") == "0" * (room + 1) + "7"


class TestLinks:
    @pytest.mark.parametrize("cls", [each.params for each in all_experiments().values()], ids=all_experiments())
    def test_one_text_for_every_parameter(self, cls):
        names = [name for name, spec in cls.controls().items() if spec.kind != "values"]
        queries = {what: dict.fromkeys(names, text) for what, text in ATTACKS.items()}

        assert {what: link.decode(cls, query)[0] == cls() for what, query in queries.items()} == dict.fromkeys(
            ATTACKS, True
        )
        assert too_slow({what: partial(link.decode, cls, query) for what, query in queries.items()}) == []

    def test_one_text_for_64_names(self):
        queries = {what: {f"{text}{at}": "1" for at in range(link.MOST_KEYS)} for what, text in ATTACKS.items()}

        assert too_slow({what: partial(link.decode, TRANSFORM.params, query) for what, query in queries.items()}) == []

    @pytest.mark.parametrize("name", ["k{}", "batch_siz{}", "utm_{}"])
    def test_100000_names(self, name):
        query = {name.format(at): "1" for at in range(100_000)}

        assert link.decode(TRANSFORM.params, query)[0] == TRANSFORM.params()
        assert seconds(lambda: link.decode(TRANSFORM.params, query)) < ALLOWED

    def test_what_is_beyond_1000_names_is_counted(self):
        query = {f"k{at}": "1" for at in range(5000)}

        assert link.decode(TRANSFORM.params, query)[1][0] == (
            "a link must hold at most 64 parameters; 4936 are ignored."
        )

    def test_100000_repeats(self):
        query = {"mean": ["1" * LONG] * 100_000}

        assert seconds(lambda: link.decode(TRANSFORM.params, query)) < ALLOWED


class TestSettings:
    @pytest.mark.parametrize("name", ["mean", "batch_size", "source", "surprise"])
    def test_of_the_longest_argument_that_a_system_passes_on(self, name):
        asked = {what: partial(requested, "transform", [f"{name}={text * 16}"]) for what, text in ATTACKS.items()}

        for ask in asked.values():
            with pytest.raises(InputError):
                ask()
        assert too_slow(asked) == []

    def test_3000_unknown_names(self):
        settings = [f"batch_siz{at}=1" for at in range(3000)]

        assert seconds(lambda: requested("transform", settings)) < ALLOWED

    def test_the_first_20_get_a_way_out(self):
        with pytest.raises(InputError) as error:
            requested("transform", [f"batch_siz{at}=1" for at in range(100)])

        assert len(error.value.problems) == 21
        assert error.value.problems[19] == (
            "batch_siz19 is not a parameter of this experiment. Did you mean batch_size?"
        )
        assert error.value.problems[20] == "and 80 more problems."

    def test_titles_and_the_names_made_of_them(self):
        def save(text: str) -> Scenario:
            return Scenario("transform", name_from(text), TRANSFORM.params(), title=text, note=text)

        asked = {what: partial(save, text * 100) for what, text in ATTACKS.items()}

        for ask in asked.values():
            with pytest.raises(InputError):
                ask()
        assert too_slow(asked) == []

    def test_an_experiment_of_a_million_letters(self):
        assert seconds(lambda: find("transfor" * 125_000)) < ALLOWED


HEAD = 'schema = 1\nexperiment = "transform"\n'
ROOM = toml.LARGEST_FILE - 200


def filled(unit: str) -> str:
    return unit * (ROOM // len(unit))


FILES = {
    "unknown keys": (HEAD + filled("k = 1\n"), "20000 keys"),
    "names like a parameter": (
        f"{HEAD}[params]\n" + "".join(f"batch_siz{at} = 1\n" for at in range(16_000)),
        "2000 different keys",
    ),
    "tables": (HEAD + filled("[[a]]\n"), "2000 tables and lists"),
    "tables in a line": (f"{HEAD}a = [" + filled("{},"), "2000 tables and lists"),
    "empty texts": (f"{HEAD}[params]\nvalues = [" + filled("'',") + "]", "20000 quotation marks"),
    "comments": (HEAD + filled("#\n"), "20000 lines of comments"),
    "escapes": (f'{HEAD}a = "' + filled("\\u0041") + '"', "20000 backslashes"),
    "empty lines": (HEAD + filled("\n"), "20000 empty lines"),
    "flags": (f"{HEAD}[params]\nvalues = [" + filled("true,") + "]", "20000 entries that are no numbers"),
}
OTHERS = {
    "digits": f"{HEAD}a = " + filled("1"),
    "a fraction": f"{HEAD}a = 1." + filled("1"),
    "an exponent": f"{HEAD}a = 1e" + filled("9"),
    "words": HEAD + filled("a"),
    "blanks": HEAD + filled(" ") + "x",
    "a title": f"{HEAD}title = '{filled('t')}'",
    "dotted keys": HEAD + filled("a."),
    "hexadecimal digits": f"{HEAD}a = 0x" + filled("f"),
}


class TestFiles:
    @pytest.mark.parametrize(("text", "told"), FILES.values(), ids=FILES)
    def test_of_more_signs_than_200_scenarios_need(self, text, told):
        with pytest.raises(InputError) as error:
            toml.read(text, params_of)

        assert error.value.problems == (f"scenario file must hold at most {told}; got more.",)
        assert seconds(lambda: toml.read(text, params_of)) < ALLOWED

    @pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
    def test_of_one_long_text(self, text):
        assert seconds(lambda: toml.read(text, params_of)) < FOR_A_FILE

    def test_of_200_scenarios_with_unknown_parameters_is_read_until_there_are_enough_problems(self):
        params = ", ".join(f"batch_siz{at} = 1" for at in range(60))
        text = HEAD + "".join(f'[[scenario]]\nname = "s{at}"\nparams = {{ {params} }}\n' for at in range(200))

        with pytest.raises(InputError) as error:
            toml.read(text, params_of)

        assert len(error.value.problems) == 21
        assert error.value.problems[20] == ("and 100 more problems; scenario 3 and what follows were not looked at.")

    def test_what_200_scenarios_need_is_allowed(self):
        """All parameters of the experiment that has most of them, written out for each scenario, and full notes."""
        largest: type[Params] = max(
            (each.params for each in all_experiments().values()), key=lambda cls: len(cls.controls())
        )
        pairs = ", ".join(f"{name} = 1" for name in largest.controls())
        note = "a note, β = 2, and so on. " * 10 + "words, words " * 130
        text = HEAD + "".join(
            f'[[scenario]]\nname = "s{at}"\ntitle = "γ = 1, β = 2"\nnote = "{note}"\nparams = {{ {pairs} }}\n'
            for at in range(200)
        )

        assert len(text) < toml.LARGEST_FILE
        with pytest.raises(InputError) as error:
            toml.read(text, params_of)

        assert "must hold at most" not in str(error.value)
