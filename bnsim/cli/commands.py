"""The command line: list, run, compare, sweep, check, lesson, export, translate, claims, app; `yours` has the others.

Exit codes: 0 done (also when the reader of a pipe stops early), 2 bad input, 1 a fault of ours.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from bnsim.cli import start
from bnsim.cli.options import dask_option, format_option, set_option, vary_option, workers_option
from bnsim.cli.speech import PlainSpeech, complain
from bnsim.cli.working import asked_for, at_work, hints
from bnsim.errors import InputError
from bnsim.exports import LOCAL


@click.group(
    cls=PlainSpeech, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]},
    epilog='Example: bnsim run transform --set mean=3 --set std=2.5 --set x=6',
)  # fmt: skip
@click.pass_context
def main(context: click.Context) -> None:
    """Batch normalization, exactly: run experiments, compare scenarios, start the app."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@main.command("list", short_help="List experiments and sets, or parameters.", epilog="Example: bnsim list transform")
@click.argument("experiment", required=False)
def list_command(experiment: str | None) -> None:
    """List experiments and scenario sets, or the parameters of one EXPERIMENT."""
    from bnsim.compare import plain_inputs
    from bnsim.experiments import all_experiments, find, params_of
    from bnsim.exports.report import exact_cell
    from bnsim.exports.text import plain_table
    from bnsim.scenario.library import Library

    if experiment is not None:
        params = find(experiment).params
        defaults = plain_inputs(params())
        specs = params.controls().values()
        rows = [(spec.name, spec.control.symbol, exact_cell(defaults[spec.name]), spec.rule()) for spec in specs]
        click.echo(plain_table(("parameter", "symbol", "default", "must"), rows))
        return
    experiments = [(slug, found.question) for slug, found in all_experiments().items()]
    click.echo(plain_table(("experiment", "question"), experiments))
    library = Library.open(params_of)
    sets = [(name, found.experiment, str(len(found.names)), found.title) for name, found in library.sets.items()]
    click.echo("\n" + plain_table(("set", "experiment", "scenarios", "title"), sets))
    complain(library.problems, 0)


@main.command(
    short_help="Run an experiment, a scenario file or a set.", epilog="Example: bnsim run identity-recovery --format md"
)
@click.argument("target")
@set_option
@format_option("table", "json", "csv", "md")
@dask_option
def run(target: str, settings: Sequence[str], form: str, address: str | None) -> None:
    """Run TARGET: an experiment, a scenario file, or a scenario set by its name or its link.

    An experiment runs as one scenario, called "default", or "custom" when something is set. Slow work shows on stderr
    how far it is.
    """
    from bnsim.exports.report import STYLES, run_report

    with at_work(target, address) as how:
        asked = asked_for(target, settings, how)
        if form in STYLES:
            text = run_report(asked.scenarios, asked.results, STYLES[form])
        else:
            from bnsim.exports.files import TEXTS

            text = TEXTS[form](asked)
    click.echo(text, nl=False)


@main.command(
    short_help="Hold scenarios against a baseline.",
    epilog="Example: bnsim compare identity-recovery --baseline std-0.01-gamma-root --changed-only",
)
@click.argument("target")
@click.option("--baseline", metavar="NAME", help="The scenario to subtract. Example: --baseline mirror")
@click.option("--second", default="", metavar="NAME", help="A second reference. Example: --second stretch")
@click.option(
    "--columns", default="difference", show_default=True, metavar="LIST",
    help="What is measured against each reference: difference, percent, ratio, or none. Example: "
    "--columns difference,percent",
)  # fmt: skip
@click.option(
    "--sort", default="", metavar="ORDER",
    help="size, the largest difference first; name, by title; or a readout: best first where one way is better, else "
    "the largest first. What is not a number comes last. Example: --sort size",
)  # fmt: skip
@click.option("--changed-only", is_flag=True, help="Leave out what is the same in all. Example: --changed-only")
@format_option("table", "json", "csv", "md")
@dask_option
def compare(
    target: str, baseline: str | None, changed_only: bool, form: str, address: str | None, **shown: str
) -> None:
    """Hold the scenarios of TARGET, a scenario file or a set by its name or its link, against a baseline."""
    from bnsim.cli.targets import requested_set, requested_view
    from bnsim.compare import compare_scenarios
    from bnsim.compare.tables import whole_frame
    from bnsim.compare.view import arranged
    from bnsim.exports.files import csv_text
    from bnsim.exports.record import comparison_record, to_json
    from bnsim.exports.report import MARKDOWN, PLAIN, comparison_report

    with at_work(target, address) as how:
        scenarios = requested_set(target)
        view = requested_view(scenarios, shown)
        found = compare_scenarios(scenarios, baseline, **how)
    found = arranged(found.changed_only() if changed_only else found, view)
    if form == "json":
        text = to_json(comparison_record(found, view))
    elif form == "csv":
        text = csv_text(whole_frame(found, view))
    else:
        text = comparison_report(scenarios, found, MARKDOWN if form == "md" else PLAIN, view)
    click.echo(text, nl=False)


@main.command(
    short_help="Vary one parameter, or two.", epilog="Example: bnsim sweep transform --vary std=0.001:10:25:log"
)
@click.argument("experiment")
@vary_option
@set_option
@click.option("--readout", "readouts", multiple=True, metavar="NAME", help="What to show. Example: --readout x_hat")
@click.option(
    "--save", type=click.Path(path_type=Path), metavar="FILE",
    help="Write the points as a scenario file, before they are run; a file of that name is replaced. "
    "Example: --save std.toml",
)  # fmt: skip
@format_option("table", "json", "csv", "md")
@workers_option
@dask_option
def sweep(
    experiment: str,
    asked: Sequence[str],
    settings: Sequence[str],
    readouts: Sequence[str],
    save: Path | None,
    form: str,
    workers: int | None,
    address: str | None,
) -> None:
    """Run EXPERIMENT with one parameter over a list or a range, or a grid of two; at most 50 points.

    The baseline is the point nearest to what is set without the sweep. Slow work shows on stderr how far it is.
    """
    from bnsim.cli.targets import requested_sweep, save_set
    from bnsim.compare import compare_scenarios
    from bnsim.exports.asked import Export
    from bnsim.exports.files import TEXTS
    from bnsim.exports.report import MARKDOWN, PLAIN
    from bnsim.exports.sweep import sweep_report

    with at_work(experiment, address, workers) as how:
        sweep, found = requested_sweep(experiment, asked, settings, readouts)
        complain((*found.told, *hints(found)), 0)
        if save is not None:
            save_set(found.scenarios, save)
        export = Export(found.scenarios, found.stem, **how)
        if form in ("json", "csv"):
            text = TEXTS[form](export)
        else:
            comparison = compare_scenarios(found.scenarios, results=export.results.values())
            text = sweep_report(sweep, found.scenarios, comparison, MARKDOWN if form == "md" else PLAIN)
    click.echo(text, nl=False)


@main.command(short_help="Check scenario files and lessons.", epilog="Example: bnsim check scenarios my-scenarios.toml")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
def check(paths: Sequence[str]) -> int:
    """Check scenario files and lessons, and every .toml file in folders: each is fine, or every problem is told.

    What a lesson asks about is run, to see that each question has one right answer.
    """
    from bnsim.cli.checking import checked
    from bnsim.scenario.files import name_of, shown_path

    code = 0
    for path in (file for each in paths for file in _files_of(Path(each))):
        try:
            held, told = checked(path)
        except InputError as error:
            name = name_of(path)
            code = complain([f"{shown_path(path)}{problem.removeprefix(name)}" for problem in error.problems], 2)
        else:
            click.echo(f"{shown_path(path)}: ok ({held})")
            complain((f"{shown_path(path)}{sentence.removeprefix(name_of(path))}" for sentence in told), 0)
    return code


@main.command(
    short_help="Go through a lesson: predict, then see.", epilog="Example: bnsim lesson my-lesson.toml --from 1.n0.3"
)
@click.argument("target", required=False, metavar="[LESSON]")
@click.option(
    "--from", "progress", default="", metavar="PROGRESS", help="Go on where you stopped. Example: --from 1.n0.3"
)
def lesson(target: str | None, progress: str) -> None:
    """List the lessons, or go through LESSON, one by its name or in a file.

    A question is answered with the number of a choice, with a number, or with ? for "I don't know"; q stops and says
    how to go on.
    """
    from bnsim.cli.lesson import go_through, lessons_table, requested_lesson
    from bnsim.learn.lesson import Lessons, Progress

    if target is None:
        found = Lessons.open()
        click.echo(lessons_table(found.lessons))
        complain(found.problems, 0)
        return
    chosen = requested_lesson(target)
    so_far, told = Progress.read(progress, chosen)
    complain(told, 0)
    go_through(chosen, so_far, called=target)


@main.command(
    short_help="Export results, scenarios, links or figures.",
    epilog="Example: bnsim export worked-examples --to png --out pictures",
)
@click.argument("target")
@click.option(
    "--to", "--format", "kind", required=True, type=click.Choice([
        "csv", "json", "md", "html", "toml", "vega", "png", "link", "pytorch", "keras", "flax", "numpy", "code",
    ]),
    help="What to make; html is a report with pictures in one file, vega and png are one file per figure, pytorch, "
    "keras, flax and numpy a program that finds the same numbers, code all four. Example: --to toml",
)  # fmt: skip
@set_option
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR",
    help="Write files into this folder; files of the same name are replaced. Without it texts are printed and figures "
    "go to the current folder; links are always printed. Example: --out results",
)  # fmt: skip
@click.option("--base", default=LOCAL, show_default=True, help="Address of the app. Example: --base https://x.org")
def export(target: str, kind: str, settings: Sequence[str], out: Path | None, base: str) -> None:
    """Export TARGET, an experiment, a file, a set by its name or its link: results, links, or the same in code."""
    from bnsim.exports.files import TEXTS, links, without_link, write_files

    with at_work(target, None) as how:
        asked = asked_for(target, settings, {**how, "base": base})
        if kind == "link":
            click.echo(links(asked), nl=False)
            complain(without_link(asked), 0)
        elif out is None and kind in TEXTS:
            click.echo(TEXTS[kind](asked), nl=False)
        else:
            for path in write_files(asked, kind, out or Path()):
                click.echo(path)


@main.command(
    "translate", short_help="Turn momentum, eps and layout of one framework into another's.",
    epilog="Example: bnsim translate keras pytorch --momentum 0.99 --shape 32,28,28,64",
)  # fmt: skip
@click.argument("source")
@click.argument("target", required=False)
@click.option("--momentum", metavar="M", help="As SOURCE writes it; its default without. Example: --momentum 0.99")
@click.option("--eps", metavar="EPS", help="The constant under the root. Example: --eps 0.001")
@click.option("--shape", metavar="SHAPE", help="Of a batch, in SOURCE's layout. Example: --shape 32,28,28,64")
@click.option("--var", metavar="VAR", help="A batch's part of SOURCE's running variance. Example: --var 1.5 --count 32")
@click.option("--count", metavar="N", help="Values of a channel in that batch. Example: --count 32 --var 1.5")
@format_option("table", "json", "csv", "md")
def translate_command(source: str, target: str | None, form: str, **given: str | None) -> None:
    """Turn the settings of a batch norm layer in SOURCE into those of TARGET, or of every other framework.

    Known are PyTorch, Keras, TensorFlow, Flax, ONNX and Paddle. A number may name the framework that means it so:
    "0.99, Keras".
    """
    from bnsim.cli.translate import translation_report, translations

    click.echo(translation_report(translations(source, target, given), form), nl=False)


@main.command(short_help="Put common claims to the test.", epilog="Example: bnsim claims --format md")
@format_option("table", "json", "md")
def claims(form: str) -> int:
    """Put what is commonly said about batch normalization to the test, now; exit code 1 if a check fails."""
    from bnsim.claims import read_ledger, run_checks
    from bnsim.exports.findings import all_hold, findings_record, findings_report
    from bnsim.exports.record import to_json
    from bnsim.exports.report import MARKDOWN, PLAIN

    ledger = read_ledger()
    findings = run_checks(ledger)
    if form == "json":
        click.echo(to_json(findings_record(ledger, findings)), nl=False)
    else:
        click.echo(findings_report(ledger, findings, MARKDOWN if form == "md" else PLAIN), nl=False)
    return 0 if all_hold(findings) else 1


@main.command(short_help="Start the app.", epilog="Example: bnsim app --port 8600 -- --server.headless false")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on. Example: --port 8600")
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N",
    help="Start N processes on successive ports, for a proxy on this machine (docs/deploying.md). Example: --workers 4",
)  # fmt: skip
@click.option(
    "--prepared", type=click.Path(), metavar="FILE",
    help="Lead who comes without a link to the page in this file, which “Prepare for a class” made. "
    "Example: --prepared class.toml",
)  # fmt: skip
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- STREAMLIT ARGUMENTS]")
def app(port: int | None, workers: int | None, prepared: str | None, arguments: Sequence[str]) -> None:
    """Start the app, with the settings that come with it; the address to open is printed."""
    from bnsim.work.memory import MOST_HEAPS

    if prepared is not None:
        start.begin_with(prepared)
    # The C library reads it when a process begins: later, threads have heaps already, and each holds its memory.
    os.environ.setdefault("MALLOC_ARENA_MAX", str(MOST_HEAPS))
    if workers is None:
        start.become([*start.app_command(start.app_script(), port), *arguments])
    else:
        start.start_workers(workers, port, arguments)


def _files_of(path: Path) -> Sequence[Path]:
    """Return the scenario files of a folder; the path itself if it is no folder, or one without any."""
    from bnsim.scenario.files import toml_files

    return toml_files(path)[0] or [path]
