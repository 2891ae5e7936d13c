"""A convolution written out, for what is held against it."""

import numpy as np


def slid(x, weight, bias, groups, *, transposed):
    """A convolution of stride 1 with a kernel of any number of axes, or its transpose, written out."""
    sides, kernel = np.array(x.shape[2:]), np.array(weight.shape[2:])
    y = []
    for part, own in zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True):
        room = sides + kernel - 1 if transposed else sides - kernel + 1
        out = np.zeros((len(x), own.shape[1] if transposed else len(own), *room))
        for at in np.ndindex(*kernel):
            if transposed:
                window = tuple(slice(i, i + side) for i, side in zip(at, sides, strict=True))
                out[:, :, *window] += np.einsum("ni...,io->no...", part, own[:, :, *at])
            else:
                window = tuple(slice(i, i + side) for i, side in zip(at, room, strict=True))
                out += np.einsum("ni...,oi->no...", part[:, :, *window], own[:, :, *at])
        y.append(out)
    return np.concatenate(y, axis=1) + bias.reshape(-1, *[1] * len(kernel))
