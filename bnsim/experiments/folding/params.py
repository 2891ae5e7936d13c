"""The parameters of the folding page: a layer, the batch norm after it, and a batch that may have drifted."""

import math
from collections.abc import Iterable, Iterator
from typing import Literal

from bnsim.scenario.declare import choice, eps, real, seed, whole
from bnsim.scenario.params import Params
from bnsim.text import words_of

MOST_MULTIPLY_ADDS = 5_000_000
MOST_VALUES = 100_000
IS_CONV = ("layer", ("conv",))

Refusal = tuple[tuple[str, ...], str]
"""Names of parameters, and what they must obey together."""


class FoldingParams(Params, words=words_of(__package__)):
    """A linear or convolutional layer, the batch norm after it, and a batch that may have drifted."""

    layer: Literal["conv", "linear"] = choice("conv")
    inputs: int = whole(8, ge=1, le=256, drag=(1, 64, 1), group="shape")
    outputs: int = whole(16, ge=1, le=256, drag=(1, 64, 1), group="shape")
    groups: int = whole(1, ge=1, le=256, drag=(1, 64, 1), when=IS_CONV, group="shape")
    kernel: int = whole(3, ge=1, le=7, drag=(1, 7, 1), when=IS_CONV, group="shape")
    size: int = whole(8, ge=1, le=32, drag=(1, 32, 1), when=IS_CONV, group="shape")
    batch_size: int = whole(8, ge=1, le=4096, drag=(1, 128, 1), group="shape")
    shift: float = real(0.5, ge=-1000, le=1000, drag=(-3, 3, 0.05))
    spread: float = real(1.5, ge=0.01, le=100, drag=(0.05, 3, 0.05))
    bias: float = real(1.0, ge=-1e6, le=1e6, drag=(-10, 10, 0.05))
    gamma: float = real(1.0, ge=-1000, le=1000, drag=(-3, 3, 0.05))
    beta: float = real(0.0, ge=-1000, le=1000, drag=(-5, 5, 0.05))
    eps: float = eps(group="other")
    seed: int = seed(group="other")
    timing: Literal["off", "on"] = choice("off", group="other")

    @property
    def side(self) -> int:
        """Height and width of the output; a linear layer has one position."""
        return self.size - self.kernel + 1 if self.layer == "conv" else 1

    @property
    def fan_in(self) -> int:
        """How many products each output is a sum of."""
        return self.inputs // self.groups * self.kernel**2 if self.layer == "conv" else self.inputs

    @property
    def x_shape(self) -> tuple[int, ...]:
        """Shape of the batch that arrives."""
        images = (self.size, self.size) if self.layer == "conv" else ()
        return (self.batch_size, self.inputs, *images)

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weight, in PyTorch's layout."""
        kernel = (self.inputs // self.groups, self.kernel, self.kernel) if self.layer == "conv" else (self.inputs,)
        return (self.outputs, *kernel)

    @property
    def count(self) -> int:
        """How many values each output channel has: those that share one mean and variance."""
        return self.batch_size * self.side**2

    @property
    def independent(self) -> int:
        """How many of them are independent for certain: windows that do not overlap."""
        return self.batch_size * (max(self.side // self.kernel, 1) ** 2 if self.layer == "conv" else 1)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of the layer alone."""
        return self.count * self.outputs * self.fan_in

    @property
    def sizes(self) -> tuple[str, ...]:
        """Names of the parameters that say how large everything is."""
        return ("inputs", "outputs", "batch_size", *(("kernel", "size") if self.layer == "conv" else ()))

    def rules(self) -> Iterable[Refusal]:
        """Yield what two parameters together must obey."""
        misfits = tuple(self.misfits()) if self.layer == "conv" else ()
        return misfits or self.limits()

    def misfits(self) -> Iterator[Refusal]:
        """Yield what is wrong about the shape of a convolution."""
        if self.kernel > self.size:
            yield ("kernel", "size"), f"kernel must be at most size, {self.size}; got {self.kernel}."
        elif self.inputs % self.groups or self.outputs % self.groups:
            common = math.gcd(self.inputs, self.outputs)
            divisors = ", ".join(str(number) for number in range(1, common + 1) if common % number == 0)
            yield (
                ("groups", "inputs", "outputs"),
                f"groups must divide the {self.inputs} inputs and the {self.outputs} outputs; got {self.groups}. "
                f"Take one of {divisors}.",
            )

    def limits(self) -> Iterator[Refusal]:
        """Yield what is too small or too large."""
        if self.count < 2:
            yield (
                ("batch_size", *self.sizes[3:]),
                "batch_size must be at least 2 when an example has one value per output; got 1, which has no spread.",
            )
        values = max(math.prod(self.x_shape), self.count * self.outputs)
        for amount, most, what in (
            (self.multiply_adds, MOST_MULTIPLY_ADDS, "multiply-adds"),
            (values, MOST_VALUES, "values in and out"),
        ):
            if amount > most:
                yield (
                    self.sizes,
                    f"{', '.join(self.sizes)} must ask for at most {most} {what}; got {amount}. "
                    "Take a smaller batch_size, or fewer inputs or outputs.",
                )
