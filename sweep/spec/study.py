"""`StudySpec`: what a study is, as the log keeps it; its folder name, and how two of
them differ.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import PurePath
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from sweep import trainer
from sweep.document import Path_, dotted
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.equality import same
from sweep.model.parameters import Parameter, Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.tagged_union import is_tag
from sweep.model.trial import Report, Trial
from sweep.samplers import AnySearch, Search
from sweep.spec.command import Command
from sweep.spec.messages import show
from sweep.spec.resources import Resources
from sweep.spec.schema import (
    Ablation,
    Budget,
    Checkpoint,
    Metric,
    ReportSpec,
)
from sweep.spec.trackers import Trackers
from sweep.stopping import AnyRule, NoRule, StoppingRule
from sweep.stopping.health import Health
from sweep.trainer import TrainerRef

_DOMAINS = {
    d.__name__: d for d in (Constant, Choice, Uniform, IntUniform, Normal, Beta)
}
_PLAIN = ("name", "description", "trainer", "base_dir", "reuse")
SECTIONS: dict[str, Any] = {
    "command": Command,
    "metric": Metric,
    "search": AnySearch,
    "early_terminate": AnyRule,
    "ablation": Ablation,
    "health": Health,
    "report": ReportSpec,
    "resources": Resources,
    "budget": Budget,
    "checkpoint": Checkpoint,
    "trackers": Trackers,
}
_NOT_IN_DIGEST = ("base_dir", "description", "trackers")
_NUMERIC = ("low", "high", "mean", "sd", "a", "b", "step")
_SLUG_LENGTH = 80
_ABSENT = object()


@dataclass(frozen=True)
class StudySpec:
    """A study as its file describes it, after profile and overrides.

    Attributes:
        trainer: its name, or the command as one would type it.
        command: how it is run where the trainer is a program.
        parameters: in file order.
        depends_on: files and folders that numbers depend on, as the file names them.
        base_dir: absolute folder of the study file, which relative trainer files are relative to;
            not in the digest.
        trackers: where else it is written to; not in the digest.
        source: the file's text; not in the digest.
        notes: what a W&B sweep file says that means something else here, or nothing, and what the
            search's method does not do; not in the digest.
    """

    name: str
    trainer: str
    metric: Metric
    parameters: Parameters
    command: Command | None = None
    search: Search | None = None
    early_terminate: StoppingRule = field(default_factory=NoRule)
    ablation: Ablation | None = None
    health: Health = field(default_factory=Health)
    reuse: bool = False
    depends_on: tuple[str, ...] = ()
    report: ReportSpec = field(default_factory=ReportSpec)
    resources: Resources = field(default_factory=Resources)
    budget: Budget = field(default_factory=Budget)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    trackers: Trackers = field(default_factory=Trackers)
    description: str = ""
    base_dir: str = "."
    source: str = field(default="", repr=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def slug(self) -> str:
        """The study's folder name; see `slugify`."""
        return slugify(self.name)

    @property
    def selector(self) -> Metric:
        """The metric whose best epoch is read where `report.select` is `best`."""
        return self.report.select_by or self.metric

    def selected(self, trial: Trial) -> Report | None:
        """The report whose metrics count for a trial: its best by `selector`, or its last
        (`report.select`); None without any finite value.
        """
        return trial.selected(
            self.selector.name, self.selector.goal, self.report.select
        )

    def folds(self, stage: str) -> int | None:
        """How many cross-validation folds a stage's trials have: the ablation's, or the
        search's (retuning is one).
        """
        section = self.ablation if stage == "ablation" else self.search
        return None if section is None else section.folds

    @property
    def search_space(self) -> SearchSpace:
        """What a sampler is told of the study."""
        objectives = () if self.search is None else self.search.objectives
        return SearchSpace(
            parameters=self.parameters,
            metric=self.metric.name,
            goal=self.metric.goal,
            select=self.report.select,
            objectives=tuple(objective.goal for objective in objectives),
        )

    def reference(self) -> TrainerRef:
        """The trainer, looked up.

        Raises:
            TrainerNotFound: there is none of that name.
        """
        if self.command is not None:
            return self.command.reference(self.base_dir)
        return trainer.resolve(self.trainer, self.base_dir)

    @property
    def reference_kind(self) -> str:
        """The kind of `reference`, without looking for it: `bundled`, `module`, `file`,
        `function` or `command`.
        """
        if self.command is not None:
            return "command"
        module, colon, _ = self.trainer.rpartition(":")
        if not colon:
            return "bundled"
        if module.endswith(".pkl"):
            return "function"
        return "file" if module.endswith(".py") else "module"

    @property
    def trainer_name(self) -> str:
        """What is trained with, wherever it lies: equal names with equal code are one trainer."""
        if self.command is not None:
            return f"command: {self.command.model_dump_json()}"
        module, _, function = self.trainer.rpartition(":")
        if self.reference_kind == "file":
            return f"file: {PurePath(module).name}:{function}"
        return f"{self.reference_kind}: {self.trainer}"

    def canonical(self) -> dict[str, Any]:
        """The whole spec as JSON values, defaults written out; `from_canonical` takes it back."""
        sections = {key: getattr(self, key) for key in SECTIONS}
        # Left out where there is nothing: the digests of older studies stand.
        depends_on = {"depends_on": list(self.depends_on)} if self.depends_on else {}
        return {
            "name": self.name,
            "description": self.description,
            "trainer": self.trainer,
            "base_dir": self.base_dir,
            "reuse": self.reuse,
            **depends_on,
            "parameters": {name: _plain(p) for name, p in self.parameters.items()},
            **{
                key: None if s is None else s.model_dump(mode="json", by_alias=True)
                for key, s in sections.items()
            },
        }

    @classmethod
    def from_canonical(
        cls, canonical: Mapping[str, Any], source: str = ""
    ) -> StudySpec:
        """The spec that `canonical` was taken from.

        Raises:
            UnreadableSection: a section has the form of another version.
        """
        # An older version's log may lack a section: its default is what it did.
        sections = {
            key: _section(key, canonical[key]) for key in SECTIONS if key in canonical
        }
        plain = {key: canonical[key] for key in _PLAIN if key in canonical}
        plain["depends_on"] = tuple(canonical.get("depends_on", ()))
        parameters = {
            name: _parameter(name, p) for name, p in canonical["parameters"].items()
        }
        return cls(**plain, **sections, parameters=parameters, source=source)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex: equal for studies that would train the
        same trials in one order.
        """
        content = {k: v for k, v in self.canonical().items() if k not in _NOT_IN_DIGEST}
        return hashlib.sha256(orjson.dumps(content)).hexdigest()


class UnreadableSection(ValueError):
    """A section of the canonical form is none that this version writes."""

    def __init__(self, section: str, error: ValidationError):
        first = error.errors(include_url=False)[0]
        key = dotted((section, *(part for part in first["loc"] if not is_tag(part))))
        super().__init__(f"{key} is {show(first['input'])}: {first['msg']}")


def _section(name: str, plain: Any) -> Any:
    """A section from its canonical form; None where the study has none."""
    if plain is None:
        return None
    try:
        return _adapter(name).validate_python(plain)
    except ValidationError as error:
        raise UnreadableSection(name, error) from error


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    """What reads a section of the canonical form."""
    return TypeAdapter(SECTIONS[section])


def _plain(parameter: Parameter) -> dict[str, Any]:
    when = {parent: list(values) for parent, values in parameter.when.items()}
    plain = {
        "domain": type(parameter.domain).__name__,
        **asdict(parameter.domain),
        "role": parameter.role,
        "when": when,
    }
    if (
        parameter.at
    ):  # left out where there is nothing: the digests of older studies stand
        plain["at"] = {task: dict(values) for task, values in parameter.at.items()}
    return plain


def _parameter(name: str, plain: Mapping[str, Any]) -> Parameter:
    own = {k: v for k, v in plain.items() if k not in ("domain", "role", "when", "at")}
    for key in ("choices", "probabilities"):
        if own.get(key) is not None:
            own[key] = tuple(own[key])
    for key, value in own.items():
        if key in _NUMERIC and type(value) not in (int, float, type(None)):
            raise ValueError(f"{key} of parameter {name!r} is {value!r}, not a number")
    when = {parent: tuple(values) for parent, values in plain["when"].items()}
    at = plain.get("at", {})
    return Parameter(name, _DOMAINS[plain["domain"]](**own), plain["role"], when, at)


def slugify(name: str) -> str:
    """A folder name for any text: ASCII letters, digits, `.`, `_` and `-`, at most 80 characters,
    never hidden.

    A name that is changed on the way gets 8 hex digits of its SHA-256, so that two names never
    share a folder.
    """
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_).strip("-.")
    if slug and slug == name and len(slug) <= _SLUG_LENGTH:
        return slug
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[: _SLUG_LENGTH - 9]}-{mark}".lstrip("-.")


def diff(a: StudySpec, b: StudySpec) -> list[str]:
    """What changed from `a` to `b`, one line a key: `search.trials: 24 → 40`. Empty
    when the digests are equal.
    """
    old, new = (
        {k: v for k, v in s.canonical().items() if k not in _NOT_IN_DIGEST}
        for s in (a, b)
    )
    return list(_changes(old, new, ()))


def _changes(old: Any, new: Any, at: Path_) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if not same(old, new):
            before, after = ("absent" if v is _ABSENT else show(v) for v in (old, new))
            yield f"{dotted(at)}: {before} → {after}"
        return
    for key in dict.fromkeys([*old, *new]):
        yield from _changes(old.get(key, _ABSENT), new.get(key, _ABSENT), (*at, key))
    if old.keys() == new.keys() and list(old) != list(
        new
    ):  # the order of rungs, and of a grid, means something
        yield f"{dotted(at)}: order {', '.join(old)} → {', '.join(new)}"
