"""The layers in a file of Keras: which tensors belong to each, what it is called, and what is known of its settings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bnsim.checkpoint.contents import Guess, Stated
from bnsim.checkpoint.hdf5 import Hdf5
from bnsim.checkpoint.keras_config import Described
from bnsim.checkpoint.tensors import Tensor
from bnsim.frameworks.table import Framework, new_weight
from bnsim.scenario.wording import shown_name

VARIABLES = "vars"
LISTED = "layers"
OLD_LISTED = "_layer_checkpoint_dependencies"
"""What the first files of this kind, of TensorFlow 2.13, call the layers of a model."""

OF_MODEL = "model_weights"
AFFINE, STATISTICS = ("gamma", "beta"), ("moving_mean", "moving_variance")
COUNTED = re.compile(r":\d+$")
"""What TensorFlow puts behind the name of a variable."""

LIKE_BATCH_NORM = re.compile(r"batch_?norm|(^|_)bn(\d|_|$)", re.IGNORECASE)
MOST_OF_A_NAME = 50
"""Layers of the same name; of more the name tells nothing."""


@dataclass
class Gathered:
    """What was made of the tensors so far.

    Attributes
    ----------
    described : sequence of Described
        The batch norm layers of the description.
    tensors : dict
        The tensors of each layer by what they are, by the name of the layer.
    stated : dict
        What is known of a layer beside its tensors.
    places : dict
        Which of the description a layer is.
    problems : list of str
        A sentence for each layer that cannot be read.
    """

    described: Sequence[Described]
    tensors: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    stated: dict[str, Stated] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._by_place: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        for at, each in enumerate(self.described):
            self._by_place.setdefault(each.place, at)
            if each.names:
                self._by_name.setdefault(each.names[-1], []).append(at)

    def described_at(self, place: str, names: Sequence[str]) -> int | None:
        """Return which layer of the description is meant by a place and the names on the way to it; None for none.

        The last name is "" where the file does not say it.
        """
        own = names[-1]
        there = self._by_place.get(place)
        if there is not None and (not own or self.described[there].names[-1:] == (own,)):
            return there
        same = self._by_name.get(own, [])
        if len(same) > MOST_OF_A_NAME:
            return None
        fitting = [at for at in same if _leads_through(self.described[at].names, names)]
        # Of norm and inner.norm both lead through inner.norm; the longer one is meant.
        longest = max((len(self.described[at].names) for at in fitting), default=0)
        fitting = [at for at in fitting if len(self.described[at].names) == longest] or same
        settings = {_settings(self.described[at]) for at in fitting}
        return fitting[0] if len(settings) == 1 else None

    def keep(self, name: str, place: str, parts: Mapping[str, Tensor], at: int | None) -> str:
        """Keep the tensors of a layer under its name, or under its place if that is taken; return what it was."""
        name = place.replace("/", ".") if name in self.tensors else name
        self.tensors[name] = dict(parts)
        if at is not None:
            self.places[name] = at
        return name


def named(gathered: Gathered, group: str, members: Mapping[str, Tensor]) -> None:
    """Keep the tensors of a group that have names of their own, as in the older files.

    Parameters
    ----------
    gathered : Gathered
        Where they are kept.
    group : str
        The path of the group.
    members : mapping
        Its tensors by their names.
    """
    parts = group.removeprefix(OF_MODEL).lstrip("/").split("/")
    # The group of a layer holds its tensors under their own paths, in which the layer mostly comes again.
    names = parts[parts.index(parts[0], 1) :] if parts[0] in parts[1:] else parts
    at = gathered.described_at("", names)
    tensors = {COUNTED.sub("", name): tensor for name, tensor in members.items()}
    name = gathered.keep(".".join(names), group, tensors, at)
    if at is not None:
        gathered.stated[name] = _stated(gathered.described[at])


def numbered(gathered: Gathered, found: Hdf5, group: str, members: Mapping[str, Tensor]) -> None:
    """Keep the tensors of a group that have numbers: as batch norm, if it is described so or looks so.

    Parameters
    ----------
    gathered : Gathered
        Where they are kept.
    found : Hdf5
        The file, which may say what the layers are called.
    group : str
        The path of the group.
    members : mapping
        Its tensors by their numbers.
    """
    place = group.removesuffix(VARIABLES).rstrip("/").replace(OLD_LISTED, LISTED)
    names = _names(found, place)
    tensors = [members[number] for number in sorted(members, key=int)]
    own = found.names.get(group, "")
    at = gathered.described_at(place, (*names[:-1], own))
    name = ".".join(names if own or at is None else gathered.described[at].names)
    if at is not None:
        _as_described(gathered, at, name, place, tensors)
    elif any(LIKE_BATCH_NORM.search(each) for each in (own, place.rpartition("/")[2])):
        _as_guessed(gathered, name, place, tensors)
    else:
        gathered.keep(name, place, dict(_usual(tensors)), None)


def _names(found: Hdf5, place: str) -> tuple[str, ...]:
    """Return how the layers on the way are called: in a list of layers by their names, else by the attribute."""
    names, so_far = list[str](), ""
    for step in place.split("/"):
        in_list = so_far.rpartition("/")[2] in (LISTED, OLD_LISTED)
        so_far = f"{so_far}/{step}".lstrip("/")
        if step not in (LISTED, OLD_LISTED):
            said = found.names.get(f"{so_far}/{VARIABLES}") if in_list else None
            names.append(said or step)
    return tuple(names) or ("",)


def _as_described(gathered: Gathered, at: int, name: str, place: str, tensors: Sequence[Tensor]) -> None:
    described = gathered.described[at]
    has = (described.scale, described.center)
    parts = (*(part for part, is_there in zip(AFFINE, has, strict=True) if is_there), *STATISTICS)
    if len(parts) != len(tensors):
        gathered.problems.append(
            f"{shown_name(name)} must have {len(parts)} tensors, as its description says; it has {len(tensors)}."
        )
        return
    name = gathered.keep(name, place, dict(zip(parts, tensors, strict=True)), at)
    gathered.stated[name] = _stated(described)


def _as_guessed(gathered: Gathered, name: str, place: str, tensors: Sequence[Tensor]) -> None:
    shapes = {tensor.shape for tensor in tensors}
    if not 2 <= len(tensors) <= 4 or len(shapes) > 1 or len(next(iter(shapes))) != 1:
        gathered.problems.append(
            f"{shown_name(name)} must have from two to four tensors of one number a channel, to be taken for batch "
            f"norm by its name; it has {len(tensors)} others. Save the whole model: model.save('model.keras')."
        )
        return
    # The statistics come last in any case; of three tensors the first is γ or β.
    known = {4: (*AFFINE, *STATISTICS), 3: ("", *STATISTICS), 2: STATISTICS}[len(tensors)]
    kept = {part: tensor for part, tensor in zip(known, tensors, strict=True) if part}
    name = gathered.keep(name, place, kept, None)
    gathered.stated[name] = Stated(guess=Guess.ONE_MISSING if len(tensors) == 3 else Guess.ORDER)


def _usual(tensors: Sequence[Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield tensors by the names they have in layers of weights and a bias, or by their numbers."""
    is_weights = bool(tensors) and len(tensors[0].shape) > 1
    for number, tensor in enumerate(tensors):
        usual = "bias" if len(tensor.shape) == 1 else "kernel"
        yield usual if is_weights and number < 2 else str(number), tensor


def _stated(described: Described) -> Stated:
    weight = None if described.momentum is None else new_weight(described.momentum, Framework.KERAS)
    # With a momentum of 1 the statistics never move, and with ε = 0 there is none.
    return Stated(described.eps or None, weight or None)


def _settings(described: Described) -> tuple[float | bool | None, ...]:
    return described.eps, described.momentum, described.scale, described.center


def _leads_through(names: Sequence[str], way: Sequence[str]) -> bool:
    """Return whether names come in a way in this order, whatever is between them."""
    left = iter(way)
    return all(name in left for name in names)


def natural(name: str) -> tuple[tuple[str, int], ...]:
    """Return what puts norm_2 before norm_10."""
    return tuple((text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d{0,18})", name))
