"""The same in code: programs that stand alone, hold what was set as literals, and find our numbers."""

import ast
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from cases import together
from hypothesis import given, settings
from hypothesis import strategies as st
from programs import all_printed_by, printed_by

from bnsim.cli.targets import requested
from bnsim.errors import InputError
from bnsim.experiments import all_experiments, find
from bnsim.exports.asked import Export
from bnsim.exports.code import FRAMEWORKS, code_of, code_text
from bnsim.exports.code.literals import LONGEST_COMMENT, comment, literal
from bnsim.exports.code.program import cells
from bnsim.exports.files import TEXTS, write_files
from bnsim.scenario import link

CODED = tuple(slug for slug, each in all_experiments().items() if each.code is not None)

SMALL = {**find("training").small, "ghost": 5, "rate": 0.5, "seed": 3}
FIXED = {**SMALL, "init": "fixed", "sigma": 0.3, "inputs": "standardized"}
AFTER = {**SMALL, "init": "he", "placement": "after", "depth": 2}

SAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("transform", {}),
    ("transform", {"batch_size": 1, "x": 3.5}),
    ("transform", {"std": 0.0}),
    ("transform", {"source": "sample", "batch_size": 7, "gamma": -1.5, "beta": 0.1, "seed": 2**32 - 1}),
    ("transform", {"source": "digits", "unit": 3, "digit": "7", "first_image": 1700, "eps": 1e-3}),
    ("transform", {"source": "own", "values": "1,2,4.5,-3e-7"}),
    ("train-eval", {"companion_sets": 50}),
    ("train-eval", {"convention": "keras", "batch_size": 8, "steps": 20, "drift": 0.05, "companion_sets": 50}),
    ("train-eval", {"convention": "flax", "batch_size": 1, "steps": 9, "inference_size": 1, "momentum": 0.3}),
    ("train-eval", {"convention": "onnx", "batch_size": 2, "steps": 3, "inference_size": 2, "companion_sets": 20}),
    ("train-eval", {"convention": "paddle", "batch_size": 1, "steps": 5, "inference_size": 1}),
    ("train-eval", {"convention": "cumulative", "batch_size": 4, "steps": 12, "frozen_after": 0, "companion_sets": 20}),
    ("batch-size", {"repeats": 200}),
    ("batch-size", {"batch_size": 1, "repeats": 100}),
    ("batch-size", {"batch_size": 2, "repeats": 100, "eps": 1e-3}),
    ("batch-size", {"batch_size": 100, "repeats": 700, "source": "digits", "unit": 5}),
    ("batch-size", {"batch_size": 1024, "repeats": 700, "source": "digits"}),  # more values than are kept
    ("micro-batches", {}),
    ("micro-batches", {"micro": 12, "rule": "mean", "trend": 3.0, "momentum": 0.03}),
    ("micro-batches", {"batch_size": 33, "way": "devices", "eps": 1e-3, "seed": 7}),
    ("micro-batches", {"way": "synchronized", "trend": 4.0}),
    ("micro-batches", {"way": "ghost", "batch_size": 10, "micro": 3}),
    ("precision", {}),
    ("precision", {"form": "bfloat16", "mean": 3.0, "std": 0.5, "batch_size": 150, "eps": 1e-3, "seed": 4}),
    ("precision", {"form": "bfloat16", "order": "pairwise", "batch_size": 1001}),
    ("precision", {"form": "float32", "mean": -3000.0, "std": 0.1, "batch_size": 120}),
    ("precision", {"mean": 300.0, "std": 10.0, "order": "pairwise"}),
    ("precision", {"mean": 0.0, "std": 0.0, "eps": 1e-12}),
    ("norm-family", {}),
    ("norm-family", {"norm": "layer", "batch_size": 1}),
    ("norm-family", {"norm": "group", "channels": 8, "groups": 4, "first_image": 1795, "eps": 1e-3}),
    ("norm-family", {"norm": "instance", "side": 1}),
    ("norm-family", {"norm": "rms", "side": 1, "channels": 1, "groups": 1}),
    ("folding", {}),
    ("folding", {"layer": "conv", "inputs": 4, "outputs": 8, "groups": 4, "kernel": 2, "size": 5, "gamma": -1.3}),
    ("folding", {"layer": "linear", "bias": -2.0, "shift": 1.0, "spread": 0.7, "beta": 0.4, "seed": 9}),
    ("training", {**SMALL, "against": "layer"}),
    (
        "training",
        {**FIXED, "activation": "tanh", "decay": 0.01},
    ),
    ("training", {**SMALL, "norm": "group", "groups": 2, "activation": "linear", "momentum": 0.9, "bias": "without"}),
    (
        "training",
        {**AFTER, "activation": "relu", "running_momentum": 0.5},
    ),
)

UNEXPRESSED = {**SMALL, "against": "ghost", "dropout": 0.1, "residual": "plain"}
ALONE = {**SMALL, "batch": 1, "examples": 20}

SIMULATED = {
    "mean_noise": "mean",
    "var_noise": "var",
    "x_hat_noise": "x_hat",
    "scale_up": "scale",
    "gradient_share": "gradient",
}
"""Readouts that people are shown to two digits of their standard error, and where they stand with all digits."""

LAST = ("loss", "train_accuracy", "test_accuracy")
"""Readouts that people are shown to four digits."""

EXACT = 1e-11
"""Sums of a few thousand numbers in another order: a thousand roundings of float64, times at most 50 of the scale."""

SINGLE = 2e-5
"""The same in float32, whose unit is 6e-8, of some ten operations on numbers up to ten times the result."""

CONDITION = 100
"""With eps instead of a spread, 1 / sqrt(eps) = 316 times the rounding of a mean of 3 is left of it."""


@cache
def expected(at: int) -> dict[str, float]:
    """Return our readouts of a sample."""
    slug, values = SAMPLES[at]
    experiment = find(slug)
    outcome = experiment.run(experiment.params(**values))
    found = {each.key: each.value for each in experiment.readouts(outcome)}
    if slug == "batch-size":
        found |= {key: outcome.compared[name].simulated for key, name in SIMULATED.items()}
    if slug == "training":
        ours = [(name, outcome.shown(name)) for name in ("norm", "against")]
        found |= {f"{key}_{name}": float(shown.by_seed[key].mean()) for name, shown in ours for key in LAST}
        found["accuracy_gain"] = outcome.accuracy_gain.mean
    return {key: value for key, value in found.items() if isinstance(value, float | int)}


def program(at: int, framework: str, **more: str) -> str:
    slug, values = SAMPLES[at]
    return code_text(slug, find(slug).params(**values), framework, **more)


def agree(at: int, found: dict[str, float], tolerance: float) -> None:
    """Hold what a program printed against our readouts, relative to the number or to 1."""
    ours = expected(at)
    assert found
    assert set(found) <= set(ours)
    far = {
        key: (value, ours[key])
        for key, value in found.items()
        if not (
            value == ours[key]
            or (math.isnan(value) and math.isnan(ours[key]))
            or abs(value - ours[key]) <= tolerance * max(abs(ours[key]), 1.0)
        )
    }
    assert far == {}


class TestNumpy:
    @pytest.mark.parametrize("at", range(len(SAMPLES)))
    def test_finds_our_numbers(self, at):
        agree(at, printed_by(program(at, "numpy")), SINGLE if SAMPLES[at][0] == "training" else EXACT)

    def test_says_what_a_program_leaves_out_and_that_its_numbers_are_others(self, capsys):
        text = code_text("training", find("training").params(**UNEXPRESSED), "numpy")
        printed_by(text)

        assert (
            "\n# This program does without the settings in LEFT_OUT: what it prints are not bnsim's numbers.\n" in text
        )
        assert capsys.readouterr().err == "left out: residual=plain, dropout=0.1, norm=ghost\n"


class TestFrameworks:
    @pytest.mark.parametrize(
        ("framework", "tolerance"), [("pytorch", CONDITION * EXACT), ("flax", CONDITION * EXACT), ("keras", SINGLE)]
    )
    def test_find_our_numbers(self, framework, tolerance):
        programs = [program(at, framework) for at in range(len(SAMPLES))]

        for at, found in enumerate(all_printed_by(framework, programs)):
            agree(at, found, SINGLE if SAMPLES[at][0] == "training" else tolerance)

    @together("framework", FRAMEWORKS)
    @together("at", range(len(SAMPLES)))
    def test_are_python_that_needs_no_bnsim(self, framework, at):
        tree = ast.parse(program(at, framework))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

        assert {name.split(".")[0] for name in names} <= {
            "copy", "flax", "jax", "keras", "math", "numpy", "optax", "sklearn", "sys", "torch",
        }  # fmt: skip

    @pytest.mark.parametrize("slug", CODED)
    def test_have_no_piece_that_is_never_used(self, slug):
        experiment = find(slug)
        samples = (*SAMPLES, ("training", UNEXPRESSED), ("training", ALONE))
        told = [experiment.code(experiment.params(**values)).facts for name, values in samples if name == slug]
        for framework in FRAMEWORKS:
            facts = [{**each, "framework": framework} for each in told]
            unused = [cell.facts for cell in cells(slug, framework) if not any(map(cell.applies, facts))]

            assert [each for each in unused if each.get("carried") != ("no",)] == []

    def test_say_the_conventions(self):
        heads = {name: text.split("\n")[2] for name, text in code_of("transform", find("transform").params()).items()}

        assert heads["pytorch"] == (
            "# Checked with PyTorch 2.14. BatchNorm: momentum is the weight of the NEW batch (0.1), eps 1e-5, "
            "running variance unbiased."
        )
        assert heads["keras"] == (
            "# Checked with Keras 3.15. BatchNormalization: momentum is the weight of the OLD value (0.99), epsilon "
            "1e-3, moving variance biased."
        )
        assert heads["flax"] == (
            "# Checked with Flax 0.12. BatchNorm: momentum is the weight of the OLD value (0.99), epsilon 1e-5, "
            "running variance biased."
        )

    def test_keras_is_given_one_less_our_momentum(self):
        text = code_text("train-eval", find("train-eval").params(momentum=0.013), "keras")

        assert "\nNEW_WEIGHT = 0.013  #" in text
        assert "batch_norm(momentum=1 - NEW_WEIGHT)" in text


class TestWhatIsSet:
    @settings(max_examples=60, deadline=None)
    @given(title=st.text(max_size=LONGEST_COMMENT * 2))
    def test_a_title_is_in_a_comment_only(self, title):
        params = find("transform").params()
        plain, titled = (code_text("transform", params, "numpy", title=each) for each in ("", title))

        assert ast.dump(ast.parse(titled.encode())) == ast.dump(ast.parse(plain))
        assert len(titled.splitlines()) - len(plain.splitlines()) == bool(title.strip())

    @pytest.mark.parametrize(
        "title",
        [
            "coding: utf-7",
            "x\nimport os",
            "x\rimport os",
            "x\x0cimport os",
            "\0",
            "\ud800",
            '"""',
            "\u2028y",
            "\u202ey",
        ],
    )
    def test_a_title_that_would_break_out_does_not(self, title):
        params = find("transform").params()
        titled = code_text("transform", params, "numpy", title=title)

        assert ast.dump(ast.parse(titled.encode())) == ast.dump(ast.parse(code_text("transform", params, "numpy")))

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=30),
        st.floats(-1e6, 1e6),
        st.floats(0, 1, exclude_min=True),
    )
    def test_numbers_stand_there_as_literals_and_are_read_again_exactly(self, values, gamma, eps):
        params = find("transform").params(source="own", values=values, gamma=gamma, eps=eps)
        tree = ast.parse(code_text("transform", params, "pytorch"))
        found = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
        }

        np.testing.assert_array_equal(found["VALUES"], params.values.array)
        assert (found["GAMMA"], found["EPS"]) == (gamma, eps)

    @given(st.text())
    def test_a_text_is_a_string(self, text):
        assert ast.literal_eval(literal(text)) == text

    @pytest.mark.parametrize("value", [None, True, 3, -0.0, 1e-300, (1.0, 2.5), tuple(range(200))])
    def test_a_value_is_read_again(self, value):
        found = ast.literal_eval(literal(value))

        assert (list(value) if isinstance(value, tuple) else value) == found

    def test_a_long_title_is_cut(self):
        assert comment("x" * 400) == f"# {'x' * LONGEST_COMMENT}…"

    def test_too_many_numbers_are_left_to_a_file(self):
        params = find("transform").params(source="own", values=np.arange(2001.0))
        text = code_text("transform", params, "numpy")

        assert 'batch = np.loadtxt("values.txt")' in text
        assert "\n# The link leaves out your own numbers: they are too many for a link.\n" in text
        assert len(text) < 10_000

    @pytest.mark.parametrize("slug", CODED)
    def test_the_link_gives_the_settings_again(self, slug):
        at = next(at for at, (name, values) in enumerate(SAMPLES) if name == slug and values)
        params = find(slug).params(**SAMPLES[at][1])
        text = program(at, "flax", base="https://lab.example/bn/")

        assert f"\n# See it: {link.url(f'https://lab.example/bn/{slug}', params)}\n" in text


class TestExport:
    def test_one_program_goes_to_the_screen(self):
        found = requested("transform", ["std=0.01"])

        assert printed_by(TEXTS["numpy"](Export(found.scenarios, found.stem)))["batch_std"] == pytest.approx(0.01)

    def test_a_set_is_a_file_for_each_scenario_and_framework(self, tmp_path):
        found = requested("worked-examples")
        written = [path.name for path in write_files(Export(found.scenarios, found.stem), "code", tmp_path)]

        assert written == [
            f"worked-examples-{name}-{framework}.py" for framework in FRAMEWORKS for name in found.scenarios.names
        ]

    def test_an_experiment_without_programs_says_which_have_them(self):
        with pytest.raises(InputError) as error:
            code_text("depth", find("depth").params(), "numpy")

        assert str(error.value) == f"experiment must be one of {', '.join(CODED)} to be had as code; got depth."
