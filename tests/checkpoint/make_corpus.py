"""Writes the corpus of checkpoints in `corpus/`: each with one thing planted, and clean ones.

Run with PyTorch and safetensors installed: python tests/checkpoint/make_corpus.py
The committed files are of PyTorch 2.14 and safetensors 0.8.
"""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent / "corpus"
CHANNELS = 4


def network(momentum: float = 0.1) -> nn.Sequential:
    """Return a convolution, batch norm, and a linear layer, with its weights drawn from seed 0."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, CHANNELS, 3, bias=False), nn.BatchNorm2d(CHANNELS, momentum=momentum), nn.ReLU(),
        nn.Flatten(), nn.Linear(CHANNELS * 4, 2),
    )  # fmt: skip


def seen(model: nn.Module, batches: int, scale: float = 1.0, shift: float = 0.0) -> nn.Module:
    """Return the model after some batches of 8 images in training mode."""
    torch.manual_seed(1)
    model.train()
    with torch.no_grad():
        for _ in range(batches):
            model(torch.randn(8, 1, 4, 4) * scale + shift)
    return model


def clean() -> nn.Module:
    return seen(network(), 60)


def planted(change: Callable[[nn.BatchNorm2d], None]) -> nn.Module:
    """Return a clean model whose batch norm was changed."""
    model = clean()
    with torch.no_grad():
        change(model[1])
    return model


def averaged() -> nn.Module:
    """Return weights averaged over two moments, with the statistics of the first: what SWA gives before update_bn."""
    model = clean()
    later = copy.deepcopy(model)
    with torch.no_grad():
        for weight in later.parameters():
            weight += 0.1
    average = torch.optim.swa_utils.AveragedModel(model)
    average.update_parameters(model)
    average.update_parameters(later)
    return average


def folded() -> nn.Module:
    model = clean().eval()
    conv = torch.nn.utils.fusion.fuse_conv_bn_eval(model[0], model[1])
    return nn.Sequential(conv, *model[2:])


def constant_input() -> nn.Module:
    """Return a model of which two channels never varied: their weights are 0."""
    model = network()
    with torch.no_grad():
        model[0].weight[:2] = 0
    return seen(model, 60)


def without_counter() -> Mapping[str, torch.Tensor]:
    return {name: value for name, value in clean().state_dict().items() if "num_batches" not in name}


def loaded_without_counter() -> nn.Module:
    """Return a model whose statistics came from a file without a counter, as old ones of torchvision are."""
    model = network()
    state = {**model.state_dict(), **without_counter()}
    model.load_state_dict(state)
    return model


def fine_tuned_on() -> nn.Module:
    """Return the model above after 5 more batches, of which the counter knows only."""
    return seen(loaded_without_counter(), 5, scale=0.1)


def no_affine() -> nn.Module:
    torch.manual_seed(0)
    return seen(nn.Sequential(nn.Conv2d(1, CHANNELS, 3), nn.BatchNorm2d(CHANNELS, affine=False)), 60)


def half() -> nn.Module:
    return clean().half()


def other_norm() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, CHANNELS, 3), nn.GroupNorm(2, CHANNELS))


MODELS: Mapping[str, Callable[[], nn.Module | Mapping[str, torch.Tensor]]] = {
    "clean": clean,
    "clean-bfloat16": lambda: clean().to(torch.bfloat16),
    "clean-half": half,
    "clean-no-affine": no_affine,
    "clean-no-counter": without_counter,
    "untouched": network,
    "young": lambda: seen(network(), 10),
    "young-slow": lambda: seen(network(momentum=0.01), 60),
    "counter-zero": loaded_without_counter,
    "counter-restarted": fine_tuned_on,
    "constant": constant_input,
    "nan": lambda: planted(lambda norm: norm.running_mean[1:2].fill_(float("nan"))),
    "infinite": lambda: planted(lambda norm: norm.running_var[2:].fill_(float("inf"))),
    "negative": lambda: planted(lambda norm: norm.running_var[3:].fill_(-0.5)),
    "tiny-variance": lambda: seen(network(), 200, scale=1e-4),
    "gamma-zero": lambda: planted(lambda norm: norm.weight[1:3].fill_(1e-6)),
    "large-gain": lambda: planted(lambda norm: norm.weight[0:1].fill_(200.0)),
    "averaged": averaged,
    "moved": lambda: seen(clean(), 60, scale=2.0, shift=1.0),
    "folded": folded,
    "other-norm": other_norm,
    "linear": lambda: nn.Linear(2, 2, bias=False),
}


def state_of(model: nn.Module | Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return dict(model.state_dict() if isinstance(model, nn.Module) else model)


def write_all() -> None:
    HERE.mkdir(exist_ok=True)
    for name, make in MODELS.items():
        made = make()
        whole = made.state_dict() if isinstance(made, nn.Module) else made
        torch.save(whole, HERE / f"{name}.pt")
        save_file({key: value.contiguous() for key, value in state_of(made).items()}, HERE / f"{name}.safetensors")
    write_other_forms()


def write_other_forms() -> None:
    """Write what torch.save makes of other things than a bare state dict."""
    model = clean()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    whole = {"epoch": 3, "state_dict": nn.DataParallel(model).state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(whole, HERE / "in-a-dictionary.pt")
    torch.save(model.state_dict(), HERE / "protocol-4.pt", pickle_protocol=4)
    torch.save(model.state_dict(), HERE / "before-1.6.pt", _use_new_zipfile_serialization=False)
    torch.save(model, HERE / "whole-model.pt")
    torch.save(nn.BatchNorm1d(3).state_dict(), HERE / "alone.pt")
    flat = torch.arange(24.0).reshape(4, 6)
    views = {
        "bn.running_mean": flat[:, 1],
        "bn.running_var": flat[:, 2],
        "bn.weight": flat[:, 3],
        "bn.bias": flat[:, 0],
    }
    torch.save(views, HERE / "views.pt")
    torch.jit.save(torch.jit.script(model), HERE / "torchscript.pt")


if __name__ == "__main__":
    write_all()
