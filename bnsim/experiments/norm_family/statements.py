"""Which sentences hold of the norm family, and the numbers in them; the words are in `text.toml`."""

from collections.abc import Iterator

from bnsim.experiment import Note, Stated, note, stated
from bnsim.experiments.norm_family.filters import FILTERS
from bnsim.experiments.norm_family.model import Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)

MOST_SEEDS = 2**32


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
