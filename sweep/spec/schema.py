"""The sections of a study file, as frozen pydantic models. Their fields are what a study file may
say.

Unknown keys are errors everywhere. Numbers are strict: "24" and true are no integers, 24.0 is no
count.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from sweep.errors import UsageError
from sweep.model.fields import Count, Number, Positive, Section, Seed, Text, Values
from sweep.model.trial import Goal
from sweep.samplers import AnySearch, Method
from sweep.spec.command import Command
from sweep.spec.designs import Designs
from sweep.spec.page_settings import ColumnName, NotesStyle, Pages, Precision, Profile
from sweep.spec.resources import Resources
from sweep.spec.trackers import Trackers
from sweep.statistics.sequential import FEWEST_PAIRS, default_looks
from sweep.statistics.verdicts import Margin, parse_margin
from sweep.stopping import AnyRule, NoRule
from sweep.stopping.health import Health

MOST_SEEDS = 1_000  # of a study that adds seeds until its arms are decided


class Metric(Section):
    """What the search optimises and the best epoch is selected by; measured on validation data.

    Attributes:
        name: of a metric that the trainer reports, e.g. `val/f1`.
        goal: whether a larger or a smaller value is better.
        target: the study stops starting trials once a trial has reached this value; None: never.
    """

    name: Text
    goal: Goal
    target: Number | None = None


class Retune(Section):
    """Each arm's nuisance parameters are tuned before its seeds are run, with the same budget for
    every arm.

    Attributes:
        parameters: nuisance parameters; an arm tunes those that exist in it.
        trials: configurations an arm tries, with each of the search's seeds and folds (without a
            search: seed 0).
        method: as in `Search`; the first half of the trials, 10 at most, are random where a model
            is made.
        early_terminate: which of these trials stop early, compared with those of the same arm;
            default: none, so that budgets are equal in epochs too.
    """

    parameters: tuple[Text, ...] = Field(min_length=1)
    trials: Count
    method: Method = "tpe"
    early_terminate: AnyRule = NoRule()


class Variance(Section):
    """Extra runs of the baseline whose sources of randomness are drawn apart: where does the
    variance come from?

    Attributes:
        sources: two or three of split, init and order; a trainer reads their seeds by name from
            `run.seeds`.
        levels: draws of each source; levels² runs are trained.
    """

    sources: Annotated[
        tuple[Literal["split", "init", "order"], ...], Field(min_length=2, max_length=3)
    ] = ("split", "init", "order")
    levels: Annotated[int, Field(strict=True, ge=3, le=20)] = 4


class SeedsUntilDecided(Section):
    """Seeds 0, 1, 2, … are added in looks until every arm is decided or the limit is reached; see
    `sweep.ablation.looks`.

    Attributes:
        first (`from` in a file): seeds of every arm at the first look.
        to: seeds of an arm that is never decided.
        until: `decided`.
    """

    first: Annotated[int, Field(strict=True, ge=FEWEST_PAIRS)] = Field(alias="from")
    to: Annotated[int, Field(strict=True, ge=FEWEST_PAIRS, le=MOST_SEEDS)]
    until: Literal["decided"]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.to <= self.first:
            raise ValueError(
                f"seeds go from {self.first} to {self.to}; the limit must be above the first look, "
                "e.g. {from: 6, to: 30, until: decided}"
            )
        return self

    @property
    def looks(self) -> tuple[int, ...]:
        """Seeds of an arm at each look."""
        return default_looks(self.first, self.to)


def _seeds_form(seeds: Any) -> str:
    return "[looks]" if isinstance(seeds, dict | SeedsUntilDecided) else "[list]"


SeedList = Annotated[tuple[Seed, ...], Field(min_length=1)]
Seeds = Annotated[
    Annotated[SeedList, Tag("[list]")] | Annotated[SeedsUntilDecided, Tag("[looks]")],
    Discriminator(_seeds_form),
]


def _as_margin(value: Any) -> Any:
    """A margin as it is written; whether it is one."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(
            f'{value!r} is no margin; e.g. 0.005, or "1 %" of the baseline\'s mean'
        )
    try:
        parse_margin(value)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return value if isinstance(value, str) else float(value)


class Ablation(Section):
    """Arms that are trained to the end, each with the same seeds and folds.

    Attributes:
        baseline: the configuration that arms are compared with: parameter → value. What it leaves
            open comes from the search's best configuration.
        designs: how arms are derived from the baseline; see `Designs`.
        stated_seeds (`seeds` in a file): a list, or `{from: 6, to: 30, until: decided}`; see
            `SeedsUntilDecided`.
        margin: the smallest change that matters, in the units of the first of `report.metrics`, or
            in percent of the baseline's mean (`"1 %"`); with one every arm gets a verdict.
        folds: number of cross-validation folds, each trained with every seed; None: the data set's
            fixed split.
        retune: see `Retune`; None: every arm takes nuisance parameters as the baseline or the
            search has them.
        variance: see `Variance`; None: no such runs.
    """

    baseline: Values = Field(default={})
    stated_seeds: Seeds = Field(default=(0, 1, 2, 3, 4, 5, 6, 7), alias="seeds")
    margin: Annotated[float | str | None, PlainValidator(_as_margin)] = None
    folds: Annotated[int, Field(strict=True, ge=2)] | None = None
    designs: Designs = Designs()
    retune: Retune | None = None
    variance: Variance | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """Every seed that an arm may be trained with, in order."""
        if isinstance(self.stated_seeds, SeedsUntilDecided):
            return tuple(range(self.stated_seeds.to))
        return self.stated_seeds

    @property
    def until_decided(self) -> SeedsUntilDecided | None:
        """The looks, None where every arm has the same seeds."""
        return (
            self.stated_seeds
            if isinstance(self.stated_seeds, SeedsUntilDecided)
            else None
        )

    @property
    def smallest_change(self) -> Margin | None:
        """The margin, None without one."""
        return None if self.margin is None else parse_margin(self.margin)


class ReportSpec(Section):
    """What the tables show.

    Attributes:
        metrics: columns; the default is the study's metric on test data where the trainer reports
            it.
        compare: the metrics whose change is shown with interval and p-value, all arms and metrics
            one family; columns too. The default is the first of `metrics`.
        select: a trial's values are read at its epoch with the best validation metric, or at its
            last epoch.
        select_by: the metric whose best epoch that is; the default is the study's. Another one
            leaves the study's metric unbiased by the choice of the epoch.
        deterministic: the trainer gives the same values with every seed, and is meant to; a
            function says so itself by `train.deterministic = True`.
        confidence: of all intervals of a table together.
        tasks: what a change over tasks is of: these tasks, or tasks like these, from which the
            study's are taken as drawn (at least five).
        scale: one, if the metric means the same on every task, so that its values are averaged over
            them; each, if every task has a scale of its own: relative changes are averaged.
        profile: paper, for the five columns that papers print: arm, metric, change, p, seeds; it
            stands for `columns` and `notes`, unless the file has them too.
        columns: groups of columns of the ablation table, in order, right of the arm. The files for
            programs always have all of them.
        notes: full, all footnotes under a table; short, those that a reader must know before
            believing a row, the methods in a file of their own; separate, all in that file.
        precision: decimals of metrics and their changes, one number or `{metric: number}`; the
            default follows from each number's uncertainty (`sweep.report.numbers`).
        names: metric, arm, component or parameter → what tables and figures call it.
        pages: what LaTeX tables are made for: two_columns (a column 229 pt wide, the text 469 pt)
            or one_column (345 pt).
    """

    metrics: tuple[Text, ...] = ()
    compare: tuple[Text, ...] = ()
    tasks: Literal["these", "like_these"] = "these"
    scale: Literal["one", "each"] = "each"
    select: Literal["best", "last"] = "best"
    select_by: Metric | None = None
    deterministic: Annotated[bool, Field(strict=True)] = False
    confidence: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.95
    profile: Profile | None = None
    columns: tuple[ColumnName, ...] = ()
    notes: NotesStyle | None = None
    precision: Precision = None
    names: dict[Text, Text] = Field(default_factory=dict)
    pages: Pages = "two_columns"


class Budget(Section):
    """When the study stops starting trials; None: never.

    Attributes:
        hours: of wall-clock time, of all sessions together.
        gpu_hours: hours of training times the GPUs that each trial holds.
    """

    hours: Positive | None = None
    gpu_hours: Positive | None = None


def _count_or_all(value: Any) -> Any:
    if value == "all" or (type(value) is int and value >= 1):
        return value
    raise ValueError(
        f"{value!r} is neither a number of checkpoints, at least 1, nor all"
    )


class Checkpoint(Section):
    """When checkpoints are written, and which of them stay.

    Attributes:
        every: epochs from one to the next; the best epoch and a trial's last get theirs in any
            case.
        keep: so many of the latest stay, and the best one always; `all`: every one. With 1, one
            damaged on disk costs more than an epoch.
    """

    every: Count = 1
    keep: Annotated[int | Literal["all"], PlainValidator(_count_or_all)] = 2


class StudyFile(Section):
    """A whole study file.

    Parameters are read by `sweep.spec.entries`, profiles by `sweep.spec.overrides`.

    Attributes:
        name: of the study and its folder in `results/`; the default is the file's name.
        description: a sentence for the report.
        trainer: what trains a model: `clip`, `fusion` or `segmentation` (bundled),
            `package.module:function`, or `path/to/file.py:function`. This or `command`.
        command: a program that trains a model: one line, a list of words with macros, or a
            section; see `Command`. This or `trainer`.
        metric: what the search optimises and the best epoch is selected by; see `Metric`.
        parameters: name → one value (a constant), values to choose from, or a distribution.
        search: which configurations are tried; see the methods. Without it only the ablation runs.
        early_terminate: which of the search's trials end early, by `type`; the default is none.
        ablation: the arms of the table, their seeds and designs; see `Ablation`.
        health: rules that warn of a running trial, or stop it; see `Health`.
        report: what the tables show; see `ReportSpec`.
        resources: what a trial holds while it runs; see `Resources`.
        budget: when the study stops starting trials; see `Budget`.
        checkpoint: when checkpoints are written, and which stay; see `Checkpoint`.
        trackers: other tools that the running study is written to; see `Trackers`.
        profiles: name → keys of this file that `--profile NAME` replaces; parameters may be named
            without `parameters`.
        reuse: identical complete trials of other studies in the results folder are taken over:
            `sweep.ablation.reuse`.
        depends_on: files and folders that numbers depend on and that no trial is seen to read
            (Parquet, what a program reads): a change of them is refused as one of code is.
    """

    name: Text = ""
    description: str = ""
    trainer: Text | None = None
    command: Command | None = None
    metric: Metric
    parameters: dict[Text, Any] = Field(min_length=1)
    search: AnySearch | None = None
    early_terminate: AnyRule = NoRule()
    ablation: Ablation | None = None
    health: Health = Health()
    reuse: Annotated[bool, Field(strict=True)] = False
    depends_on: tuple[Text, ...] = ()
    report: ReportSpec = ReportSpec()
    resources: Resources = Resources()
    budget: Budget = Budget()
    checkpoint: Checkpoint = Checkpoint()
    trackers: Trackers = Trackers()
    profiles: dict[Text, Values] = Field(default={})
