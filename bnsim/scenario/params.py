"""The parameters of an experiment: declared once, checked in one place, refused in plain sentences."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bnsim.errors import DataError, ParamsError
from bnsim.scenario.fields import Control, FieldSpec, spec_of
from bnsim.scenario.labels import labelled
from bnsim.scenario.wording import limited, shown, shown_name, unknowns
from bnsim.text.words import Words

__all__ = ["Control", "FieldSpec", "Params", "Problem"]

# Constraints the rule of a field does not put into words; pydantic's own words are used.
WORDED_BY_PYDANTIC = ("multiple_of", "string_pattern_mismatch", "string_too_short")


Reader = Callable[[object], tuple[object, str] | None]
"""Gives what a value means and the sentence that says so; None for a value that means itself."""


class Problem(NamedTuple):
    """One reason to refuse parameters: the fields it is about, the sentence, whether it is a rule over several."""

    names: tuple[str, ...]
    sentence: str
    is_rule: bool = False

    def key(self) -> str:
        """Return the names as the end of a path in a scenario file."""
        return " and ".join(map(shown_name, self.names))


class BrokenRulesError(ValueError):
    """Carries the broken cross-field rules out of pydantic's validation."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(problem.sentence for problem in problems))
        self.problems = problems


class Params(BaseModel):
    """Base of every experiment's parameters: frozen, no unknown names, no NaN, no infinity.

    A subclass declares fields of type float, int, bool, str, Literal, Enum or `Values`, each with a default and, in
    ``Annotated``, its ``Field(ge=..., le=...)`` and its `Control`; or, in a line, what `bnsim.scenario.declare` makes
    of both. The words of the controls come from the class argument `words`. Rules over several fields go into `rules`.
    What is not a number gets a word and never a number with another meaning:
    ``Annotated[Annotated[float, Field(ge=...)] | Literal["own"], Control(...)]``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True, strict=True)

    _controls: ClassVar[Mapping[str, FieldSpec]] = MappingProxyType({})
    _readouts: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, words: Words | None = None, **kwargs: Any) -> None:
        """Take the words of the controls; pydantic hands them to the method below, once the fields are known."""
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, words: Words | None = None, **kwargs: Any) -> None:
        """Read every field once, when the class is made, and join its words to it."""
        super().__pydantic_init_subclass__(**kwargs)
        specs = {name: spec_of(name, info) for name, info in cls.model_fields.items()}
        cls._controls = MappingProxyType(specs if words is None else labelled(specs.values(), words))
        cls._readouts = () if words is None else tuple(words.terms)
        for spec in cls._controls.values():
            if spec.control.when and spec.control.when[0] not in cls._controls:
                raise TypeError(f"The control of {spec.name} depends on {spec.control.when[0]}, which is no parameter.")

    @classmethod
    def controls(cls) -> Mapping[str, FieldSpec]:
        """Return the specification of every field, by name, in declaration order."""
        return cls._controls

    @classmethod
    def readouts(cls) -> tuple[str, ...]:
        """Return the keys of what an experiment finds for these parameters, from its words; nothing without words."""
        return cls._readouts

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the parameters made of typed values (from Python or TOML); what is not given is default.

        Raises
        ------
        ParamsError
            With every problem at once: unknown names, wrong kinds, values out of range, broken rules.
        """
        params, problems = cls.examine(values)
        if params is None:
            raise ParamsError(*limited([problem.sentence for problem in problems]))
        return params

    @classmethod
    def read_leniently(cls, values: Mapping[str, str]) -> tuple[Self, tuple[str, ...]]:
        """Return parameters from what is good among text values, and a sentence for everything that is not.

        A broken rule over several fields puts those fields back to their defaults; if that does not mend it, all.
        """
        kept, renewed = cls.renewed(cls._typed(values))
        reports: list[str] = [*renewed, *cls.told(values)]
        while True:
            params, problems = cls.examine(kept)
            if params is not None:
                return params, limited(reports)
            reports = list(dict.fromkeys((*reports, *(problem.sentence for problem in problems))))
            dropped = {name for problem in problems for name in problem.names}
            kept = {name: value for name, value in kept.items() if name not in dropped} if dropped & set(kept) else {}
            if not kept:
                return cls.of({}), limited(reports)

    @classmethod
    def renewed(cls, values: Mapping[str, object]) -> tuple[dict[str, object], tuple[str, ...]]:
        """Return the values of a file as they are meant, and what to say of each that stands there otherwise.

        These are numbers by which earlier versions meant a word, and what `understood` reads.
        """
        values, told = cls.understood(values)
        return cls._meant(values, told, {n: s.renewed for n, s in cls._controls.items() if s.control.formerly})

    @classmethod
    def understood(cls, values: Mapping[str, object]) -> tuple[dict[str, object], tuple[str, ...]]:
        """Return typed values with the numbers that are given as a framework quotes them, and what to say of each.

        A momentum of "0.99, Keras" becomes 0.01.
        """
        return cls._meant(values, (), {n: s.understood for n, s in cls._controls.items() if s.control.quoted})

    @classmethod
    def _meant(
        cls, values: Mapping[str, object], told: tuple[str, ...], readers: Mapping[str, Reader]
    ) -> tuple[dict[str, object], tuple[str, ...]]:
        """Return the values with what the readers make of some; what is said of those comes after `told`."""
        found = {name: read(values[name]) for name, read in readers.items() if name in values}
        meant = {name: pair for name, pair in found.items() if pair is not None}
        changed = {name: value for name, (value, _) in meant.items()}
        return {**values, **changed}, (*told, *(sentence for _, sentence in meant.values()))

    @classmethod
    def told(cls, values: Mapping[str, str]) -> tuple[str, ...]:
        """Return what to say of how some of the texts are read; see `FieldSpec.told`."""
        controls = cls._controls
        known = ((controls[name], text) for name, text in values.items() if name in controls and isinstance(text, str))
        return tuple(sentence for spec, text in known for sentence in spec.told(text))

    @classmethod
    def examine(cls, values: Mapping[str, object]) -> tuple[Self | None, tuple[Problem, ...]]:
        """Return the parameters made of typed values, or None and every problem."""
        controls = cls._controls
        odd = [name for name in values if name not in controls]
        sentences = unknowns(odd, "a parameter of this experiment", controls, "Its parameters are")
        problems = [Problem((name,), sentence) for name, sentence in zip(odd, sentences, strict=True)]
        known = {name: value for name, value in values.items() if name in controls} if problems else dict(values)
        try:
            params = cls.model_validate(known)
        except ValidationError as error:
            problems.extend(cls._problems(error))
        return (None, tuple(problems)) if problems else (params, ())

    def replace(self, **changes: object) -> Self:
        """Return a checked copy with some fields changed; the others are not copied.

        Raises
        ------
        ParamsError
            As in `of`.
        """
        return self.of({**self.__dict__, **changes})

    def changed(self, other: Self) -> tuple[str, ...]:
        """Return the names of the fields in which the two differ, in declaration order."""
        return tuple(name for name in self._controls if getattr(self, name) != getattr(other, name))

    def rules(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Yield (names of the fields involved, sentence) for every broken rule over several fields; none here."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _tidied(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        controls = cls._controls
        return {name: controls[name].tidy(value) if name in controls else value for name, value in values.items()}

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        broken = (*self._unfit(), *(Problem(names, sentence, is_rule=True) for names, sentence in self.rules()))
        if broken:
            raise BrokenRulesError(broken)
        return self

    def _unfit(self) -> Iterable[Problem]:
        # A whole number without bounds of its own still has to fit a slider and a double; a text has to fit a file.
        for spec in self._controls.values():
            if spec.kind in ("integer", "text") and not spec.allows(getattr(self, spec.name)):
                yield Problem((spec.name,), spec.refusal(getattr(self, spec.name)))

    @classmethod
    def _typed(cls, values: Mapping[str, str]) -> dict[str, object]:
        controls = cls._controls
        return {
            name: controls[name].read(text) if name in controls and isinstance(text, str) else text
            for name, text in values.items()
        }

    @classmethod
    def _problems(cls, error: ValidationError) -> Iterable[Problem]:
        """Yield what pydantic found in our words."""
        told: set[tuple[str, str]] = set()
        for detail in error.errors(include_url=False):
            cause = detail.get("ctx", {}).get("error")
            if isinstance(cause, BrokenRulesError):
                yield from cause.problems
            elif not detail["loc"]:  # a model validator of the subclass
                yield Problem((), str(cause or detail["msg"]), is_rule=True)
            else:
                name = str(detail["loc"][0])
                for text in _sentences(cls._controls[name], detail, cause):
                    if (name, text) not in told:  # a number or a word is refused as either
                        told.add((name, text))
                        yield Problem((name,), text)


def _sentences(spec: FieldSpec, detail: Mapping[str, Any], cause: object) -> Iterable[str]:
    if isinstance(cause, DataError):
        return (f"{spec.name}{problem.removeprefix('values')}" for problem in cause.problems)
    if cause is not None:
        return (str(cause),)
    if detail["type"] in WORDED_BY_PYDANTIC:
        return (f"{spec.name} must {detail['msg'].removeprefix('Input should ')}; got {shown(detail['input'])}.",)
    return (spec.refusal(detail["input"]),)
