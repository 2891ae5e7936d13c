"""The pictures of the folding experiment: one layer against two, where it fails, what it saves, what a bias does."""

from collections.abc import Iterator

import pandas as pd

from bnsim.experiment import Picture, Tables, picture
from bnsim.experiments.folding.charts import (
    FLOOR,
    MODES,
    QUANTITIES,
    VARIANTS,
    WHENS,
    bias_template,
    costs_template,
    drift_template,
    outputs_template,
)
from bnsim.experiments.folding.costs import When
from bnsim.text import words_of

WORDS = words_of(__package__)

NAMED_AT = 10.0
"""The bias, one of those that are always tried, above whose points the modes are named."""

LIVE = {
    "gamma": "gamma",
    "fold_train_error": "thumb == 'spread' ? sweep('number') : "
    "abs(gamma) * sqrt(max(0, state.still + shift * (state.tilt + shift * state.bend)))",
    "fold_relu_error": "thumb == 'spread' || thumb == 'shift' ? state.across : sweep('number')",
}
"""Numbers that follow the thumb, in the parameters of the first picture and the sweep that comes with it."""


def figures(tables: Tables) -> Iterator[Picture]:
    """Yield outputs against outputs, the failure in training mode, the costs, the effect of a bias."""
    yield outputs_picture(tables)
    yield drift_picture(tables["moves"])
    yield costs_picture(tables["costs"])
    yield bias_picture(tables["bias"])


def outputs_picture(tables: Tables) -> Picture:
    """Return how far outputs of the folded layer are off."""
    failures = tables.columns("failures")
    variants = failures["variant"]
    words = [
        how_far_off(variant, largest, wrong)
        for variant, largest, wrong in zip(variants, failures["largest"], failures["wrong"], strict=True)
    ]
    rows = {"variant": [VARIANTS[variant] for variant in variants], "zero": [0.0] * len(words), "text": words}
    data = {name: tables.columns(name) for name in ("points", "state", "sweep")}
    return picture("outputs", outputs_template(), data | {"rows": rows}, differences="; ".join(words))


def how_far_off(variant: str, largest: float, wrong: float) -> str:
    """Return the largest difference of one variant in words; what is wrong differs by more than rounding."""
    if largest == 0:
        return WORDS.say("figure.outputs.label.equal", variant=VARIANTS[variant])
    kind = "off" if wrong else "rounding"
    return WORDS.say(f"figure.outputs.label.{kind}", variant=VARIANTS[variant], largest=largest)


def drift_picture(moves: pd.DataFrame) -> Picture:
    """Return the difference in training mode against the shift of the batch."""
    columns = ["shift", "value", "expected"]
    drift = moves[moves["series"] == "difference"]
    now = drift.loc[drift["now"], columns]
    shift, value, expected = now.to_numpy()[0].tolist()
    return picture(
        "drift",
        drift_template(),
        {"drift": drift[columns], "now": now},
        shift=shift,
        value=value,
        expected=expected,
        least=drift["value"].min(),
    )


def costs_picture(costs: pd.DataFrame) -> Picture:
    """Return costs before and after."""
    rows = costs.assign(quantity=costs["quantity"].map(QUANTITIES)).to_dict(orient="records")
    bars = [
        {
            "quantity": row["quantity"],
            "when": WHENS[when.value],
            "percent": 100 * row[when.value] / row["before"],
            "amount": f"{row[when.value]:,}",
            "text": WORDS.say("figure.costs.label.bar", when=WHENS[when.value], amount=row[when.value]),
        }
        for row in rows
        for when in When
    ]
    columns = ("quantity", "before", "after")
    each_cost = [WORDS.say("figure.costs.label.cost", **{name: row[name] for name in columns}) for row in rows]
    return picture("costs", costs_template(), {"costs": pd.DataFrame(bars)}, costs="; ".join(each_cost))


def bias_picture(effects: pd.DataFrame) -> Picture:
    """Return the effect of biases of all sizes, in both modes."""
    guide = effects["rounding"].fillna(effects["expected"]).clip(lower=FLOOR)
    shown = effects.assign(mode=effects["mode"].map(MODES), shown=effects["change"].clip(lower=FLOOR), guide=guide)
    training, in_eval = effects["change"].tolist()[-2:]
    names = shown.loc[shown["bias"] == NAMED_AT, ["mode", "bias", "shown"]]
    data = {"bias": shown[["mode", "bias", "shown", "change", "now"]], "guides": shown[["mode", "bias", "guide"]]}
    data |= {"names": names}
    return picture("bias", bias_template(), data, bias=effects["bias"].iloc[-1], training=training, eval=in_eval)
