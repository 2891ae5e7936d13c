"""Programs put together: a head that says what it is, the settings as literals, and the cells that apply.

A program is written as a template in the experiment's `code/FRAMEWORK.py.txt`: Python in cells. A cell begins with a
line ``#%%``; ``#%% when source=exact,sample size=several`` is kept only where each of these facts has one of its
values. ``#%% SETTINGS`` stands for the settings, ``#%% DATA`` and ``#%% SHOWN`` for the cells of `data.py.txt` and
`shown.py.txt`, which all frameworks share. No template has a place to be filled: all that is a scenario's own is in the
settings, which are literals, and in the comments of the head.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import reduce
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple

from bnsim.errors import InputError
from bnsim.experiment import CodeSettings, Experiment
from bnsim.experiments import all_experiments, find
from bnsim.exports import LOCAL
from bnsim.exports.code.literals import assigned, comment
from bnsim.once import once
from bnsim.scenario import link
from bnsim.scenario.params import Params
from bnsim.text import words_of

FRAMEWORKS = ("pytorch", "keras", "flax", "numpy")
LONGEST_LINK = 20_000
"""Characters of a comment: more than any link has whose longest value is cut at 4,000."""

FUNCTION = re.compile(r"\A(#.*\n)*(def|class) ")
BLANK, BLANKS = "\n\n", "\n\n\n"
MARK = re.compile(r"^#%%(.*)\n", re.MULTILINE)


class Cell(NamedTuple):
    """A piece of a program: the facts under which it is kept, what it stands for ("" for itself), and its text."""

    facts: Mapping[str, tuple[str, ...]]
    place: str
    text: str

    def applies(self, facts: Mapping[str, str]) -> bool:
        """Return whether each fact that the cell asks for has one of the values that it names."""
        return all(facts[name] in values for name, values in self.facts.items())


def has_code(experiment: Experiment) -> bool:
    """Return whether there are programs of an experiment."""
    return experiment.code is not None


def code_of(experiment: str, params: Params, *, title: str = "", base: str = LOCAL) -> dict[str, str]:
    r"""Return the programs that find the readouts of one scenario, by framework.

    Parameters
    ----------
    experiment : str
        Its slug.
    params : Params
        Every setting; they stand in the program as literals.
    title : str
        Of the scenario: shown in a comment, whatever it holds.
    base : str
        Address of the app, for the link.

    Raises
    ------
    InputError
        If there is no program of that experiment.

    Examples
    --------
    >>> from bnsim.experiments import find
    >>> code = code_of("transform", find("transform").params(std=1.5))
    >>> list(code), "\nSTD = 1.5  # Batch std" in code["numpy"]
    (['pytorch', 'keras', 'flax', 'numpy'], True)
    """
    return {each: code_text(experiment, params, each, title=title, base=base) for each in FRAMEWORKS}


def code_text(experiment: str, params: Params, framework: str, *, title: str = "", base: str = LOCAL) -> str:
    """Return the program for one framework; see `code_of`."""
    settings = find(experiment).code
    if settings is None:
        others = ", ".join(slug for slug, each in all_experiments().items() if each.code is not None)
        raise InputError(f"experiment must be one of {others} to be had as code; got {experiment}.")
    found = settings(params)
    found = replace(found, facts={**found.facts, "framework": framework})
    head = "\n".join(_head(experiment, params, framework, title, base))
    return f"{head}\n\n{_joined(experiment, framework, params, found)}\n"


@once
def cells(experiment: str, name: str) -> tuple[Cell, ...]:
    """Return the cells of a template."""
    package = f"bnsim.experiments.{experiment.replace('-', '_')}.code"
    path = files(package).joinpath(f"{name}.py.txt")
    _, *parts = MARK.split(path.read_text("utf-8"))
    return tuple(_cell(mark.split(), text.strip("\n")) for mark, text in zip(parts[::2], parts[1::2], strict=True))


def _cell(mark: list[str], text: str) -> Cell:
    if mark[:1] == ["when"]:
        asked = (fact.partition("=") for fact in mark[1:])
        return Cell({name: tuple(values.split(",")) for name, _, values in asked}, "", text)
    return Cell({}, "".join(mark), text)


def _joined(experiment: str, name: str, params: Params, found: CodeSettings) -> str:
    """Return the cells of a template that apply, one after the other; one that begins indented goes on in a block."""
    texts = (_written(cell, experiment, params, found) for cell in cells(experiment, name))
    return reduce(_after, (text for text in texts if text), "")


def _after(above: str, below: str) -> str:
    """Return a cell below others: at once where it goes on in a block, apart from functions by two lines."""
    if not above:
        return below
    if below.startswith(" "):
        return f"{above}\n{below}"
    apart = FUNCTION.search(below) or above.rpartition("\n")[2].startswith(" ")
    return f"{above}{BLANKS if apart else BLANK}{below}"


def _written(cell: Cell, experiment: str, params: Params, found: CodeSettings) -> str:
    if not cell.applies(found.facts):
        return ""
    if cell.place == "SETTINGS":
        return "\n".join(_settings(params, found))
    return _joined(experiment, cell.place.lower(), params, found) if cell.place else cell.text


def _settings(params: Params, found: CodeSettings) -> Iterator[str]:
    controls = params.controls()
    for name, value in found.values.items():
        spec = controls.get(name)
        yield assigned(name.upper(), value, spec.control.label if spec else found.remarks.get(name, ""))


def _head(experiment: str, params: Params, framework: str, title: str, base: str) -> Iterator[str]:
    """Yield the comments that say what the program is.

    A comment in the first two lines could name the encoding of the file, so no text of others stands there.
    """
    words = words_of(__package__)
    yield comment(words.say("label.head.what", experiment=experiment, framework=words[f"label.framework.{framework}"]))
    yield comment(words.say("label.head.written", bnsim=version("bnsim"), numpy=version("numpy")))
    yield comment(words[f"label.checked.{framework}"])
    if title.strip():
        yield comment(words.say("label.head.title", title=title))
    yield comment(words.say("label.head.link", link=link.url(f"{base.rstrip('/')}/{experiment}", params)), LONGEST_LINK)
    if not link.holds_everything(params):
        yield comment(words["label.head.short"])
    yield comment(words["label.head.prints"])
