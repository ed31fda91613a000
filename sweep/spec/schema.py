"""The sections of a study file, as frozen pydantic models. Their fields are the file's keys.

Unknown keys are errors everywhere. Numbers are strict: "24" and true are not integers, and 24.0 is
not a count.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, PlainValidator, Tag, model_validator

from sweep.errors import UsageError
from sweep.model.fields import Count, Number, Positive, Section, Seed, Text, Values
from sweep.model.trial import Goal, Select
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

MOST_SEEDS = 1_000  # limit for a study that adds seeds until its arms are decided


class Metric(Section):
    """The metric that the search optimises and that selects the best epoch.

    It is measured on validation data.

    Attributes:
        name: the name of a metric that the trainer reports, e.g. `val/f1`.
        goal: whether a larger or a smaller value is better.
        target: the study stops starting trials once the value of a complete trial (`report.select`)
            is as good as this; None: never.
    """

    name: Text
    goal: Goal
    target: Number | None = None


class Retune(Section):
    """Tune each arm's nuisance parameters before its seeds run, with the same budget for all arms.

    Attributes:
        parameters: nuisance parameters; an arm tunes those that exist in it.
        trials: number of configurations that an arm tries, each with the search's seeds and folds
            (without a search: seed 0).
        method: see `Search`. If the method fits a model, the first half of the trials, at most 10,
            are random.
        early_terminate: the rule that stops trials early, compared with trials of the same arm. The
            default is none, so that arms have equal budgets in epochs too.
    """

    parameters: tuple[Text, ...] = Field(min_length=1)
    trials: Count
    method: Method = "tpe"
    early_terminate: AnyRule = NoRule()


class Variance(Section):
    """Extra runs of the baseline that show which source of randomness causes the variance.

    Attributes:
        sources: two or three of split, init and order. Each is seeded separately; a trainer reads
            the seeds by name from `run.seeds`.
        levels: number of seeds for each source; levels² runs are trained.
    """

    sources: Annotated[
        tuple[Literal["split", "init", "order"], ...], Field(min_length=2, max_length=3)
    ] = ("split", "init", "order")
    levels: Annotated[int, Field(strict=True, ge=3, le=20)] = 4


class SeedsUntilDecided(Section):
    """Add seeds 0, 1, 2, … in looks until every arm is decided or the limit is reached.

    A look is an interim analysis: a decided arm gets no more seeds. The looks are fixed before the
    first run, and the intervals hold for all looks together.

    Attributes:
        first (`from` in a file): number of seeds of every arm at the first look.
        to: largest number of seeds; an arm that is still undecided then stays so.
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
        """The number of seeds of an arm at each look."""
        return default_looks(self.first, self.to)


def _seeds_form(seeds: Any) -> str:
    return "[looks]" if isinstance(seeds, dict | SeedsUntilDecided) else "[list]"


SeedList = Annotated[tuple[Seed, ...], Field(min_length=1)]
Seeds = Annotated[
    Annotated[SeedList, Tag("[list]")] | Annotated[SeedsUntilDecided, Tag("[looks]")],
    Discriminator(_seeds_form),
]


def _as_margin(value: Any) -> Any:
    """Check a margin and return it as written."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(
            f'{value!r} is not a margin; e.g. 0.005, or "1 %" of the baseline\'s mean'
        )
    try:
        parse_margin(value)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return value if isinstance(value, str) else float(value)


class Ablation(Section):
    """The ablation: arms that are trained to the end, each with the same seeds and folds.

    Attributes:
        baseline: the configuration that arms are compared with: parameter → value. Parameters
            without a value here take that of the search's best configuration.
        designs: how arms are derived from the baseline; see `Designs`.
        stated_seeds (`seeds` in a file): a list, or `{from: 6, to: 30, until: decided}`; see
            `SeedsUntilDecided`.
        margin: the smallest change that matters, in the units of the first of `report.metrics`, or
            in percent of the baseline's mean (`"1 %"`). With a margin, every arm gets a verdict.
        folds: number of cross-validation folds, each trained with every seed; None: the data set's
            fixed split.
        retune: see `Retune`; None: every arm takes the nuisance parameters of the baseline or of
            the search.
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
        """All seeds that an arm may be trained with, in order."""
        if isinstance(self.stated_seeds, SeedsUntilDecided):
            return tuple(range(self.stated_seeds.to))
        return self.stated_seeds

    @property
    def until_decided(self) -> SeedsUntilDecided | None:
        """The rule that adds seeds; None if every arm has the same seeds."""
        if isinstance(self.stated_seeds, SeedsUntilDecided):
            return self.stated_seeds
        return None

    @property
    def smallest_change(self) -> Margin | None:
        """The margin; None if there is none."""
        return None if self.margin is None else parse_margin(self.margin)


class ReportSpec(Section):
    """What the tables show.

    Attributes:
        metrics: the metrics that tables show; the default is the study's metric on test data if
            the trainer reports it, else the study's metric.
        compare: the metrics whose change is shown with interval and p-value; all arms and metrics
            are one family of tests. They are columns too. The default is the first of `metrics`.
        select: `best` reads a trial's values at the epoch with its best validation metric, `last`
            at its last epoch. `smoothed` reads them at the epoch with the best mean of that epoch
            and the four before it; the search, `top_k` and the best trial are then ranked by this
            mean. The best checkpoint is always that of the best single epoch.
        select_by: the metric that selects the best epoch; the default is the study's metric.
            Another metric avoids selection bias in the study's metric.
        deterministic: the trainer is meant to give the same values with every seed. A function can
            declare this itself: `train.deterministic = True`.
        confidence: the confidence level of all intervals of a table together.
        tasks: the population of tasks. `these` draws conclusions on the study's tasks only,
            `like_these` on similar tasks, of which the study's are a random sample (at least
            five).
        scale: `one` if the metric has the same scale on every task, so that values are averaged
            over tasks. `each` if every task has its own scale, so that relative changes are
            averaged.
        profile: `paper` shows the five columns that papers print: arm, metric, change, p, seeds. It
            sets `columns` and `notes`, unless the file has them too.
        columns: groups of columns of the ablation table, in order, right of the arm. CSV, JSON and
            Parquet files always have all columns.
        notes: `full` prints all footnotes under a table. `short` prints those that a reader needs
            in order to judge a row, and writes the methods to a separate file. `separate` writes
            all of them to that file.
        precision: decimals of metrics and their changes, one number or `{metric: number}`; the
            default is as many as each number's uncertainty supports (its first one or two digits).
        names: metric, arm, component or parameter → its name in tables and figures.
        pages: the layout of LaTeX tables: two_columns (a column 229 pt wide, the text 469 pt) or
            one_column (345 pt).
    """

    metrics: tuple[Text, ...] = ()
    compare: tuple[Text, ...] = ()
    tasks: Literal["these", "like_these"] = "these"
    scale: Literal["one", "each"] = "each"
    select: Select = "best"
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
    """Limits after which the study starts no more trials; None: no limit.

    Attributes:
        hours: wall-clock time in hours, summed over all sessions.
        gpu_hours: training time in hours times the GPUs of each trial, summed over all trials.
    """

    hours: Positive | None = None
    gpu_hours: Positive | None = None


def _count_or_all(value: Any) -> Any:
    if value == "all" or (type(value) is int and value >= 1):
        return value
    raise ValueError(
        f"{value!r} is neither a number of checkpoints (at least 1) nor all"
    )


class Checkpoint(Section):
    """When checkpoints are written, and how many are kept.

    Attributes:
        every: number of epochs between checkpoints. The best epoch and a trial's last epoch always
            get one.
        keep: number of latest checkpoints that are kept, besides the best one; `all` keeps every
            one. With 1, a damaged checkpoint costs all epochs since the best one.
    """

    every: Count = 1
    keep: Annotated[int | Literal["all"], PlainValidator(_count_or_all)] = 2


class StudyFile(Section):
    """A whole study file.

    Attributes:
        name: the name of the study and of its folder in `results/`; the default is the file's
            name.
        description: a sentence for the report.
        trainer: the function that trains a model: `clip`, `fusion` or `segmentation` (bundled),
            `package.module:function`, or `path/to/file.py:function`. Either this or `command`.
        command: the program that trains a model: one line, a list of words with macros, or a
            section; see `Command`. Either this or `trainer`.
        metric: the metric that the search optimises and that selects the best epoch; see `Metric`.
        parameters: name → one value (a constant), values to choose from, or a distribution.
        search: how configurations are chosen; see the methods. Without it only the ablation runs.
        early_terminate: the rule, by its `type`, that stops search trials early; the default is
            none.
        ablation: the arms of the table, their seeds and designs; see `Ablation`.
        health: rules that warn about a running trial, or stop it; see `Health`.
        report: what the tables show; see `ReportSpec`.
        resources: the CPUs and GPUs of a trial, and its retries; see `Resources`.
        budget: limits after which the study starts no more trials; see `Budget`.
        checkpoint: when checkpoints are written, and how many are kept; see `Checkpoint`.
        trackers: other tools to which the running study is logged; see `Trackers`.
        profiles: name → keys of this file that `--profile NAME` replaces; a parameter may be named
            without `parameters`.
        reuse: whether a complete trial of another study in the results folder stands for an
            identical one (configuration, seed, fold, code, data and libraries).
        depends_on: files and folders that results depend on and that sweep does not see a trial
            read (Parquet files, files that a program reads). A change in them is refused, like a
            change in the code.
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
