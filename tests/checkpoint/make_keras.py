"""Writes the files of Keras 3: keras.safetensors of the corpus, saved as `bnsim inspect` recommends, and keras_corpus/.

Run with Keras, one of its backends and safetensors installed: KERAS_BACKEND=torch python tests/checkpoint/make_keras.py
keras.safetensors is of Keras 3.16 and safetensors 0.8; keras_corpus/ is of Keras 3.15 and h5py 3.16. What Keras itself
says of the tensors stands in keras_corpus/keras.json. The files whose names begin with tf are of make_tf_keras.py.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import keras
import numpy as np
from keras import layers

HERE = Path(__file__).parent
CORPUS = HERE / "keras_corpus"
CHANNELS = 4


def trained() -> keras.Model:
    """Return a model of two batch norm layers, of which the second was never called in training mode."""
    keras.utils.set_random_seed(0)
    first = keras.layers.BatchNormalization(name="first")
    model = keras.Sequential([keras.Input((3,)), first, keras.layers.BatchNormalization(name="second")])
    for seed in range(600):
        first(np.random.default_rng(seed).normal(2.0, 3.0, (16, 3)), training=True)
    return model


def network(**settings: float) -> keras.Model:
    """Return a model of one layer: files of Keras take some kilobytes for each."""
    return keras.Sequential([keras.Input((CHANNELS,)), layers.BatchNormalization(name="norm", **settings)])


def seen(model: keras.Model) -> keras.Model:
    """Return the model after 30 batches in training mode with momentum 0.8: the start weighs 0.0012 in the end."""
    for seed in range(30):
        model(np.random.default_rng(seed).normal(0.5, 1.0, (16, CHANNELS)).astype("float32"), training=True)
    return model


def clean() -> keras.Model:
    return seen(network(momentum=0.8, epsilon=1e-4))


def planted(**changed: tuple[int | slice, float]) -> keras.Model:
    """Return a clean model in whose batch norm channels were set, of each variable that is named."""
    model = clean()
    for name, (channel, value) in changed.items():
        variable = getattr(model.get_layer("norm"), name)
        values = np.array(numbers(variable))
        values[channel] = value
        variable.assign(values)
    return model


def nested() -> keras.Model:
    """Return a functional model, in it a Sequential with a layer of the same name, and layers without γ, β or both."""
    keras.utils.set_random_seed(0)
    inner = keras.Sequential(
        [keras.Input((CHANNELS,)), layers.BatchNormalization(name="norm", epsilon=1e-2, momentum=0.5)], name="inner"
    )
    x = keras.Input((CHANNELS,))
    y = layers.BatchNormalization(name="norm", momentum=0.8)(x)
    y = layers.BatchNormalization(name="no-beta", center=False, momentum=0.8)(inner(y))
    y = layers.BatchNormalization(name="no-gamma", scale=False, momentum=0.8)(y)
    y = layers.BatchNormalization(name="neither", center=False, scale=False, momentum=0.8)(y)
    model = keras.Model(x, y)
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    model.fit(rng.normal(size=(64, CHANNELS)), rng.normal(size=(64, CHANNELS)), batch_size=16, epochs=3, verbose=0)
    return model


def deeper() -> keras.Model:
    """Return a Sequential that holds a functional model, and that a Sequential of two layers without names."""
    keras.utils.set_random_seed(0)
    inmost = keras.Sequential(
        [keras.Input((CHANNELS,)), *(layers.BatchNormalization(momentum=0.5, epsilon=eps) for eps in (1e-2, 1e-4))]
    )
    x = keras.Input((CHANNELS,))
    return seen(keras.Sequential([keras.Input((CHANNELS,)), keras.Model(x, inmost(x), name="middle")]))


@keras.saving.register_keras_serializable("bnsim")
class Own(keras.Model):
    """A model of somebody's own, whose description does not say what is in it."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.bn1 = layers.BatchNormalization(momentum=0.5)
        self.last = layers.Dense(2)

    def call(self, x: object, training: bool = False) -> object:
        return self.last(self.bn1(x, training=training))


def bfloat16() -> keras.Model:
    keras.config.set_dtype_policy("bfloat16")
    model = clean()
    keras.config.set_dtype_policy("float32")
    return model


def other_norm() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((CHANNELS,)), layers.LayerNormalization()])


def without_norm() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
    return model


def folded() -> keras.Model:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2)])


def constant() -> keras.Model:
    return planted(moving_variance=(2, 0.0))


PLANTED: Mapping[str, Callable[[], keras.Model]] = {
    "clean": clean,
    "untouched": network,
    "nan": lambda: planted(moving_mean=(1, float("nan"))),
    "negative": lambda: planted(moving_variance=(3, -0.5)),
    "constant": constant,
    "large-gain": lambda: planted(gamma=(0, 200.0)),
    "tiny-variance": lambda: planted(moving_variance=(slice(None), 5e-6)),
    "gamma-zero": lambda: planted(gamma=(2, 1e-6)),
    "nested": nested,
    "deeper": deeper,
    "own": lambda: seen(Own()),
    "bfloat16": bfloat16,
    "other-norm": other_norm,
    "without-norm": without_norm,
    "folded": folded,
}
ALSO_LEGACY = ("clean", "nested", "deeper")


def said_by_keras(model: keras.Model) -> list[dict[str, object]]:
    """Return of every batch norm layer its settings and its variables."""
    said = []
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            variables = {
                part: getattr(layer, part, None) for part in ("gamma", "beta", "moving_mean", "moving_variance")
            }
            values = {part: None if each is None else numbers(each) for part, each in variables.items()}
            said.append({"name": layer.name, "epsilon": layer.epsilon, "momentum": layer.momentum, **values})
    return said


def numbers(variable: keras.Variable) -> list[float]:
    return keras.ops.convert_to_numpy(variable).astype("float64").tolist()


def write_corpus() -> None:
    CORPUS.mkdir(exist_ok=True)
    said = {}
    for name, make in PLANTED.items():
        model = make()
        model.save(CORPUS / f"{name}.keras")
        if name in ALSO_LEGACY:
            model.save(CORPUS / f"{name}.h5")
            model.save_weights(CORPUS / f"{name}.weights.h5")
        said[name] = said_by_keras(model)
    (CORPUS / "keras.json").write_text(
        "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(each)}" for name, each in said.items()) + "\n}\n"
    )


def write_safetensors() -> None:
    from safetensors.numpy import save_file

    tensors = {w.path.replace("/", "."): w.numpy() for w in trained().weights}
    save_file(tensors, HERE / "corpus" / "keras.safetensors")


if __name__ == "__main__":
    write_corpus()
    write_safetensors()
