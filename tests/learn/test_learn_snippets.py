"""The code in the texts: it can be read, and where its framework is installed it answers as the text around it says."""

import ast
import re
from collections.abc import Iterator

import numpy as np
import pytest
from cases import together

from bnsim.learn import all_pages

FRAMEWORKS = ("PyTorch", "Keras")
SHARE = re.compile(r"^# (\w+).*\n", re.MULTILINE)


def snippets() -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the code for each framework, by the heading that it stands under."""
    for page in all_pages().values():
        heading = page.title
        for block in page.text:
            if block.kind == "h2":
                heading = block.lines[0][0][0].words
            if block.kind == "code":
                _, *shares = SHARE.split(block.words)
                yield from (((heading, name), code) for name, code in zip(shares[::2], shares[1::2], strict=True))


SNIPPETS = dict(snippets())


def answer(heading: str, framework: str, **names: object) -> object:
    """Run what a text says, with what it takes for granted, and return what its last line says."""
    *before, last = ast.parse(SNIPPETS[heading, framework]).body
    exec(compile(ast.Module(before, []), heading, "exec"), names)
    return eval(compile(ast.Expression(last.value), heading, "eval"), names)


class TestEverySnippet:
    def test_is_for_one_framework_or_the_other(self):
        assert {name for _, name in SNIPPETS} == set(FRAMEWORKS)
        assert len(SNIPPETS) == 12

    @together("where", SNIPPETS)
    def test_is_python_and_ends_in_what_is_to_be_looked_at(self, where):
        *before, last = ast.parse(SNIPPETS[where]).body

        assert isinstance(last, ast.Expr)
        assert all(isinstance(line, ast.Assign) for line in before)


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


class TestPyTorch:
    @pytest.fixture
    def model(self, torch):
        model = torch.nn.Sequential()
        model.add_module("conv1", torch.nn.Conv2d(3, 4, 1))
        model.bn1 = torch.nn.BatchNorm2d(4)
        return model

    def test_tells_training_mode_from_eval_mode(self, torch, model):
        asked = ("Inference in training mode", "PyTorch")

        assert answer(*asked, torch=torch, model=model.train()) == [True]
        assert answer(*asked, torch=torch, model=model.eval()) == [False]

    def test_counts_batches_in_training_mode_only(self, torch, model):
        def counted() -> int:
            model(torch.ones(2, 3, 5, 5))
            return int(answer("Training in eval mode", "PyTorch", model=model))

        assert [counted(), counted()] == [1, 2]
        model.eval()
        assert [counted(), counted()] == [2, 2]

    def test_counts_the_values_that_share_a_mean(self, torch):
        assert answer("Small batches", "PyTorch", x=torch.ones(4, 3, 5, 5)) == 4 * 5 * 5

    def test_refuses_one_value_as_the_text_quotes_it(self, torch):
        with pytest.raises(ValueError, match=r"^Expected more than 1 value per channel when training"):
            torch.nn.BatchNorm1d(3)(torch.ones(1, 3))

    def test_leaves_the_incomplete_batch_out(self, torch):
        loader = answer("A batch of one", "PyTorch", DataLoader=torch.utils.data.DataLoader, data=range(33))

        assert [len(batch) for batch in loader] == [32]

    def test_has_no_bias_before_batch_norm(self, torch):
        conv, norm = answer("A bias before it", "PyTorch", nn=torch.nn)

        assert conv.bias is None
        assert norm(conv(torch.ones(2, 64, 5, 5))).shape == (2, 128, 3, 3)

    def test_has_a_scale_for_each_channel(self, model):
        assert tuple(answer("The wrong place, the wrong axis", "PyTorch", model=model)) == (4,)

    def test_freezing_gamma_and_beta_freezes_no_statistics(self, torch):
        norm = torch.nn.BatchNorm1d(2).requires_grad_(False)
        norm(torch.tensor([[1.0, 2.0], [3.0, 6.0]]))

        np.testing.assert_allclose(norm.running_mean, [0.2, 0.4], rtol=1e-6)  # a tenth of the means 2 and 4

    def test_keeps_running_statistics_in_buffers_and_no_eps_in_a_checkpoint(self, torch):
        norm = torch.nn.BatchNorm1d(2)

        assert [name for name, _ in norm.named_parameters()] == ["weight", "bias"]
        assert list(norm.state_dict()) == ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]

    def test_keeps_statistics_in_single_precision_when_inputs_are_half(self, torch):
        norm = torch.nn.BatchNorm1d(2)

        assert norm(torch.ones(3, 2, dtype=torch.float16)).dtype == torch.float16
        assert norm.running_var.dtype == torch.float32


@pytest.fixture
def keras():
    return pytest.importorskip("keras")


class TestKeras:
    @pytest.fixture
    def images(self):
        return np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)

    @pytest.fixture
    def model(self, keras):
        norm = keras.layers.BatchNormalization(name="bn1")
        return keras.Sequential([keras.layers.Input((5,)), keras.layers.Dense(4), norm])

    def test_gives_an_image_the_same_alone_unless_it_is_told_to_train(self, model, images):
        def gap(called: object) -> float:
            among, alone = answer("Inference in training mode", "Keras", model=called, images=images)
            return float(np.max(np.abs(np.asarray(among) - np.asarray(alone))))

        assert gap(model) < 1e-5  # float32 sums of five products near 1
        assert gap(lambda batch: model(batch, training=True)) > 0.1

    def test_moves_the_mean_in_training_mode_unless_it_is_frozen(self, model, images):
        def moved() -> np.ndarray:
            model(images + 9, training=True)
            return np.asarray(answer("Training in eval mode", "Keras", model=model)).copy()

        assert np.all(moved() != moved())
        model.get_layer("bn1").trainable = False
        np.testing.assert_array_equal(moved(), moved())

    def test_counts_the_values_that_share_a_mean(self, keras):
        assert answer("Small batches", "Keras", keras=keras, x=np.ones((4, 5, 5, 3))) == 4 * 5 * 5

    def test_says_nothing_of_one_value_and_gives_every_image_the_same(self, model, images):
        each = [np.asarray(model(images[at : at + 1], training=True)) for at in range(3)]

        np.testing.assert_array_equal(each, np.zeros((3, 1, 4)))

    def test_has_no_bias_before_batch_norm(self, keras):
        conv, norm = answer("A bias before it", "Keras", layers=keras.layers)

        assert norm(conv(np.ones((2, 5, 5, 64), np.float32))).shape == (2, 3, 3, 128)
        assert conv.bias is None

    def test_has_a_scale_for_each_channel(self, model):
        assert tuple(answer("The wrong place, the wrong axis", "Keras", model=model)) == (4,)

    def test_leaves_the_incomplete_batch_out(self):
        data = pytest.importorskip("tensorflow").data.Dataset.range(33)

        assert [len(batch) for batch in answer("A batch of one", "Keras", dataset=data)] == [32]
