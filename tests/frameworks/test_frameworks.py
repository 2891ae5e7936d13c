"""Conventions: the table of the frameworks, numbers read as they quote them, settings turned from one to another."""

import inspect
from itertools import product

import numpy as np
import pytest

import bnsim
from bnsim.engine import Convention, RunningStats, batch_stats
from bnsim.errors import InputError
from bnsim.frameworks.quoting import read_quoted, rejoined, why_not
from bnsim.frameworks.table import Framework, framework_of, new_weight, quoted
from bnsim.frameworks.translation import WORDS, translate

PAIRS = list(product(Framework, Framework))


class TestTable:
    @pytest.mark.parametrize(
        ("framework", "momentum", "eps", "weight", "unbiased", "channels_last"),
        [
            ("PyTorch", 0.1, 1e-5, 0.1, True, False),
            ("Keras", 0.99, 1e-3, 0.01, False, True),
            ("TensorFlow", 0.99, 1e-3, 0.01, True, True),
            ("Flax", 0.99, 1e-5, 0.01, False, True),
            ("ONNX", 0.9, 1e-5, 0.1, False, False),
            ("Paddle", 0.9, 1e-5, 0.1, False, False),
        ],
    )
    def test_holds_what_was_measured(self, framework, momentum, eps, weight, unbiased, channels_last):
        found = framework_of(framework)

        assert (found.value.momentum, found.eps, found.new_weight) == (momentum, eps, weight)
        assert (found.value.unbiased, found.value.channels_last) == (unbiased, channels_last)

    def test_the_engine_averages_by_it(self):
        for framework in set(Framework) - {Framework.TENSORFLOW}:
            rule = Convention[framework.name]
            assert (rule.framework, rule.momentum, rule.eps) == (framework.title, framework.new_weight, framework.eps)
            assert (rule.unbiased, rule.quotes_old) == (framework.value.unbiased, framework.value.quotes_old)

    @pytest.mark.parametrize(
        ("name", "title"),
        [("torch", "PyTorch"), (" KERAS ", "Keras"), ("tf", "TensorFlow"), ("keras  2", "TensorFlow"), ("nnx", "Flax")],
    )
    def test_other_words_for_a_framework(self, name, title):
        assert framework_of(name).title == title

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("kears", "kears is not a framework. Did you mean Keras?"),
            ("mxnet", "mxnet is not a framework. Known are PyTorch, Keras, TensorFlow, Flax, ONNX, Paddle."),
            ("<b>", "'<b>' is not a framework. Known are PyTorch, Keras, TensorFlow, Flax, ONNX, Paddle."),
            (
                "q" * 10**6,
                f"'{'q' * 40}' is not a framework. Known are PyTorch, Keras, TensorFlow, Flax, ONNX, Paddle.",
            ),
        ],
    )
    def test_an_unknown_one_is_refused(self, name, message):
        with pytest.raises(InputError) as error:
            framework_of(name)

        assert str(error.value) == message

    @pytest.mark.parametrize("framework", Framework)
    def test_the_momentum_goes_there_and_back_to_the_last_digit(self, framework):
        for momentum in (0.0, 0.001, 0.1, 0.3, 0.7, 0.9, 0.99, 0.999, 0.9999, 1.0):
            assert quoted(new_weight(momentum, framework), framework) == momentum


class TestReading:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("0.99, Keras", 0.01),
            ("0.99,Keras", 0.01),
            ("0.99 keras", 0.01),
            ("Keras 0.99", 0.01),
            ("Keras: 0.99", 0.01),
            (" .9 ; ONNX ", 0.1),
            ("0.1, PyTorch", 0.1),
            ("torch 0.1", 0.1),
            ("0.999, keras 3", 0.001),
            ("9e-1, Paddle", 0.1),
            ("1, Flax", 0.0),
            ("Keras", 0.01),
            ("pytorch", 0.1),
        ],
    )
    def test_a_momentum_becomes_the_weight_of_the_new_batch(self, text, value):
        assert read_quoted(text, "momentum").value == value

    @pytest.mark.parametrize(
        ("text", "value"), [("0.001, Keras", 1e-3), ("1e-5 torch", 1e-5), ("tf", 1e-3), ("Flax", 1e-5)]
    )
    def test_an_eps_stays_the_same_number(self, text, value):
        assert read_quoted(text, "eps").value == value

    @pytest.mark.parametrize(
        "text",
        ["", "0.99", "own", "0.99, Kears", "1.5, Keras", "-0.1, Keras", "0.9, 0.99, Keras", "0.9 Keras 0.9", "Keras,",
         "0,99 Keras", "nan, Keras", "0.99, Keras" + " " * 60 + "x", "0.99, " + "k" * 10**5, "__import__('os')"],
    )  # fmt: skip
    def test_anything_else_is_not_read(self, text):
        assert read_quoted(text, "momentum") is None

    @pytest.mark.parametrize(
        ("text", "quantity", "sentence"),
        [
            (
                "0.99,  Keras",
                "momentum",
                "“0.99, Keras” is read as 0.01, the weight of the new batch: Keras gives the weight of the old value.",
            ),
            (
                "0.1 torch",
                "momentum",
                "“0.1 torch” is read as 0.1, the weight of the new batch, as PyTorch gives it.",
            ),
            ("onnx", "momentum", "“onnx” is read as 0.1, the weight of the new batch by default in ONNX."),
            ("0.001, Keras", "eps", "“0.001, Keras” is read as 0.001: ε means the same in Keras and here."),
            ("Keras", "eps", "“Keras” is read as 0.001, the default of Keras."),
        ],
    )
    def test_says_what_it_read(self, text, quantity, sentence):
        assert read_quoted(text, quantity).sentence == sentence

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("0.99, Kears", "Kears is not a framework. Did you mean Keras?"),
            ("1.5, Keras", "A momentum is from 0 to 1."),
            ("0.99, Keras", ""),
            ("own", ""),
            ("five", ""),
        ],
    )
    def test_says_why_not(self, text, sentence):
        assert why_not(text, "momentum") == sentence

    def test_in_a_list_a_framework_belongs_to_the_number_before_it(self):
        assert rejoined(["0.1", "0.99", "Keras", "tf", "own"]) == ["0.1", "0.99, Keras", "tf", "own"]


class TestTranslation:
    @pytest.mark.parametrize(("source", "target"), PAIRS)
    def test_both_average_a_batch_alike(self, source, target):
        found = translate(source, target, momentum=0.75, eps=0.002)

        assert found.new_weight == new_weight(found.momentum[1], target) == new_weight(0.75, source)
        assert found.eps == (0.002, 0.002)

    @pytest.mark.parametrize(("source", "target"), PAIRS)
    def test_there_and_back_is_where_it_began(self, source, target):
        there = translate(source, target, momentum=0.97, shape=(2, 3, 5, 7), var=1.25, count=9)
        back = translate(target, source, momentum=there.momentum[1], shape=there.shape[1], var=there.var[1], count=9)

        assert (back.momentum[1], back.shape[1]) == (0.97, (2, 3, 5, 7))
        assert back.var[1] == pytest.approx(1.25, rel=1e-15)

    @pytest.mark.parametrize("shape", [(4, 3), (4, 5, 3), (4, 5, 6, 3), (4, 5, 6, 7, 3)])
    def test_the_axes_turn_one_layout_into_the_other(self, shape):
        x = np.empty(shape)

        found = translate("Keras", "PyTorch", shape=shape)
        back = translate("PyTorch", "Keras", shape=found.shape[1])

        assert x.transpose(found.axes).shape == found.shape[1] == (4, 3, *shape[1:-1])
        assert x.transpose(found.axes).transpose(back.axes).shape == shape

    def test_what_a_batch_puts_into_the_running_variance(self):
        x = np.random.default_rng(0).standard_normal((6, 2))
        pytorch, keras = (
            RunningStats.start(2).update(batch_stats(x), convention=rule, momentum=1.0).var
            for rule in (Convention.PYTORCH, Convention.KERAS)
        )

        found = translate("PyTorch", "Keras", var=pytorch[0], count=6)

        assert found.var[1] == pytest.approx(keras[0], rel=1e-14)

    def test_without_numbers_it_takes_the_defaults_of_the_source(self):
        found = translate("keras", "pytorch")

        assert (found.momentum, found.eps) == ((0.99, 0.01), (0.001, 0.001))
        assert (found.shape, found.var) == (None, None)

    def test_what_to_know(self):
        assert translate("Keras", "PyTorch").notes == (
            "Keras gives the weight of the old value, PyTorch that of the new batch: each is 1 less the other.",
            "ε is the same number, but PyTorch takes 1e-05 unless told.",
            "PyTorch keeps the unbiased variance and Keras the biased one. In eval mode the stored numbers do the same "
            "in both; in training they part by the factor N / (N − 1), where N counts the values of a channel in a "
            "batch.",
            "A batch x goes from Keras to PyTorch by x.transpose(0, 3, 1, 2).",
        )
        assert translate("ONNX", "Paddle").notes == ("Both mean the weight of the old value.",)

    def test_every_text_is_said(self):
        said = set()
        for source, target in PAIRS:
            found = translate(source, target, shape=(2, 3), var=1.0, count=2)
            said.update(found.notes, *found.rows())

        assert {WORDS[f"label.what.{what}"] for what in WORDS.group("label.what")} <= said
        assert WORDS["note.tensorflow"] in said

    def test_it_is_on_the_face_of_the_package(self):
        assert bnsim.translate("tf", "torch").momentum == (0.99, 0.01)

    def test_every_problem_is_told_at_once(self):
        with pytest.raises(InputError) as error:
            translate("Keras", "PyTorch", momentum=1.5, eps=0.0, shape=(3,), var=-1.0)

        assert error.value.problems == (
            "momentum must be a number from 0 to 1; got 1.5.",
            "eps must be a number more than 0; got 0.",
            "shape must have from 2 to 5 axes; got 1.",
            "var must be a number of at least 0; got -1.",
            "var and count must be given together; got one of them. An unbiased variance depends on the count.",
        )

    def test_odd_sizes_are_refused(self):
        with pytest.raises(InputError) as error:
            translate("Keras", "PyTorch", shape=(0, 3), var=1.0, count=1)

        assert error.value.problems == (
            "shape must have whole numbers from 1 to 9007199254740992; got 0 to 3.",
            "count must be a whole number from 2 to 9007199254740992; got 1.",
        )


class TestAgainstTheFrameworks:
    """The table against the frameworks themselves, where they can be imported."""

    @pytest.mark.parametrize(
        ("framework", "module", "path", "names"),
        [
            (Framework.PYTORCH, "torch", "nn.BatchNorm2d", ("momentum", "eps")),
            (Framework.KERAS, "keras", "layers.BatchNormalization", ("momentum", "epsilon")),
            (Framework.FLAX, "flax", "linen.BatchNorm", ("momentum", "epsilon")),
            (Framework.PADDLE, "paddle", "nn.BatchNorm2D", ("momentum", "epsilon")),
        ],
    )
    def test_defaults(self, framework, module, path, names):
        found = pytest.importorskip(module)
        if module == "flax":
            pytest.importorskip("flax.linen")
        for part in path.split("."):
            found = getattr(found, part)
        parameters = inspect.signature(found).parameters

        assert [parameters[name].default for name in names] == [framework.value.momentum, framework.eps]

    def test_a_translated_layer_keeps_the_same_running_mean(self):
        torch, keras = pytest.importorskip("torch"), pytest.importorskip("keras")
        x = np.random.default_rng(1).normal(2, 3, (8, 5, 5, 4)).astype(np.float32)
        found = translate("Keras", "PyTorch", momentum=0.9, eps=1e-3, var=1.0, count=200)
        theirs = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-3)
        ours = torch.nn.BatchNorm2d(4, momentum=found.momentum[1], eps=found.eps[1])

        y = np.asarray(theirs(x, training=True))
        same = ours(torch.from_numpy(x.transpose(found.axes).copy())).detach().numpy()

        # Float32 on both sides.
        np.testing.assert_allclose(same, y.transpose(found.axes), atol=1e-5)
        np.testing.assert_allclose(np.asarray(theirs.moving_mean), ours.running_mean.numpy(), rtol=1e-5)
        biased = np.asarray(theirs.moving_variance) - 0.9
        np.testing.assert_allclose(biased * found.var[1], ours.running_var.numpy() - 0.9, rtol=1e-4)
