"""Which sentences hold of the norm family, and the numbers in them; the words are in `text.toml`."""

from collections.abc import Iterator

from bnsim.experiment import Answer, Note, Stated, answer, note, stated
from bnsim.experiments.norm_family.filters import FILTERS
from bnsim.experiments.norm_family.model import Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)

MOST_SEEDS = 2**32

LITTLE = 0.01
"""Outputs are of size 1 or so: a change that is smaller is called little."""

REFUSED = ("batch", "instance")
"""The norms for which PyTorch refuses sets of one value; group and layer norm make them 0 there."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield the sets of the shown norm, who depends on whom, and the identities of the family."""
    p, shared = o.params, o.sharing[o.params.norm]
    yield stated("sharing_sets", shared.count, p.norm)
    yield stated("values_per_set", shared.size, n=p.batch_size, channels=p.channels, side=p.side, sets=shared.count)
    yield of_companions(o, "companion_change", p.norm)
    for key, difference in o.identities.items():
        numbers = {"channels": p.channels} if key == "group_instance" else {}
        yield stated(key, difference, exact=0.0, values=o.x.size, residue=difference, **numbers)
    for norm in o.effects:
        yield of_companions(o, f"change_{norm}", norm)


def of_companions(o: Outcome, key: str, norm: str) -> Stated:
    """Return how much the first sample's outputs change with its companions."""
    effect = o.effects[norm]
    if o.params.batch_size == 1:
        return stated(key, effect.largest, "alone", exact=0.0)
    tried = effect.rms.size
    if norm != "batch":
        return stated(key, effect.largest, "rounding", exact=0.0, residue=effect.largest, tried=tried)
    numbers = {"mean": effect.mean, "uncertainty": effect.standard_error}
    return stated(key, effect.largest, "measured", tried=tried, **numbers)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield which values share their statistics, and whether an image depends on its companions."""
    norm, shared = o.params.norm, o.sharing[o.params.norm]
    if shared.size == 1:
        yield answer(alone_in_its_set(norm))
        return
    yield answer(one_set(o) if shared.count == 1 else several_sets(o))
    if norm == "batch" and o.params.batch_size > 1:
        yield answer("depends" if o.effects[norm].largest >= LITTLE else "depends-little")
    elif o.params.batch_size > 1:
        yield answer("independent")


def alone_in_its_set(norm: str) -> str:
    """Return the key of what a norm does to a value that shares with no other."""
    if norm == "rms":
        return "no-sharing-rms"
    return "no-sharing-refused" if norm in REFUSED else "no-sharing"


def one_set(o: Outcome) -> str:
    """Return the key of why all values share their statistics."""
    if o.params.batch_size > 1:
        return "batch-one-channel"
    return "one-set-rms" if o.params.norm == "rms" else "one-set"


def several_sets(o: Outcome) -> str:
    """Return the key of which values share their statistics: of the norm, or of the other one that it is here."""
    p = o.params
    if p.norm == "batch" and p.batch_size == 1:
        return "batch-one-image"
    if p.norm == "group" and p.groups == 1:
        return "group-is-layer"
    if p.norm == "group" and p.groups == p.channels:
        return "group-is-instance"
    return p.norm


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what the tensor is, and what its shape makes special."""
    p = o.params
    yield note(
        "tensor" if p.batch_size > 1 else "tensor-of-one",
        n=p.batch_size,
        channels=p.channels,
        side=p.side,
        digits=", ".join(map(str, o.digits)),
        filters=", ".join(WORDS[f"label.filter.{name}"] for name in list(FILTERS)[: p.channels]),
        positions=WORDS.say("label.positions.several", side=p.side) if p.side > 1 else WORDS["label.positions.one"],
    )
    if p.batch_size == 1:
        yield note("no-companions")
    alone = [norm for norm, shared in o.sharing.items() if norm != "rms" and shared.size == 1]
    if alone:
        yield note("sets-of-one", norms=", ".join(alone))


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: another norm's identity to look at, or other companions."""
    offered: dict[str, dict[str, object]] = {
        "one-group": {"norm": "group", "groups": 1},
        "group-per-channel": {"norm": "group", "groups": o.params.channels},
        "other-companions": {"seed": (o.params.seed + 1) % MOST_SEEDS},
    }
    return {name: changes for name, changes in offered.items() if o.params.replace(**changes) != o.params}
