"""Which sentences hold of a batch in parts, and the numbers in them; the words are in `text.toml`."""

from collections.abc import Iterator

from bnsim.experiment import Answer, Note, Stated, answer, note, stated, warning
from bnsim.experiments.micro_batches.model import Outcome
from bnsim.experiments.micro_batches.params import ORDERED

NARROWER = 0.99
"""A running variance that is less than this share of the whole batch's is called too small."""


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield how far parts are from the whole, what a step forgets, and where the running statistics go."""
    p, kept, count = o.params, o.rules[o.rule], len(o.sizes)
    yield from changes(o)
    if o.rule == "each":
        yield stated("step_weight", kept.step_weight, "each", momentum=p.momentum, parts=count)
    else:
        yield stated("step_weight", kept.step_weight, "once", momentum=p.momentum)
    yield stated("settled_var", kept.settled_var, o.rule)
    yield stated("settled_mean", kept.settled_mean, o.rule)
    yield stated("running_mean", kept.mean, o.rule)
    yield stated("running_var", kept.var, o.rule)
    yield stated("part_count", count, n=p.batch_size, micro=p.micro)
    yield stated("last_size", int(o.sizes[-1]), n=p.batch_size, before=p.batch_size - int(o.sizes[-1]))
    yield stated("last_weight", o.last_weight, n=p.batch_size, parts=count, last=int(o.sizes[-1]))
    yield stated("same_momentum", o.same_momentum, momentum=p.momentum, parts=count)
    yield stated("whole_mean", float(o.whole.mean), n=p.batch_size)
    yield stated("whole_var", float(o.whole.var), within=o.within, between=o.between)
    yield stated("within_var", o.within, parts=count)
    yield stated("between_var", o.between, parts=count)


def changes(o: Outcome) -> Iterator[Stated]:
    """Yield how far outputs and gradients are from those of the whole batch; 0 where the statistics are the whole's."""
    is_same = o.params.way == "synchronized" or len(o.sizes) == 1
    found = {"output_change": o.output_change, "gradient_change": o.gradient_change, "gamma_change": o.gamma_change}
    for key, value in found.items():
        if is_same:
            yield stated(key, value, "same", exact=0.0)
        else:
            yield stated(key, value, "parts", parts=len(o.sizes))
    yield stated("beta_change", o.beta_change, exact=0.0)


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield whether the parts are the whole, and what is kept for eval mode."""
    p = o.params
    if len(o.sizes) == 1:
        yield answer("one")
        return
    if p.way == "synchronized":
        yield answer("synchronized")
        return
    yield answer("alone" if p.micro == 1 else p.way)
    if p.way in ORDERED:
        yield answer(f"kept-{o.rule}")
    else:
        yield answer("kept-first")


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what is special about these parts."""
    p, last, kept = o.params, int(o.sizes[-1]), o.rules[o.rule]
    if last == 1 and p.micro > 1 and p.way != "synchronized":
        yield warning("last-alone")
    if last != o.sizes[0]:
        yield note("uneven", parts=len(o.sizes), size=int(o.sizes[0]), last=last, weight=o.last_weight)
    if len(o.sizes) > 1 and kept.settled_var < NARROWER * float(o.whole.var):
        yield note("narrow", settled=kept.settled_var, whole=float(o.whole.var))
    yield note("without-norm")
    yield note("beta")
    yield note("biased")


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: forget as once, no smaller last part, or synchronize."""
    offered: dict[str, dict[str, object]] = {"synchronize": {"way": "synchronized"}, "sorted": {"trend": 4.0}}
    if o.rule == "each" and len(o.sizes) > 1 and o.params.controls()["momentum"].allows(o.same_momentum):
        offered["forget-as-once"] = {"momentum": o.same_momentum}
    return {name: changes for name, changes in offered.items() if o.params.replace(**changes) != o.params}
