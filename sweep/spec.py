"""Floor 2: a study file → a validated, frozen `StudySpec`, or every violation at once.

`load` reads the YAML (`yaml_file`), writes the profile and `--set` into it (`spec_overrides`), checks the sections
(`spec_schema`, worded by `spec_messages`), builds the parameters (`spec_parameters`) and asks what the sections cannot
know of each other (`spec_checks`) and of the trainer (`spec_settings`).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from sweep import spec_checks, spec_messages, spec_overrides, spec_settings, trainer, yaml_file
from sweep.errors import StudyFileError, TrainerNotFound, Violation
from sweep.parameters import Choice, Constant, IntUniform, Normal, Parameter, Parameters, Uniform, same, size
from sweep.spec_arms import Declared
from sweep.spec_parameters import Entry, parameter
from sweep.spec_salvage import salvage
from sweep.spec_schema import (
    Ablation,
    Budget,
    Checkpoint,
    Designs,
    EarlyTerminate,
    Metric,
    ReportSpec,
    Resources,
    Search,
    StudyFile,
)
from sweep.trainer import TrainerRef
from sweep.yaml_file import Document, Path_, dotted

__all__ = [
    "Ablation", "Budget", "Checkpoint", "Designs", "EarlyTerminate", "Metric", "ReportSpec", "Resources", "Search",
    "StudySpec", "diff", "load", "slugify",
]  # fmt: skip

_DOMAINS = {d.__name__: d for d in (Constant, Choice, Uniform, IntUniform, Normal)}
_SECTIONS: dict[str, Any] = {
    "metric": Metric,
    "search": Search,
    "early_terminate": EarlyTerminate,
    "ablation": Ablation,
    "report": ReportSpec,
    "resources": Resources,
    "budget": Budget,
    "checkpoint": Checkpoint,
}
_NOT_IN_DIGEST = ("base_dir", "description")
_SLUG_LENGTH = 80
_ABSENT = object()


@dataclass(frozen=True)
class StudySpec:
    """A study as its file describes it, after profile and overrides.

    Attributes:
        parameters: in file order.
        base_dir: absolute folder of the study file, which relative trainer files are relative to; not in the digest.
        source: the file's text; not in the digest.
    """

    name: str
    trainer: str
    metric: Metric
    parameters: Parameters
    search: Search | None = None
    early_terminate: EarlyTerminate = field(default_factory=lambda: EarlyTerminate(type="none"))
    ablation: Ablation | None = None
    report: ReportSpec = field(default_factory=ReportSpec)
    resources: Resources = field(default_factory=Resources)
    budget: Budget = field(default_factory=Budget)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    description: str = ""
    base_dir: str = "."
    source: str = field(default="", repr=False)

    @property
    def slug(self) -> str:
        """The study's folder name; see `slugify`."""
        return slugify(self.name)

    def canonical(self) -> dict[str, Any]:
        """The whole spec as JSON values, defaults written out; `from_canonical` takes it back."""
        sections = {key: getattr(self, key) for key in _SECTIONS}
        return {
            "name": self.name,
            "description": self.description,
            "trainer": self.trainer,
            "base_dir": self.base_dir,
            "parameters": {name: _plain(p) for name, p in self.parameters.items()},
            **{key: None if s is None else s.model_dump(mode="json") for key, s in sections.items()},
        }

    @classmethod
    def from_canonical(cls, canonical: Mapping[str, Any], source: str = "") -> StudySpec:
        """The spec that `canonical` was taken from."""
        sections: dict[str, Any] = {
            key: None if canonical[key] is None else model.model_validate(canonical[key])
            for key, model in _SECTIONS.items()
        }
        plain = {key: canonical[key] for key in ("name", "description", "trainer", "base_dir")}
        parameters = {name: _parameter(name, p) for name, p in canonical["parameters"].items()}
        return cls(**plain, **sections, parameters=parameters, source=source)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex: equal for studies that would train the same trials in one order."""
        content = {k: v for k, v in self.canonical().items() if k not in _NOT_IN_DIGEST}
        return hashlib.sha256(orjson.dumps(content)).hexdigest()


def load(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
    import_trainer: bool = False,
) -> StudySpec:
    """Read and validate a study file. Nothing is written.

    Args:
        path: the file.
        overrides: parameter or dotted key → value, as from `--set` (`spec_overrides.parse`).
        profile: name of one of the file's profiles, applied before the overrides.
        import_trainer: also import a trainer of your own (with torch, as a rule), so that its `settings` and
            `metrics` are checked; bundled trainers are always checked, without torch.

    Raises:
        StudyFileError: with every violation found.
    """
    document = yaml_file.read(path)
    return _Loader(document, Path(path).resolve()).load(overrides or {}, profile, import_trainer)


class _Loader:
    """One pass over a document; collects violations as it goes."""

    def __init__(self, document: Document, path: Path):
        self.document, self.path = document, path
        self.violations: list[Violation] = []

    def complain(self, path: Path_, problem: str, allowed: str = "") -> None:
        violation = Violation(self.document.line_of(path) if path else 0, dotted(path), problem, allowed)
        if violation not in self.violations:
            self.violations.append(violation)

    def load(self, overrides: Mapping[str, Any], profile: str | None, import_trainer: bool) -> StudySpec:
        self.document, wrong = spec_overrides.apply(self.document, overrides, profile)
        self.violations = [*self.document.violations, *wrong]
        parameters, doubtful = self._parameters()
        file = self._file(parameters)
        ref = self._trainer(self.document.data.get("trainer"), import_trainer)
        spec_checks.search(file, parameters, doubtful, self.complain)
        arms: list[Declared] = []
        if file.ablation is not None:
            searched = file.search is not None
            arms = spec_checks.arms(file.ablation, parameters, searched, self.complain)
        if ref is not None:
            spec_settings.metrics(ref, file, self.complain)
            spec_settings.settings(ref, parameters, doubtful, arms, self.complain)
        if self.violations:
            raise StudyFileError(self.document.name, self.violations)
        return self._spec(file, parameters, ref)

    def _parameters(self) -> tuple[dict[str, Parameter], set[str]]:
        """All parameters, and the names of those that are not to be relied on: constants stand in for them."""
        raw = self.document.data.get("parameters")
        raw = raw if isinstance(raw, dict) else {}  # the schema says so
        read = {name: p for name, value in raw.items() if (p := self._parameter(name, value)) is not None}
        doubtful = {n for n in raw if n not in read} | spec_checks.conditions(read, raw, self.complain)
        return {n: Parameter(n, Constant(None), "fixed") if n in doubtful else read[n] for n in raw}, doubtful

    def _parameter(self, name: str, raw: Any) -> Parameter | None:
        at: Path_ = ("parameters", name)
        if isinstance(raw, list):
            self.complain(at, "is a bare list", "values: […] to choose from, or value: […] for one list")
            return None
        if not isinstance(raw, dict):
            return Parameter(name, Constant(raw), "fixed")
        try:
            entry = Entry.model_validate(raw)
        except ValidationError as error:
            self.violations += spec_messages.violations(error, Entry, self.document, at)
            return None
        return parameter(name, entry, lambda key, problem, allowed: self.complain((*at, *key), problem, allowed))

    def _file(self, parameters: Parameters) -> StudyFile:
        data = dict(self.document.data)
        search = data.get("search")
        if isinstance(search, dict) and search.get("method") == "grid" and "trials" not in search:
            data["search"] = {**search, "trials": size(parameters) or 1}  # without a size the file is refused anyway
        try:
            return StudyFile.model_validate(data)
        except ValidationError as error:
            self.violations += spec_messages.violations(error, StudyFile, self.document)
            return salvage(data, error)

    def _trainer(self, name: Any, import_trainer: bool) -> TrainerRef | None:
        if not isinstance(name, str) or not name:
            return None  # the schema says so
        try:
            ref = trainer.resolve(name, self.path.parent)
            return trainer.described(ref) if import_trainer else ref
        except TrainerNotFound as error:
            self.complain(("trainer",), str(error))
            return None

    def _spec(self, file: StudyFile, parameters: Parameters, ref: TrainerRef | None) -> StudySpec:
        report = file.report
        if not report.metrics:
            report = report.model_copy(update={"metrics": (_test_metric(file.metric.name, ref),)})
        sections = {key: getattr(file, key) for key in _SECTIONS if key != "report"}
        return StudySpec(
            name=file.name or self.path.stem,
            trainer=file.trainer,
            parameters=parameters,
            report=report,
            description=file.description,
            base_dir=str(self.path.parent),
            source=self.document.text,
            **sections,
        )


def _test_metric(metric: str, ref: TrainerRef | None) -> str:
    """The study's metric on test data where the trainer says it reports that, else the metric itself."""
    side, slash, name = metric.partition("/")
    test = f"test/{name}"
    known = ref is not None and ref.metrics is not None and ref.reports(test)
    return test if slash and side == "val" and known else metric


def _plain(parameter: Parameter) -> dict[str, Any]:
    when = {parent: list(values) for parent, values in parameter.when.items()}
    return {"domain": type(parameter.domain).__name__, **asdict(parameter.domain), "role": parameter.role, "when": when}


def _parameter(name: str, plain: Mapping[str, Any]) -> Parameter:
    own = {k: v for k, v in plain.items() if k not in ("domain", "role", "when")}
    for key in ("choices", "probabilities"):
        if own.get(key) is not None:
            own[key] = tuple(own[key])
    when = {parent: tuple(values) for parent, values in plain["when"].items()}
    return Parameter(name, _DOMAINS[plain["domain"]](**own), plain["role"], when)


def slugify(name: str) -> str:
    """A folder name for any text: ASCII letters, digits, `.`, `_` and `-`, at most 80 characters, never hidden.

    A name that is changed on the way gets 8 hex digits of its SHA-256, so that two names never share a folder.
    """
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_).strip("-.")
    if slug and slug == name and len(slug) <= _SLUG_LENGTH:
        return slug
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[: _SLUG_LENGTH - 9]}-{mark}".lstrip("-.")


def diff(a: StudySpec, b: StudySpec) -> list[str]:
    """What changed from `a` to `b`, one line a key: `search.trials: 24 → 40`. Empty when the digests are equal."""
    old, new = ({k: v for k, v in s.canonical().items() if k not in _NOT_IN_DIGEST} for s in (a, b))
    return list(_changes(old, new, ()))


def _changes(old: Any, new: Any, at: Path_) -> Iterator[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if not same(old, new):
            before, after = ("absent" if v is _ABSENT else spec_messages.show(v) for v in (old, new))
            yield f"{dotted(at)}: {before} → {after}"
        return
    for key in dict.fromkeys([*old, *new]):
        yield from _changes(old.get(key, _ABSENT), new.get(key, _ABSENT), (*at, key))
    if old.keys() == new.keys() and list(old) != list(new):  # the order of rungs, and of a grid, means something
        yield f"{dotted(at)}: order {', '.join(old)} → {', '.join(new)}"
