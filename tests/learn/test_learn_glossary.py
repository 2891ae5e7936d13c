"""The glossary has every symbol and every term that is shown anywhere."""

import re
import tomllib
from pathlib import Path

import pytest
from cases import together

import bnsim
from bnsim.experiments import all_experiments
from bnsim.learn import glossary as glossary_of
from bnsim.learn.glossary import GlossaryError, _term
from bnsim.learn.targets import target_of
from bnsim.text.words import glossary as shared_texts

HOUSE = Path(bnsim.__file__).parent
GLOSSARY = glossary_of()
EXPERIMENTS = all_experiments()
SHORTHAND = re.compile(r"(?<![\w.%])(?:[A-Z]{2,}[a-z]?|(?:[A-Z][a-z]+){2,}[A-Z]*|[A-Z][a-z]+[A-Z]+)(?![\w(])")
"""Acronyms, and words with a capital inside."""

NAMES = {
    "BatchNorm", "BatchNormalization", "CSV", "ConvNeXt", "EfficientNet", "FAILED", "GPU", "GPUs", "GoogLeNet", "HTML",
    "MB", "NEW", "NNX", "NPY", "NPZ", "NumPy", "OLD", "ONNX", "PyTorch", "QR", "TOML", "TensorFlow", "UTF",
    "ValueError",
}  # fmt: skip
"""Names of programs, files and networks, and words in capitals: what the lab does not explain."""


def texts(tables) -> list[str]:
    """Return every text of a file of words."""
    if isinstance(tables, dict):
        return [text for table in tables.values() for text in texts(table)]
    return [tables] if isinstance(tables, str) else []


def shown() -> str:
    """Return everything that pages and scenario sets say, without formulas' names and code."""
    files = [*HOUSE.rglob("text.toml"), *(HOUSE / "app").rglob("*.toml"), *(HOUSE.parent / "scenarios").glob("*.toml")]
    found = [text for file in files for text in texts(tomllib.loads(file.read_text("utf-8")))]
    pages = [page.read_text("utf-8").split("+++")[2] for page in (HOUSE / "learn" / "pages").glob("*.md")]
    return "\n".join([*found, *(re.sub(r"```.*?```|`[^`]*`", "", page, flags=re.DOTALL) for page in pages)])


class TestComplete:
    @pytest.mark.parametrize("slug", EXPERIMENTS)
    def test_has_every_symbol_and_label_that_an_experiment_shows(self, slug):
        experiment = EXPERIMENTS[slug]
        entries = {(entry.name, entry.symbol, entry.title) for entry in GLOSSARY.shown[slug]}
        controls = experiment.params.controls()

        assert entries == {
            *((name, spec.control.symbol, spec.control.label) for name, spec in controls.items()),
            *((key, term.symbol, term.label) for key, term in experiment.terms.items()),
        }

    @pytest.mark.parametrize("slug", EXPERIMENTS)
    def test_names_everything_that_can_be_chosen(self, slug):
        entries = {entry.name: entry.text for entry in GLOSSARY.shown[slug]}
        named = {
            name: (spec.control.choices or {}).values() for name, spec in EXPERIMENTS[slug].params.controls().items()
        }

        assert [label for name, labels in named.items() for label in labels if label not in entries[name]] == []

    def test_has_every_acronym_and_every_coined_word(self):
        known = " ".join(word for entry in GLOSSARY.terms.values() for word in (entry.title, entry.symbol, *entry.also))
        coined = {word for word in SHORTHAND.findall(shown()) if word.removesuffix("s") not in known}

        assert sorted(coined - NAMES) == []

    def test_has_what_all_experiments_share(self):
        symbols = {entry.symbol for entry in GLOSSARY.terms.values()}

        assert {text["symbol"] for text in shared_texts()["params"].values() if "symbol" in text} <= symbols


class TestEntries:
    @together("entry", GLOSSARY.terms.values())
    def test_are_one_line_and_lead_to_what_there_is(self, entry):
        assert "\n" not in entry.text
        assert len(entry.text) <= 160
        assert target_of(entry.see).page in {"learn", "claims", *EXPERIMENTS}

    def test_have_titles_of_their_own(self):
        titles = [entry.title.casefold() for entry in GLOSSARY.terms.values()]

        assert len(set(titles)) == len(titles)

    def test_say_the_symbol_first(self):
        assert GLOSSARY.terms["beta"].line == (
            "β: Shift. A number per feature, learned, that is added at the end. It begins at 0."
        )
        assert GLOSSARY.terms["probe"].line.startswith("Probe: A value")

    def test_that_are_not_complete_are_refused(self):
        with pytest.raises(GlossaryError) as error:
            _term("a", {"title": "A", "text": "B"})

        assert str(error.value) == "glossary.toml, a: see is missing."
        with pytest.raises(GlossaryError) as error:
            _term("a", {"title": "A", "text": "B", "see": "experiment:depth", "sea": ""})

        assert str(error.value) == "glossary.toml, a: sea is unknown."


class TestSymbols:
    @pytest.mark.parametrize(
        ("words", "symbols"),
        [
            ("x becomes x̂ and y", ["x", "x̂", "y"]),
            ("σ_B² is not σ_B", ["σ_B²", "σ_B"]),
            ("y = γ x̂ + β", ["y", "γ", "x̂", "β"]),
            ("max, by, N-th, Nx", ["N"]),
            ("(x − μ_B) / √(σ_B² + ε)", ["x", "μ_B", "σ_B²", "ε"]),
        ],
    )
    def test_are_found_where_they_stand_alone(self, words, symbols):
        assert GLOSSARY.pattern.findall(words) == symbols

    def test_of_the_three_stages_have_their_colours(self):
        stages = {entry.symbol: entry.stage for entry in GLOSSARY.terms.values() if entry.stage}

        assert {stages["x"], stages["μ_B"], stages["σ_B"]} == {"raw"}
        assert stages["x̂"] == "normalized"
        assert {stages["y"], stages["γ"], stages["β"]} == {"output"}
