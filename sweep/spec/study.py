"""`StudySpec`: a validated study, its canonical form for the log, and the difference of two."""

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
from sweep.document import KeyPath, dotted
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.equality import same
from sweep.model.parameters import Parameter, Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.smoothing import WINDOW
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
        trainer: the trainer's name, or the command as one would type it.
        command: how to run the trainer if it is a program.
        parameters: in file order.
        depends_on: files and folders that results depend on, as the file names them.
        base_dir: absolute folder of the study file, where relative trainer paths start; not in the
            digest.
        trackers: other tools to which the study is logged; not in the digest.
        source: the file's text; not in the digest.
        notes: keys of another tool's file that have another meaning or none here, and what the
            search method does not support; not in the digest.
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
        """The metric that selects the best epoch if `report.select` is `best`."""
        return self.report.select_by or self.metric

    @property
    def read_at(self) -> str:
        """The epoch at which a run's values are read, in words: `best epoch by val/f1`."""
        if self.report.select == "last":
            return "last epoch"
        if self.report.select == "smoothed":
            return (
                f"epoch with the best mean of {WINDOW} epochs by {self.selector.name}"
            )
        return f"best epoch by {self.selector.name}"

    def selected(self, trial: Trial) -> Report | None:
        """The report whose metrics count for a trial; None if no value is finite.

        It is the best one by `selector`, or the last one, as `report.select` says.
        """
        return trial.selected(
            self.selector.name, self.selector.goal, self.report.select
        )

    def folds(self, stage: str) -> int | None:
        """The number of cross-validation folds in a stage; retuning has those of the search."""
        section = self.ablation if stage == "ablation" else self.search
        return None if section is None else section.folds

    @property
    def search_space(self) -> SearchSpace:
        """The part of the study that a sampler needs."""
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
            TrainerNotFound: there is no trainer of that name.
        """
        if self.command is not None:
            return self.command.reference(self.base_dir)
        return trainer.resolve(self.trainer, self.base_dir)

    @property
    def reference_kind(self) -> str:
        """The kind of `reference`, without looking the trainer up.

        One of `bundled`, `module`, `file`, `function` and `command`.
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
        """The trainer's name without its folder: equal names with equal code are one trainer."""
        if self.command is not None:
            return f"command: {self.command.model_dump_json()}"
        module, _, function = self.trainer.rpartition(":")
        if self.reference_kind == "file":
            return f"file: {PurePath(module).name}:{function}"
        return f"{self.reference_kind}: {self.trainer}"

    def canonical(self) -> dict[str, Any]:
        """The whole spec as JSON values, with all defaults; `from_canonical` is the inverse."""
        sections = {key: getattr(self, key) for key in SECTIONS}
        # An empty list is left out, so that digests of older studies stay the same.
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
        """The spec with this canonical form.

        Raises:
            UnreadableSection: another version of sweep wrote a section.
        """
        # The log of an older version may lack a section. Its default is how that version behaved.
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
        """SHA-256 of the canonical form, in hex.

        Two studies have the same digest if they train the same trials in the same order.
        """
        return hashlib.sha256(orjson.dumps(_digested(self))).hexdigest()


class UnreadableSection(ValueError):
    """This version of sweep cannot read a section of the canonical form."""

    def __init__(self, section: str, error: ValidationError):
        first = error.errors(include_url=False)[0]
        key = dotted((section, *(part for part in first["loc"] if not is_tag(part))))
        super().__init__(f"{key} is {show(first['input'])}: {first['msg']}")


def _section(name: str, plain: Any) -> Any:
    """A section from its canonical form; None if the study has none."""
    if plain is None:
        return None
    try:
        return _adapter(name).validate_python(plain)
    except ValidationError as error:
        raise UnreadableSection(name, error) from error


@cache
def _adapter(section: str) -> TypeAdapter[Any]:
    """The pydantic adapter for a section of the canonical form."""
    return TypeAdapter(SECTIONS[section])


def _plain(parameter: Parameter) -> dict[str, Any]:
    """A parameter as JSON holds it."""
    when = {parent: list(values) for parent, values in parameter.when.items()}
    plain = {
        "domain": type(parameter.domain).__name__,
        **asdict(parameter.domain),
        "role": parameter.role,
        "when": when,
    }
    if (
        parameter.task_values
    ):  # left out if empty, so that digests of older studies stay the same
        plain["at"] = {
            task: dict(values) for task, values in parameter.task_values.items()
        }
    return plain


def _parameter(name: str, plain: Mapping[str, Any]) -> Parameter:
    settings = {
        k: v for k, v in plain.items() if k not in ("domain", "role", "when", "at")
    }
    for key in ("choices", "probabilities"):
        if settings.get(key) is not None:
            settings[key] = tuple(settings[key])
    for key, value in settings.items():
        if key in _NUMERIC and type(value) not in (int, float, type(None)):
            raise ValueError(f"{key} of parameter {name!r} is {value!r}, not a number")
    when = {parent: tuple(values) for parent, values in plain["when"].items()}
    at = plain.get("at", {})
    return Parameter(
        name, _DOMAINS[plain["domain"]](**settings), plain["role"], when, at
    )


def slugify(name: str) -> str:
    """Turn any text into a folder name.

    The folder name has at most 80 ASCII letters, digits, `.`, `_` and `-`, and is never hidden. If
    it differs from the text, it ends with 8 hex digits of the text's SHA-256, so that two names
    never share a folder.
    """
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_).strip("-.")
    if slug and slug == name and len(slug) <= _SLUG_LENGTH:
        return slug
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[: _SLUG_LENGTH - 9]}-{mark}".lstrip("-.")


def diff(a: StudySpec, b: StudySpec) -> list[str]:
    """What changed from `a` to `b`, one line a key: `search.trials: 24 → 40`.

    It is empty if the digests are equal.
    """
    return list(_changes(_digested(a), _digested(b), ()))


def diff_documents(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """What changed between the contents of two study files, as `diff` words it."""
    return list(_changes(dict(a), dict(b), ()))


def _digested(spec: StudySpec) -> dict[str, Any]:
    """The part of the canonical form that the digest covers."""
    canonical = spec.canonical()
    for key in _NOT_IN_DIGEST:
        canonical.pop(key, None)
    return canonical


def _changes(old: Any, new: Any, path: KeyPath) -> Iterator[str]:
    """A sentence for each value that differs between two documents."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        if not same(old, new):
            yield f"{dotted(path)}: {_shown(old)} → {_shown(new)}"
        return
    for key in dict.fromkeys([*old, *new]):
        yield from _changes(old.get(key, _ABSENT), new.get(key, _ABSENT), (*path, key))
    # The order of a ladder's steps, and of a grid, has a meaning.
    if old.keys() == new.keys() and list(old) != list(new):
        yield f"{dotted(path)}: order {', '.join(old)} → {', '.join(new)}"


def _shown(value: Any) -> str:
    return "absent" if value is _ABSENT else show(value)
