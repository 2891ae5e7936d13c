"""The words of a parameter, joined to its declaration from an experiment's `text.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bnsim.scenario.fields import FieldSpec
from bnsim.text.words import Words, WordsError, glossary


def labelled(specs: Iterable[FieldSpec], words: Words) -> dict[str, FieldSpec]:
    """Return the parameters by name, each with its label, symbol, help, the names of its choices and its group.

    What `text.toml` does not say of a parameter the shared glossary does.

    Raises
    ------
    WordsError
        If a parameter has no text, a text has no parameter, or the choices differ.
    """
    found = {spec.name: spec for spec in specs}
    shared = glossary()["params"]
    words.require("group", {spec.control.group for spec in found.values() if spec.control.group})
    words.require("params", set(found) - set(shared), optional=set(found) & set(shared))
    return {name: _labelled(spec, {**shared.get(name, {}), **words.params.get(name, {})}, words)
            for name, spec in found.items()}  # fmt: skip


def _labelled(spec: FieldSpec, texts: Mapping[str, Any], words: Words) -> FieldSpec:
    missing = [part for part in ("label", "help") if not texts.get(part)]
    if missing:
        raise WordsError(f"{words.source}: params.{spec.name} must have a {' and a '.join(missing)}.")
    named = {
        "label": texts["label"],
        "symbol": texts.get("symbol", ""),
        "help": texts["help"],
        "choices": _choices(spec, texts.get("choices", {}), words.source),
        "group": spec.control.group and words[f"group.{spec.control.group}"],
    }
    return replace(spec, control=replace(spec.control, **named))


def _choices(spec: FieldSpec, texts: Mapping[str, str], source: str) -> Mapping[Any, str] | None:
    offered = tuple(spec.control.choices or ()) if spec.kind == "number" else spec.options
    if not texts and not spec.control.choices:
        return None
    by_text = {spec.write(option): option for option in offered}
    if set(by_text) != set(texts):
        raise WordsError(
            f"{source}: params.{spec.name}.choices must name exactly {', '.join(by_text)}; got {', '.join(texts)}."
        )
    return {by_text[written]: label for written, label in texts.items()}
