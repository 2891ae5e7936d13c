"""The templates of the folding experiment; their words are in `text.toml`."""

from typing import Any

import altair as alt

from bnsim.charts.following import SWEEP_COLUMNS, following, sentence
from bnsim.charts.template import AS_SVG, Template, freeze, hover, number_line, word_line
from bnsim.charts.theme import QUIET, SCENARIO_COLOURS
from bnsim.experiments.folding.bias import Mode
from bnsim.experiments.folding.costs import Quantity, When
from bnsim.experiments.folding.differences import Variant
from bnsim.once import once
from bnsim.text import words_of

WORDS = words_of(__package__).group("figure")

VARIANTS = {each.value: WORDS[f"outputs.label.{each.name.lower()}"] for each in Variant}
QUANTITIES = {each.value: WORDS[f"costs.label.{each.name.lower()}"] for each in Quantity}
WHENS = {each.value: WORDS[f"costs.label.{each.name.lower()}"] for each in When}
MODES = {each.value: WORDS[f"bias.label.{each.name.lower()}"] for each in Mode}
"""What people read for a value of a table, in the order in which they are drawn."""

FLOOR_OF_SEEN = 1e-9
"""While a thumb moves, a difference that is smaller is called rounding."""

FLOOR = 1e-18
"""A logarithmic axis has no 0: it is drawn here."""

BLUE, ORANGE, GREEN, PURPLE = SCENARIO_COLOURS[:4]
DASHED: dict[str, Any] = {"strokeWidth": 2, "strokeDash": [5, 4], "color": QUIET}
EXACT = ".6~g"

NAMES_ABOVE = {Mode.TRAINING: -20, Mode.EVAL: -40}
"""How far above its points a mode is named: with a scale of 0 the points of both lie at the foot."""

BELOW = 13
"""Ticks stand so many pixels below the middle of their row, and what they show is said above it."""


def coloured(field: str, labels: dict[str, str], colours: list[str]) -> alt.Color:
    """Return the colour of each label; the words that stand beside a mark say which it is."""
    return alt.Color(f"{field}:N", sort=None, legend=None).scale(domain=list(labels.values()), range=colours)


def shaped(field: str, labels: dict[str, str], shapes: list[str]) -> alt.Shape:
    """Return the shape of each label."""
    return alt.Shape(f"{field}:N", sort=None, legend=None).scale(domain=list(labels.values()), range=shapes)


FOLLOWED = ("shift", "spread", "bias", "gamma", "beta")
"""The sliders that the first picture follows."""

STATE = ("epoch", *FOLLOWED, "eps", "still", "tilt", "bend", "across", "least")


def at_the_thumb(outputs: Any) -> alt.LayerChart:
    """Return layers over outputs z of the layer without its bias, each of them in every variant.

    `two` and `one` are y of the layer and its batch norm, and of the folded layer, by variant; `difference` is one
    less two. In eval mode it is the rounding that was measured, until a thumb moves. `running` is the running std;
    `kept`, `own`, `scale` are the factors of batch norm with the running statistics, with the batch's own, and after a
    ReLU, where `first` and `second` are the moments (see `relu_moments`).
    """
    after = "datum.above * {} + datum.std * datum.std * densityNormal(bias, 0, datum.std) * {}"
    plain = "bias > 8 * datum.std"
    by_variant = {Variant.EVAL: "in_eval", Variant.TRAINING: "trained", Variant.RELU: "relu"}
    labels = {key: VARIANTS[variant.value] for variant, key in by_variant.items()}
    chart: alt.LayerChart = (
        outputs.transform_calculate(
            running="datum.std / spread",
            kept="gamma / sqrt(datum.running * datum.running + state.eps)",
            own="gamma / sqrt(datum.var + state.eps)",
            above="cumulativeNormal(bias, 0, datum.std)",
            first=f"{plain} ? bias : {after.format('bias', '1')}",
            second=after.format("(bias * bias + datum.std * datum.std)", "bias"),
            square=f"{plain} ? datum.std * datum.std : max(datum.second - datum.first * datum.first, 0)",
            scale="gamma / sqrt(datum.square + state.eps)",
            offset="beta - datum.scale * datum.first",
            folded="datum.kept * (datum.z + shift * datum.running) + beta",
            in_eval="datum.folded - (moved ? 0 : datum.rounding)",
            trained="datum.own * (datum.z - datum.mean) + beta",
            relu="datum.scale * max(datum.z + bias, 0) + datum.offset",
            across="max(datum.scale * (datum.z + bias) + datum.offset, 0)",
        )
        .transform_fold(list(labels), as_=["key", "two"])
        .transform_calculate(
            variant=f"{labels}[datum.key]",
            one="datum.key == 'relu' ? datum.across : datum.folded",
            difference="datum.one - datum.two",
            size="abs(datum.difference)",
        )
    )
    return chart


@once
def outputs_template() -> Template:
    """Return the template of how far outputs are off, a row for each variant; it follows the main sliders.

    Data: "points" (z, std, mean, var, rounding), "rows" (variant, zero: where both agree, text: what stands above),
    "state" (see `STATE`), "sweep" (control, low, high, number), which only the numbers beside it follow.
    """
    names = list(VARIANTS.values())
    y = alt.Y("variant:N", axis=None, scale=alt.Scale(domain=names))
    axis = alt.Axis(tickCount=7, grid=False, labelFontSize=12, titleFontSize=13)
    x = alt.X("difference:Q", title=WORDS["outputs.axis.x"], axis=axis).scale(padding=6)
    rows = alt.Chart(alt.NamedData("rows")).encode(y=y)
    zero = rows.mark_tick(yOffset=BELOW, size=44, thickness=1.5, color=QUIET).encode(x=alt.X("zero:Q"))
    colour = coloured("variant", VARIANTS, [GREEN, ORANGE, PURPLE])
    ticks = alt.Chart().mark_tick(yOffset=BELOW, size=28, thickness=2, opacity=0.6)
    ticks = ticks.encode(
        x=x,
        y=y,
        color=colour,
        tooltip=[
            word_line("variant", WORDS["outputs.label.variant"]),
            number_line("two", WORDS["outputs.label.two"], EXACT),
            number_line("one", WORDS["outputs.label.one"], EXACT),
            number_line("difference", WORDS["outputs.axis.x"]),
        ],
    )
    said = rows.transform_filter("!moved")
    live = alt.Chart().transform_filter("moved").transform_aggregate(largest="max(size)", groupby=["variant"])
    live = live.transform_calculate(text=how_far_off()).encode(y=y)
    words = [
        text.mark_text(align="left", dy=-BELOW - 15, fontSize=14, fontWeight=600).encode(
            x=alt.value(0), text="text:N", color=colour
        )
        for text in (said, live)
    ]
    state = alt.Chart(alt.NamedData("state")).transform_calculate(low="-datum.least")
    reach = state.mark_rule(opacity=0).encode(x=alt.X("low:Q"), x2="least")
    outputs = at_the_thumb(alt.layer(ticks, words[1], data=alt.NamedData("points")))
    spec = freeze(alt.layer(reach, zero, outputs, words[0]).properties(width="container", height=276))
    spec |= {"view": {"stroke": None}, "usermeta": AS_SVG, "params": following(*FOLLOWED)}
    columns = {"points": ("z", "std", "mean", "var", "rounding"), "rows": ("variant", "zero", "text")}
    return Template(spec, columns | {"state": STATE, "sweep": (*SWEEP_COLUMNS, "number")})


def how_far_off() -> str:
    """Return the expression that says how far a variant is off while a thumb moves."""
    names = {"variant": "datum.variant", "largest": "format(datum.largest, '.3~g')"}
    off, equal = WORDS["outputs.label.moved"], WORDS["outputs.label.agree"]
    return f"datum.largest > {FLOOR_OF_SEEN} ? {sentence(off, **names)} : {sentence(equal, **names)}"


@once
def drift_template() -> Template:
    """Return the template of the failure in training mode; data "drift" and "now": shift, value, expected."""
    x = alt.X("shift:Q", title=WORDS["drift.axis.x"], axis=alt.Axis(tickCount=7))
    y = alt.Y("value:Q", title=WORDS["drift.axis.y"])
    tooltip = [
        number_line("shift", WORDS["drift.axis.x"], EXACT),
        number_line("value", WORDS["drift.label.value"], EXACT),
        number_line("expected", WORDS["drift.label.expected"], EXACT),
    ]
    swept = alt.Chart(alt.NamedData("drift"))
    line = swept.mark_line(**DASHED).encode(x=x, y=alt.Y("expected:Q"))
    points = swept.mark_point(filled=True, shape="square", size=45, opacity=1, color=ORANGE)
    now = alt.Chart(alt.NamedData("now")).mark_point(shape="circle", size=260, strokeWidth=2.5, color=ORANGE)
    layers = (line, points.encode(x=x, y=y, tooltip=tooltip), now.encode(x=x, y=y, tooltip=tooltip))
    chart = alt.layer(*layers).properties(width="container", height=340)
    columns = ("shift", "value", "expected")
    return Template(freeze(chart), {"drift": columns, "now": columns})


@once
def costs_template() -> Template:
    """Return the template of costs; data "costs": quantity, when (before, after), percent of before, amount, text."""
    whens = list(WHENS.values())
    percent = alt.X("percent:Q", title=WORDS["costs.axis.x"], axis=alt.Axis(values=[0, 25, 50, 75, 100], grid=False))
    base = alt.Chart(alt.NamedData("costs")).encode(
        x=percent.scale(domain=[0, 180], nice=False),
        y=alt.Y("quantity:N", title=None, sort=None, axis=alt.Axis(labelLimit=140, ticks=False, domain=False)),
        yOffset=alt.YOffset("when:N", sort=whens).scale(domain=whens, paddingInner=0.12),
    )
    bars = base.mark_bar().encode(
        color=coloured("when", WHENS, [BLUE, GREEN]),
        tooltip=[
            word_line("quantity", WORDS["costs.label.quantity"]),
            word_line("when", WORDS["costs.label.when"]),
            word_line("amount", WORDS["costs.label.amount"]),
            number_line("percent", WORDS["costs.axis.x"], EXACT),
        ],
    )
    words = base.mark_text(align="left", dx=6, fontSize=13, color=QUIET).encode(text="text:N")
    spec = freeze(alt.layer(bars, words).properties(width="container", height=280))
    return Template(spec | {"usermeta": AS_SVG}, {"costs": ("quantity", "when", "percent", "amount", "text")})


@once
def bias_template() -> Template:
    """Return the template of a bias before batch norm.

    Data: "bias" (mode, bias, shown, change, and now: whether it is the one that is set), "guides" (mode, bias, guide),
    "names" (mode, bias, shown: where the mode is named). Both axes are logarithmic.
    """
    x = alt.X("bias:Q", title=WORDS["bias.axis.x"], axis=alt.Axis(format="~e", tickCount=9, grid=False)).scale(
        type="log"
    )
    axis = alt.Axis(format="~e", tickCount=8, grid=False)
    y = alt.Y("shown:Q", title=WORDS["bias.axis.y"], axis=axis).scale(type="log", nice=False, domainMin=FLOOR)
    where = [word_line("mode", WORDS["bias.label.mode"]), number_line("bias", WORDS["bias.axis.x"], EXACT)]
    guides = alt.Chart(alt.NamedData("guides"))
    lines = guides.mark_line(**DASHED).encode(x=x, y=alt.Y("guide:Q"), detail="mode:N")
    guide = hover(guides, *where, number_line("guide", WORDS["bias.label.guide"]), x=x, y="guide:Q")
    points = alt.Chart(alt.NamedData("bias")).encode(
        x=x,
        y=y,
        color=coloured("mode", MODES, [ORANGE, GREEN]),
        shape=shaped("mode", MODES, ["square", "circle"]),
        tooltip=[*where, number_line("change", WORDS["bias.axis.y"], EXACT)],
    )
    # Rings of no opacity, not no rings: a layer without a point has an infinite extent.
    seen = alt.when("datum.now").then(alt.value(1)).otherwise(alt.value(0))
    dots = points.mark_point(filled=True, size=60, opacity=1)
    rings = points.mark_point(size=260, strokeWidth=2.5).encode(opacity=seen)
    names = [named(mode, dy).encode(x=x, y=y, color=points.encoding.color) for mode, dy in NAMES_ABOVE.items()]
    spec = freeze(alt.layer(lines, guide, dots, rings, *names).properties(width="container", height=380))
    columns = {"bias": ("mode", "bias", "shown", "change", "now"), "guides": ("mode", "bias", "guide")}
    return Template(spec | {"usermeta": AS_SVG}, columns | {"names": ("mode", "bias", "shown")})


def named(mode: Mode, dy: int) -> alt.Chart:
    """Return the name of a mode above its points."""
    label = MODES[mode.value]
    words = alt.Chart(alt.NamedData("names")).transform_filter(alt.datum.mode == label)
    named: alt.Chart = words.mark_text(align="right", dy=dy, fontSize=14, fontWeight=600).encode(text="mode:N")
    return named
