"""Writes keras.safetensors of the corpus: a Keras model saved as `bnsim inspect` recommends for a .keras file.

Run with Keras, one of its backends and safetensors installed: KERAS_BACKEND=torch python tests/checkpoint/make_keras.py
The committed file is of Keras 3.16 and safetensors 0.8.
"""

from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import save_file

HERE = Path(__file__).parent / "corpus"


def trained() -> keras.Model:
    """Return a model of two batch norm layers, of which the second was never called in training mode."""
    keras.utils.set_random_seed(0)
    first = keras.layers.BatchNormalization(name="first")
    model = keras.Sequential([keras.Input((3,)), first, keras.layers.BatchNormalization(name="second")])
    for seed in range(600):
        first(np.random.default_rng(seed).normal(2.0, 3.0, (16, 3)), training=True)
    return model


if __name__ == "__main__":
    model = trained()
    save_file({w.path.replace("/", "."): w.numpy() for w in model.weights}, HERE / "keras.safetensors")
