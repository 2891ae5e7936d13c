"""Writes files into keras_corpus/ as the Keras 2 of TensorFlow wrote them, with h5py alone.

Run with h5py installed: python tests/checkpoint/make_tf_keras.py. The committed files are of h5py 3.16. The layouts are
those of keras/saving/legacy/hdf5_format.py of Keras 2.15: groups by layer, an attribute `layer_names` on the outside,
`weight_names` on each, and tensors under those names, such as batch_normalization/gamma:0.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

CORPUS = Path(__file__).parent / "keras_corpus"
Values = Mapping[str, Sequence[float]]

CLEAN: Values = {
    "gamma": [1.0, 1.5, -2.0, 0.5],
    "beta": [0.0, 0.25, 0.5, -1.0],
    "moving_mean": [0.5, -0.25, 2.0, 0.125],
    "moving_variance": [1.25, 0.75, 0.5, 2.0],
}
START: Values = {"gamma": [1.0] * 4, "beta": [0.0] * 4, "moving_mean": [0.0] * 4, "moving_variance": [1.0] * 4}


def changed(**values: Sequence[float]) -> Values:
    return {**CLEAN, **values}


PLANTED: Mapping[str, Values] = {
    "clean": CLEAN,
    "untouched": START,
    "nan": changed(moving_mean=[0.5, float("nan"), 2.0, 0.125]),
    "negative": changed(moving_variance=[1.25, 0.75, 0.5, -0.5]),
    "constant": changed(moving_variance=[1.25, 0.75, 0.0, 2.0]),
    "large-gain": changed(gamma=[200.0, 1.5, -2.0, 0.5]),
    "tiny-variance": changed(moving_variance=[5e-6] * 4),
    "gamma-zero": changed(gamma=[1.0, 1.5, 1e-6, 0.5]),
    "moved": changed(moving_mean=[1.5, -0.25, 2.0, 0.125]),
    "no-affine": {name: CLEAN[name] for name in ("moving_mean", "moving_variance")},
}


def layer(kind: str, name: str, **settings: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **settings}}


def norm(name: str, eps: float = 1e-4, momentum: float = 0.8) -> dict[str, Any]:
    return layer("BatchNormalization", name, epsilon=eps, momentum=momentum, axis=[1], scale=True, center=True)


def put_layer(group: h5py.Group, name: str, weights: Mapping[str, Sequence[float]], **how: Any) -> None:
    """Write the group of a layer; `weights` are by their names, without the count that TensorFlow puts behind."""
    inside = group.create_group(name)
    inside.attrs["weight_names"] = [f"{weight}:0".encode() for weight in weights]
    for weight, values in weights.items():
        inside.create_dataset(f"{weight}:0", data=np.array(values, "float32"), **how)


def put_model(group: h5py.Group, layers: Mapping[str, Mapping[str, Sequence[float]]], **how: Any) -> None:
    group.attrs["layer_names"] = [name.encode() for name in layers]
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.15.0"
    for name, weights in layers.items():
        put_layer(group, name, weights, **how)


def of(name: str, values: Values) -> dict[str, Sequence[float]]:
    return {f"{name}/{part}": numbers for part, numbers in values.items()}


DENSE = {"dense/kernel": [[0.5, 0.25, -1.0, 2.0]] * 3, "dense/bias": [0.0, 0.0, 1.0, 0.0]}


def write_whole(path: Path, values: Values, dense: Values = DENSE, **how: Any) -> None:
    """Write a model saved whole: its description as an attribute, and its weights in a group."""
    with h5py.File(path, "w") as file:
        described = layer("Sequential", "sequential", layers=[layer("Dense", "dense"), norm("batch_normalization")])
        file.attrs["model_config"] = json.dumps(described)
        put_model(
            file.create_group("model_weights"),
            {"dense": dense, "batch_normalization": of("batch_normalization", values)}, **how,
        )  # fmt: skip
        file.create_group("optimizer_weights/Adam")["iter:0"] = 600


def write_weights(path: Path) -> None:
    with h5py.File(path, "w") as file:
        put_model(file, {"dense": DENSE, "batch_normalization": of("batch_normalization", CLEAN)})


def write_nested(path: Path) -> None:
    """Write a model within a model, each with a layer of the same name: there only the inner group tells them apart."""
    with h5py.File(path, "w") as file:
        inner = layer("Functional", "backbone", layers=[norm("bn", eps=1e-2, momentum=0.5)])
        outer = layer("Functional", "model", layers=[inner, norm("bn", eps=1e-5, momentum=0.9)])
        file.attrs["model_config"] = json.dumps(outer).encode()
        put_model(
            file.create_group("model_weights"),
            {"backbone": of("bn", CLEAN), "bn": of("bn", changed(moving_mean=[1.0, 2.0, 3.0, 4.0]))},
        )


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    for name, values in PLANTED.items():
        write_whole(CORPUS / f"tf-{name}.h5", values)
    write_whole(CORPUS / "tf-packed.h5", CLEAN, chunks=True, compression="gzip", shuffle=True)
    averaged = {**DENSE, "dense/bias": [0.0, 0.5, 1.0, 0.0]}
    write_whole(CORPUS / "tf-averaged.h5", changed(beta=[0.5, 0.25, 0.5, -1.0]), averaged)
    write_weights(CORPUS / "tf-weights.h5")
    write_nested(CORPUS / "tf-nested.h5")
