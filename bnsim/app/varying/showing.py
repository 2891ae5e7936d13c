"""What came of it: a sentence, a line or a heat map, the table of all points, and the ways on from there."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import pandas as pd
import streamlit as st

from bnsim.app import parts, text
from bnsim.app.pictures import compact
from bnsim.app.shared import weigh
from bnsim.app.state import PageState, write_link
from bnsim.app.varying.asked import Asked
from bnsim.app.varying.asking import WORDS, ask, begin, one_of
from bnsim.app.varying.bringing import bring
from bnsim.app.varying.running import run_first
from bnsim.charts.varied import varied_template
from bnsim.columns import columns_of
from bnsim.compare.comparison import plain
from bnsim.compare.varied import HeatCell, Varied
from bnsim.errors import InputError
from bnsim.experiment import Experiment, Result
from bnsim.scenario import toml
from bnsim.scenario.fields import FieldSpec
from bnsim.scenario.params import Params
from bnsim.scenario.points import Sweep, sweep_of
from bnsim.scenario.scenario import ScenarioSet
from bnsim.scenario.vary import value_text
from bnsim.text import Term, words_of

OF_ALL = words_of("bnsim.compare")
MOST_TOLD = 6
NARROW = 340
"""Pixels of a choice."""

STRONGEST = 55
"""Percent of colour in the cell of the largest value: words on it can still be read, on light and on dark."""


def draw(state: PageState) -> None:
    """Draw the choice of what is varied and, once asked for, what comes of it."""
    state.swept = state.sweep
    with st.container(key="varying"):
        st.fragment(ask)(state)
        if state.sweep is None:
            return
        experiment, asked = state.experiment, state.sweep
        try:
            sweep = sweep_of(experiment.params, dict(asked.base), asked.texts)
        except InputError as error:
            text.sentences(st.empty(), error.problems, bad=True)
            return
        st.caption(text.plain(" ".join((*sweep.told, all_else(sweep, asked.base), WORDS["label.again"]))))
        results = run_first(experiment, sweep.points, f"{experiment.slug}.vary")
        if len(results) < len(set(sweep.points)):
            missing = sum(point not in results for point in sweep.points)
            text.sentences(st.empty(), [WORDS.say("label.not_run", missing=str(missing), count=str(len(sweep.points)))])
        if results:
            st.fragment(found)(state, asked, sweep, results)
            weigh(experiment, results)
        ways_on(state, sweep)


def all_else(sweep: Sweep, base: Params) -> str:
    """Return what is the same at all points, as far as it is not the default."""
    specs = base.controls()
    changed = [name for name in base.changed(type(base)()) if name not in sweep.names]
    if not changed:
        return WORDS["label.all_default"]
    told = ", ".join(setting(specs[name], base) for name in changed[:MOST_TOLD])
    return WORDS.say("label.all_else", settings=f"{told}, …" if len(changed) > MOST_TOLD else told)


def setting(spec: FieldSpec, params: Params) -> str:
    """Return what a parameter is called and set to."""
    value = getattr(params, spec.name)
    written = str(plain(value)) if spec.kind == "values" else value_text(spec, value)
    return f"{spec.control.symbol or spec.control.label} = {written}"


def found(state: PageState, asked: Asked, sweep: Sweep, results: Mapping[Params, Result]) -> None:
    """Draw the readout that is chosen at all points: in a sentence, as a picture, and as a table if that is wanted."""
    experiment = state.experiment
    key = readout_choice(state, asked)
    varied = varied_of(experiment, sweep, results, key)
    st.html(f'<p class="bnd" aria-live="polite">{html.escape(varied.said())}</p>')
    if len(sweep.variations) == 1:
        line(varied, f"{experiment.slug}.varied")
    else:
        heat(varied)
    if st.toggle(WORDS["label.table"], key=f"{experiment.slug}.vary.table"):
        keys = list(dict.fromkeys((key, *experiment.headline)))
        frame = table(experiment, sweep, results, keys)
        st.html(markup(frame))
        name, label = f"{experiment.slug}-sweep.csv", WORDS["label.table_csv"]
        st.download_button(label, partial(csv_of, experiment, sweep, results), name, "text/csv", on_click="ignore")
    if parts.is_part():
        bring(scenarios_of(state, sweep))  # about what is shown now
    write_link(state)


def readout_choice(state: PageState, asked: Asked) -> str:
    """Draw the choice of what is shown, keep it for the link, and return it."""
    experiment = state.experiment
    terms, key = experiment.terms, f"{experiment.slug}.vary.readout"
    begin(key, asked.readout if asked.readout in terms else experiment.headline[0], one_of(list(terms)))
    chosen = st.selectbox(
        WORDS["label.readout"], list(terms), key=key,
        format_func=lambda each: name_of(terms[each]), width=NARROW,
    )  # fmt: skip
    default = "" if chosen == experiment.headline[0] else chosen
    if state.sweep is not None and replace(state.sweep, readout="") == replace(asked, readout=""):
        state.sweep = state.swept = replace(asked, readout=default)
    return str(chosen)


def name_of(term: Term) -> str:
    """Return what a readout is called, with its symbol, once."""
    return term.label if term.symbol in term.label.split() else f"{term.label} {term.symbol}".strip()


def varied_of(experiment: Experiment, sweep: Sweep, results: Mapping[Params, Result], key: str) -> Varied:
    """Return one readout at every point of which there is a result."""
    known = {
        params: next(item for item in result.readout_list if item.key == key) for params, result in results.items()
    }
    return Varied(sweep, experiment.terms[key], tuple(known.get(point) for point in sweep.points))


def line(varied: Varied, key: str) -> None:
    """Draw a readout against one parameter."""
    points = varied.points()
    if points.empty:
        return
    variation, term = varied.sweep.variations[0], varied.term
    title = name_of(term)
    axis = "words" if not variation.is_numeric else "log" if variation.is_log else "linear"
    x_title = OF_ALL.say("label.varied.log", title=variation.label) if axis == "log" else variation.label
    y_title = OF_ALL.say("label.varied.log", title=title) if varied.is_log else title
    template = varied_template(x_title, y_title, axis, is_log=varied.is_log, bands=varied.has_errors)
    data = {"points": compact(columns_of(points))}
    st.vega_lite_chart(
        spec={**template.spec, "datasets": data}, key=f"{key}.{axis}.{varied.is_log}",
        alt=OF_ALL.say("label.varied.alt", readout=term.label, what=variation.label),
    )  # fmt: skip
    st.caption(WORDS["label.ring_bands" if varied.has_errors else "label.ring"])


def heat(varied: Varied) -> None:
    """Draw a readout over a grid as a table whose cells are coloured: every number can be read without the colour."""
    first, second = varied.sweep.variations
    corner = WORDS.say("label.corner", rows=first.symbol, columns=second.symbol)
    head = "".join(f'<th scope="col">{html.escape(each)}</th>' for each in second.written())
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>{"".join(map(heat_cell, cells))}</tr>'
        for name, cells in zip(first.written(), varied.cells(), strict=True)
    )
    label = html.escape(f"{varied.term.label}: {varied.sweep.title}")
    st.html(
        f'<div class="bnz" role="region" tabindex="0" aria-label="{label}">'
        f'<table style="--n:{len(second.values)}"><thead><tr>'
        f"<td>{html.escape(corner)}</td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
    st.caption(WORDS["label.heat_log" if varied.is_log else "label.heat"])


def heat_cell(cell: HeatCell) -> str:
    """Return a cell as markup, the more blue the larger its value."""
    share = 0 if cell.level != cell.level else round(STRONGEST * cell.level)
    mark = ' class="b"' if cell.is_baseline else ""
    colour = f"color-mix(in srgb,#3b7dd8 {share}%,transparent)"
    return f'<td{mark} style="background:{colour}">{html.escape(cell.text)}</td>'


def table(experiment: Experiment, sweep: Sweep, results: Mapping[Params, Result], keys: Sequence[str]) -> pd.DataFrame:
    """Return a row for each point: what was varied, and some readouts with all their digits."""
    terms = experiment.terms
    rows = []
    for point, texts in zip(sweep.points, product(*(each.written() for each in sweep.variations)), strict=True):
        items = {item.key: item for item in results[point].readout_list} if point in results else {}
        rows.append([*texts, *(terms[key].written(items[key].best) if items else "" for key in keys)])
    heads = [each.label for each in sweep.variations]
    return pd.DataFrame(rows, columns=[*heads, *(name_of(terms[key]) for key in keys)])


def markup(frame: pd.DataFrame) -> str:
    """Return a table of texts as markup."""
    heads = "".join(f'<th scope="col">{html.escape(str(head))}</th>' for head in frame.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in frame.itertuples(index=False)
    )
    label = html.escape(WORDS["label.table"])
    return (
        f'<div class="bnt v" role="region" tabindex="0" aria-label="{label}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def csv_of(experiment: Experiment, sweep: Sweep, results: Mapping[Params, Result]) -> str:
    """Return a row for each point as CSV text: what was varied, and every readout in full."""
    names = sweep.scenarios(experiment.slug, experiment.title).names
    rows = {
        name: {**{each: point.model_dump(mode="json")[each] for each in sweep.names}, **results[point].readouts}
        for name, point in zip(names, sweep.points, strict=True)
        if point in results
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("scenario").to_csv()


def ways_on(state: PageState, sweep: Sweep) -> None:
    """Draw what can be done with the points: compare them, and keep them as a file."""
    slug = state.experiment.slug
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        compare = st.session_state.get("bnsim.all", {}).get("compare")
        if compare is not None:
            # A link, and no button that leads away: that would write the other page's address over this one's.
            query = {"set": bring(scenarios_of(state, sweep))}
            st.page_link(compare, label=WORDS["label.compare"], query_params=query)
        st.download_button(
            WORDS["label.save"], lambda: toml.write(scenarios_of(state, sweep)), f"{slug}-sweep.toml",
            "application/toml", on_click="ignore", key=f"{slug}.vary.save",
        )  # fmt: skip


def scenarios_of(state: PageState, sweep: Sweep) -> ScenarioSet:
    """Return the points as a set, about the readout that is shown now."""
    readout = state.sweep.readout if state.sweep is not None else ""
    experiment = state.experiment
    return sweep.scenarios(experiment.slug, experiment.title, (readout,) if readout in experiment.terms else ())
