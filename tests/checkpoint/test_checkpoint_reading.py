"""What is read of a file, and how everything else is refused; nothing is read that is not needed."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import hostile
import numpy as np
import pytest

from bnsim.checkpoint import APP_LIMITS, LIMITS, Layer, Limits, answer, assumptions, inspect, open_source, source_of
from bnsim.checkpoint.reading import read_contents
from bnsim.checkpoint.source import Source
from bnsim.errors import CheckpointError, InputError

CORPUS = Path(__file__).parent / "corpus"
OTHER = "x.pt must be a file of PyTorch (.pt, .pth), Keras (.keras, .h5), safetensors or ONNX; "
NO_SENSE = "its header says nothing that makes sense of the tensor a"
DAMAGED = "x.pt must be a whole file of weights; {}. Save or download it again."
FOUR = {"dtype": "F32", "shape": [4]}


def source(raw: bytes, limits: Limits = APP_LIMITS) -> Source:
    return source_of(io.BytesIO(raw), "x.pt", limits)


def layers_of(name: str) -> tuple[Layer, ...]:
    with open_source(CORPUS / name) as opened:
        return inspect(opened).layers


def refusal(raw: bytes, limits: Limits = APP_LIMITS) -> str:
    with pytest.raises(CheckpointError) as error:
        inspect(source(raw, limits))
    return str(error.value)


def entries(**offsets: tuple[int, int]) -> dict[str, Any]:
    return {
        name: {"dtype": "U8", "shape": [end - begin], "data_offsets": [begin, end]}
        for name, (begin, end) in offsets.items()
    }


class Watched(io.BytesIO):
    """Bytes that count how many of them are read."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        raw = super().read(size)
        self.count += len(raw)
        return raw


class TestTheSameLayer:
    """However PyTorch saved it."""

    @pytest.mark.parametrize(
        ("name", "layer"),
        [
            ("clean.safetensors", "1"),
            ("protocol-4.pt", "1"),
            ("before-1.6.pt", "1"),
            ("in-a-dictionary.pt", "state_dict.module.1"),
        ],
    )
    def test_is_found_in_each_form(self, name, layer):
        (expected,), (found,) = layers_of("clean.pt"), layers_of(name)

        assert (found.name, found.batches) == (layer, 60)
        for part in ("mean", "var", "gamma", "beta"):
            np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))

    @pytest.mark.parametrize(("name", "step"), [("clean-half", 2.0**-11), ("clean-bfloat16", 2.0**-8)])
    @pytest.mark.parametrize("ending", [".pt", ".safetensors"])
    def test_is_read_in_half_precision(self, name, step, ending):
        """Rounding to 11 and to 8 significant bits."""
        (expected,), (found,) = layers_of("clean.pt"), layers_of(name + ending)

        np.testing.assert_allclose(found.var, expected.var, rtol=step)
        np.testing.assert_allclose(found.mean, expected.mean, rtol=step)

    def test_one_that_the_file_holds_alone_has_no_name(self):
        (layer,) = layers_of("alone.pt")

        assert (layer.name, layer.channels, layer.batches) == ("", 3, 0)

    def test_one_that_looks_at_columns_of_a_table_is_read_by_its_strides(self):
        """views.pt holds columns of arange(24).reshape(4, 6)."""
        (layer,) = layers_of("views.pt")

        assert (layer.mean.tolist(), layer.var.tolist()) == ([1, 7, 13, 19], [2, 8, 14, 20])
        assert (layer.gamma.tolist(), layer.beta.tolist()) == ([3, 9, 15, 21], [0, 6, 12, 18])

    def test_one_of_a_machine_that_puts_the_high_byte_first(self):
        members = hostile.members_of((CORPUS / "clean.pt").read_bytes())
        swapped = {
            name: np.frombuffer(raw, "<f4").astype(">f4").tobytes() if "/data/" in name and len(raw) != 8 else raw
            for name, raw in members.items()
        }
        inspection = inspect(source(hostile.zipped({**swapped, "clean/byteorder": b"big"})))

        np.testing.assert_array_equal(inspection.layers[0].var, layers_of("clean.pt")[0].var)


class TestNames:
    def test_those_of_keras_and_paddle_bring_their_conventions(self):
        header, at = {}, 0
        for name in ("a.moving_mean", "a.moving_variance", "b._mean", "b._variance"):
            header[name] = {**FOUR, "data_offsets": [at, at + 16]}
            at += 16
        found = inspect(source(hostile.safetensors(header, struct.pack("<4f", 1, 2, 3, 4) * 4)))

        assert [(layer.name, layer.convention.framework) for layer in found.layers] == [("a", "Keras"), ("b", "Paddle")]

    def test_two_that_cannot_be_shown_apart_are_numbered(self):
        header, at = {}, 0
        for name in ("a\n.running_mean", "a\n.running_var", "a\t.running_mean", "a\t.running_var"):
            header[name] = {**FOUR, "data_offsets": [at, at + 16]}
            at += 16
        found = inspect(source(hostile.safetensors(header, bytes(at))))

        assert [layer.name for layer in found.layers] == ["a?", "a? (2)"]

    def test_a_layer_with_too_few_numbers_is_said_and_left_out(self):
        header = {
            "a.running_mean": {**FOUR, "data_offsets": [0, 16]},
            "a.running_var": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]},
        }
        found = inspect(source(hostile.safetensors(header, bytes(24))))

        assert (found.layers, found.problems) == ((), ("a must have one number a channel in each tensor; it has not.",))

    def test_a_kind_of_number_that_is_not_known_is_said(self):
        header = {
            name: {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [at, at + 4]}
            for name, at in (("a.running_mean", 0), ("a.running_var", 4))
        }
        found = inspect(source(hostile.safetensors(header, bytes(8))))

        assert found.problems == (
            "a.running_mean must be of float16, bfloat16, float32, float64 or whole numbers; got F8_E4M3.",
        )


class TestOnnx:
    def test_a_layer_is_found_by_its_operator_whatever_its_tensors_are_called(self):
        """constant.onnx calls them t1 to t4; make_onnx.py has the numbers."""
        (layer,) = layers_of("constant.onnx")

        assert (layer.name, layer.batches, layer.convention.framework) == ("norm_1", None, "ONNX")
        assert (layer.mean.tolist(), layer.var.tolist()) == ([0.5, -1, 2], [0.25, 0, 4])
        assert (layer.gamma.tolist(), layer.beta.tolist()) == ([1, 1.5, -2], np.float32([0, 0.1, 0.2]).tolist())

    def test_eps_is_read_from_the_file_and_not_assumed(self):
        with open_source(CORPUS / "constant.onnx") as opened:
            inspection = inspect(opened)

        assert inspection.layers[0].eps == np.float32(1e-3)
        assert assumptions(inspection) == "ε stands in the file."
        assert [(each.key, each.channels) for each in inspection.findings] == [("constant", (1,))]

    def test_one_whose_batch_norm_was_folded_says_so(self):
        with open_source(CORPUS / "folded.onnx") as opened:
            assert inspect(opened).without == "folded"

    @pytest.mark.parametrize("name", ["constant.onnx", "folded.onnx"])
    def test_every_truncation_is_told(self, name):
        raw = (CORPUS / name).read_bytes()
        # The last six bytes say the version of the operators; without them the graph is whole.
        said = {refusal(raw[:length]) for length in range(1, len(raw) - 6)}

        assert all(each.startswith("x.pt must ") and each.endswith(".") for each in said)

    def test_numbers_in_another_file_are_said(self):
        raw = (CORPUS / "constant.onnx").read_bytes()
        at = raw.rindex(b"t4")
        # The kind of number, field 2 of the tensor, stands before its name: field 14 with 1 means elsewhere.
        changed = raw[: at - 4] + b"\x70\x01" + raw[at - 2 :]

        assert inspect(source(changed)).problems == (
            "norm_1.BatchNormalization_var must be of float16, bfloat16, float32, float64 or whole numbers; got "
            "'numbers in another file'.",
        )

    def test_statistics_that_are_no_tensor_of_the_file_are_said(self):
        raw = (CORPUS / "constant.onnx").read_bytes()
        at = raw.rindex(b"t4")

        inspection = inspect(source(raw[:at] + b"t9" + raw[at + 2 :]))

        assert answer(inspection) == "The file has batch norm layers, and none of them can be read."
        assert inspection.problems == (
            "norm_1.BatchNormalization_var must be of float16, bfloat16, float32, float64 or whole numbers; got "
            "'numbers that the graph makes'.",
        )


class TestWhatIsRead:
    def test_of_safetensors_the_header_and_the_layers(self):
        """A tensor of 20 MB stands between; of it no byte is read."""
        big = 20_000_000
        header = {
            "bn.running_mean": {**FOUR, "data_offsets": [0, 16]},
            "conv.weight": {"dtype": "U8", "shape": [big], "data_offsets": [16, 16 + big]},
            "bn.running_var": {**FOUR, "data_offsets": [16 + big, 32 + big]},
        }
        file = Watched(hostile.safetensors(header, bytes(32 + big)))
        found = inspect(source_of(file, "x.safetensors"))

        assert len(found.layers) == 1
        assert file.count < 1_000

    def test_of_a_zip_the_directory_the_pickle_and_the_layers(self):
        members = hostile.members_of((CORPUS / "clean.pt").read_bytes())
        file = Watched(hostile.zipped({"clean/data/99": bytes(20_000_000), **members}))
        found = inspect(source_of(file, "x.pt"))

        assert len(found.layers) == 1
        # zipfile looks for the end of the directory in the last 64 kB.
        assert file.count < 100_000

    def test_a_file_of_five_gigabytes_is_read_where_its_layers_are(self, tmp_path):
        big = 5 * 10**9
        header = {
            "conv.weight": {"dtype": "U8", "shape": [big], "data_offsets": [0, big]},
            "bn.running_mean": {**FOUR, "data_offsets": [big, big + 16]},
            "bn.running_var": {**FOUR, "data_offsets": [big + 16, big + 32]},
        }
        path = tmp_path / "big.safetensors"
        with path.open("wb") as file:
            file.write(hostile.safetensors(header))
            file.seek(big, 1)
            file.write(struct.pack("<8f", 1, 2, 3, 4, 5, 6, 7, 8))

        with open_source(path) as opened:
            (layer,) = inspect(opened).layers

        assert (layer.mean.tolist(), layer.var.tolist()) == ([1, 2, 3, 4], [5, 6, 7, 8])

    def test_a_packed_zip_is_unpacked(self):
        members = hostile.members_of((CORPUS / "clean.pt").read_bytes())
        found = inspect(source(hostile.zipped(members, zipfile.ZIP_DEFLATED)))

        np.testing.assert_array_equal(found.layers[0].var, layers_of("clean.pt")[0].var)


class TestBounds:
    def test_a_file_for_the_app_is_not_too_large(self):
        with pytest.raises(CheckpointError) as error:
            source_of(io.BytesIO(bytes(25_100_000)), "x.pt")

        assert str(error.value) == (
            "x.pt must have at most 25 MB here; it has 25.1 MB. The command bnsim inspect reads files of any size."
        )

    def test_an_empty_file_holds_nothing(self):
        with pytest.raises(CheckpointError) as error:
            source(b"")

        assert str(error.value) == "x.pt must hold trained weights; it is empty."

    def test_the_app_and_the_command_differ_in_size_alone(self):
        assert (APP_LIMITS.file_bytes, LIMITS.file_bytes) == (25_000_000, None)
        same = ("members", "pickle_bytes", "opcodes", "header_bytes")
        assert [getattr(APP_LIMITS, name) for name in same] == [getattr(LIMITS, name) for name in same]
        assert (LIMITS.members, LIMITS.pickle_bytes, LIMITS.opcodes) == (10_000, 8_000_000, 1_000_000)

    def test_layers_are_read_as_long_as_there_is_room(self):
        limits = Limits(values=12)
        found = inspect(source((CORPUS / "clean.pt").read_bytes(), limits))

        assert found.layers == ()
        assert found.problems == ("1.bias must hold at most 0 numbers to be read; it is larger.",)


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"\x93NUMPY\1\0", "it is one array of NumPy. Save the tensors by name."),
            (b"version https://git-lfs.github.com", "it only says where Git LFS keeps the file. Run: git lfs pull."),
            (
                b"\x80\x04N.",
                "it is a pickle of something else, which bnsim never runs. Save the state dict with torch.save.",
            ),
            (b"<!DOCTYPE html>", "it is a page of the web. Download the file itself."),
            (b'{"weight_map": 1}', "it is JSON. Of a model in several files name one that ends in .safetensors."),
            (b"hello", "it begins as none of these."),
        ],
    )
    def test_another_format_is_named(self, raw, said):
        assert refusal(raw) == OTHER + said

    @pytest.mark.parametrize("name", ["saved_model.pb", "model.weights.npz"])
    def test_another_format_of_keras_is_named(self, name):
        assert refusal(hostile.zipped({"config.json": b"{}", name: b""})) == (
            f"{OTHER}it is another one of Keras. Save its weights as safetensors: "
            'safetensors.numpy.save_file({w.path.replace("/", "."): w.numpy() for w in model.weights}, FILE).'
        )

    def test_a_zip_of_arrays_is_none_of_torch(self):
        said = refusal(hostile.zipped({"a.npy": b""}))

        assert said == "x.pt must be a file of torch.save; it is a zip of other files."

    def test_a_whole_model_is_refused_with_the_names_in_it(self):
        assert refusal((CORPUS / "whole-model.pt").read_bytes()) == (
            "x.pt must hold only tensors, dictionaries, lists and numbers; it names "
            '"torch.nn.modules.container.Sequential", "__builtin__.set", "torch.nn.modules.conv.Conv2d", '
            '"torch.nn.modules.batchnorm.BatchNorm2d", "torch.nn.modules.activation.ReLU" and 2 more, which bnsim '
            "never runs. Save the state dict alone: torch.save(model.state_dict(), FILE)."
        )

    def test_a_program_of_torchscript_is_refused(self):
        assert refusal((CORPUS / "torchscript.pt").read_bytes()) == (
            "x.pt must be a state dict; it is a program made by TorchScript, which bnsim never runs. Save "
            "torch.jit.load(FILE).state_dict() with torch.save."
        )

    @pytest.mark.parametrize(
        ("header", "data", "said"),
        [
            (b"{", b"", "its header is no JSON"),
            (b"{]", b"", "its header is no JSON"),
            (b'{"a":1,"a":1}', b"", "a name comes twice in its header"),
            ({"a": 1}, b"", NO_SENSE),
            ({"a": {**FOUR, "data_offsets": [0, 15]}}, bytes(15), NO_SENSE),
            ({"a": {**FOUR, "data_offsets": [16, 0]}}, bytes(16), NO_SENSE),
            (entries(a=(0, 4), b=(3, 8)), bytes(8), "its tensors overlap or leave holes"),
            (entries(a=(0, 4), b=(5, 8)), bytes(8), "its tensors overlap or leave holes"),
            (entries(a=(0, 4)), bytes(3), "it is cut short"),
            (entries(a=(0, 4)), bytes(5), "more follows its last tensor"),
        ],
    )  # fmt: skip
    def test_a_damaged_header_is_told(self, header, data, said):
        assert refusal(hostile.safetensors(header, data)) == DAMAGED.format(said)

    @pytest.mark.parametrize("name", ["clean.pt", "before-1.6.pt", "clean.safetensors"])
    def test_every_truncation_is_told(self, name):
        raw = (CORPUS / name).read_bytes()
        said = {refusal(raw[:length]) for length in range(1, len(raw), 7)}

        assert all(each.startswith("x.pt must ") and each.endswith(".") for each in said)

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError) as error, open_source(tmp_path / "no.pt"):
            pass

        assert str(error.value) == (
            "no.pt does not exist; name a file of trained weights that ends in .safetensors, .pt, .pth, .onnx, .keras "
            "or .h5."
        )

    def test_a_link_to_itself(self, tmp_path):
        (tmp_path / "a.pt").symlink_to(tmp_path / "a.pt")

        with pytest.raises(InputError) as error, open_source(tmp_path / "a.pt"):
            pass

        assert str(error.value) == ("a.pt cannot be opened: it is a link that leads in a circle; name the file itself.")


class TestAgainstTorch:
    """Where PyTorch is installed."""

    def test_every_tensor_of_the_corpus_is_what_torch_loads(self):
        torch = pytest.importorskip("torch")
        # Two hold more than tensors, and torch itself does not read protocol 4 without running it.
        others = {"whole-model.pt", "torchscript.pt", "protocol-4.pt"}
        for path in sorted(CORPUS.glob("*.pt")):
            if path.name in others:
                continue
            loaded = torch.load(path, weights_only=True)
            if path.name == "in-a-dictionary.pt":
                loaded = {f"state_dict.{name}": value for name, value in loaded["state_dict"].items()}
            with open_source(path) as opened:
                tensors = read_contents(opened).tensors
                assert set(tensors) >= set(loaded)
                for name, value in loaded.items():
                    np.testing.assert_array_equal(tensors[name].values(name, 10**6), value.double().numpy())
