"""Writes the ONNX files of the corpus: one whose batch norm has tensors of any names, and one without.

Run with the package onnx installed: python tests/checkpoint/make_onnx.py
The committed files are of onnx 1.23.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent / "corpus"
INPUT = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 4, 4])
OUTPUT = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3, 4, 4])


def stored(name: str, values: list[float]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.float32), name)


def model(nodes: list[onnx.NodeProto], tensors: list[onnx.TensorProto]) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "graph", [INPUT], [OUTPUT], tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], producer_name="bnsim")
    onnx.checker.check_model(made)
    return made


def with_batch_norm() -> onnx.ModelProto:
    """Return a model whose second channel never varied; ε is 0.001, and the mean is written number by number."""
    mean = helper.make_tensor("t3", TensorProto.FLOAT, [3], [0.5, -1.0, 2.0])
    tensors = [stored("t1", [1.0, 1.5, -2.0]), stored("t2", [0.0, 0.1, 0.2]), mean, stored("t4", [0.25, 0.0, 4.0])]
    node = helper.make_node(
        "BatchNormalization", ["x", "t1", "t2", "t3", "t4"], ["y"], name="norm_1", momentum=0.8, epsilon=1e-3
    )
    return model([node], tensors)


def folded() -> onnx.ModelProto:
    weight = numpy_helper.from_array(np.ones((3, 3, 1, 1), np.float32), "conv.weight")
    node = helper.make_node("Conv", ["x", "conv.weight", "conv.bias"], ["y"])
    return model([node], [weight, stored("conv.bias", [0.0, 0.1, 0.2])])


if __name__ == "__main__":
    onnx.save(with_batch_norm(), HERE / "constant.onnx")
    onnx.save(folded(), HERE / "folded.onnx")
