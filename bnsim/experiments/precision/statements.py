"""Which sentences hold of a batch in a narrow format, and the numbers in them; the words are in `text.toml`."""

import math
from collections.abc import Iterator

from bnsim.experiment import Answer, Note, Stated, answer, note, stated, warning
from bnsim.experiments.precision.model import LITTLE, Outcome
from bnsim.text import words_of

WORDS = words_of(__package__)


def readouts(o: Outcome) -> Iterator[Stated]:
    """Yield what each way of computing gives, and what the format holds."""
    own, frameworks, centred, difference = (o.ways[name] for name in ("own", "frameworks", "centred", "difference"))
    form, p = o.form.title, o.params
    yield stated("centred_error", centred.error, "found" if math.isfinite(centred.error) else "lost", form=form)
    yield stated(
        "difference_error", difference.error, "found" if math.isfinite(difference.error) else "lost", form=form
    )
    yield stated("framework_error", frameworks.error, form=form)
    yield stated(
        "kept_eps", o.kept_eps, "gone" if o.kept_eps == 0 else "kept", form=form, eps=p.eps, least=o.form.smallest
    )
    yield stated("own_mean", own.mean, n=p.batch_size, form=form)
    yield stated("own_var", own.var, n=p.batch_size)
    yield stated("framework_var", frameworks.var)
    yield stated("centred_mean", centred.mean, form=form)
    yield stated("centred_var", centred.var, form=form)
    yield stated("difference_var", difference.var, "lost" if math.isnan(difference.var) else "found", form=form)
    fits = o.largest_square <= o.form.largest
    yield stated("largest_square", o.largest_square, "fits" if fits else "overflows", form=form, most=o.form.largest)
    yield stated("square_limit", math.sqrt(o.form.largest), form=form, most=o.form.largest)
    yield stated("ones_limit", o.form.stalls_at, form=form, digits=o.form.digits)
    if own.var:
        yield stated("lost_share", o.lost, "found", ratio=o.ratio, digits=o.form.digits)
    else:
        yield stated("lost_share", o.lost, "constant")


def answers(o: Outcome) -> Iterator[Answer]:
    """Yield what goes wrong first, and how far float32 sums help."""
    yield answer(o.fault)
    if o.fault in ("stall", "coarse") and o.ways["difference"].error >= LITTLE:
        yield answer("short-too" if math.isfinite(o.ways["difference"].error) else "short-lost")
    if o.params.form != "float32":
        yield answer("frameworks")


def notes(o: Outcome) -> Iterator[Note]:
    """Yield what the format is, and what of the batch it cannot hold."""
    form, p = o.form, o.params
    yield note("format", form=form.title, digits=form.digits, largest=form.largest, smallest=form.smallest)
    if o.kept_eps == 0 and o.fault != "eps":
        yield warning("eps-gone", form=form.title, eps=p.eps, half=form.smallest / 2)
    if o.ways["own"].var == 0:
        yield note("constant")
    if o.ways["difference"].var + o.kept_eps < 0 and o.fault != "negative":
        yield note("negative", var=o.ways["difference"].var)
    yield note("order")


def actions(o: Outcome) -> dict[str, dict[str, object]]:
    """Return what one click can set: the other order, another format, or a mean of 0."""
    offered: dict[str, dict[str, object]] = {
        "pairwise": {"order": "pairwise"},
        "brain": {"form": "bfloat16"},
        "centre": {"mean": 0.0},
    }
    return {name: changes for name, changes in offered.items() if o.params.replace(**changes) != o.params}
