"""What every bundled trainer promises, tried on each.

Add a trainer to `sweep_trainers.BUNDLED`, add its case to `CASES` in `cases.py`.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import orjson
import pydantic
import pytest
import torch

import sweep_trainers
from sweep.worker.local_run import LocalRun
from sweep_trainers.contract import preload_of
from tests.trainers.cases import CASES, case_of, settings_of, trainer_of

# A template: it preloads and forks, and the child trains with as many threads as this
# process. A parallel region in the
# parent would hang the child's first one.
PRELOADED = """
import importlib, os, threading
from pathlib import Path
from sweep.worker.local_run import LocalRun
import torch
train = importlib.import_module({package!r}).train
config = {config!r}
torch.set_num_threads({threads})
train.preload(config)
assert torch.get_num_threads() == {threads}
assert threading.active_count() == 1
assert not torch.cuda.is_initialized()
child = os.fork()
if child == 0:
    train(config, LocalRun({folder!r}, seed=0))
    os._exit(0)
_, status = os.waitpid(child, 0)
raise SystemExit(os.waitstatus_to_exitcode(status))
"""

History = list[dict[str, float]]


@dataclass(frozen=True)
class Trained:
    history: History  # one entry per epoch
    weights: Mapping[str, torch.Tensor]


class Bench:
    """Trains in folders of its own; a configuration that was trained before is not
    trained again."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._data: dict[str, Mapping[str, Any]] = {}
        self._trained: dict[str, Trained] = {}

    def config(self, name: str, **changes: Any) -> dict[str, Any]:
        if name not in self._data:
            place = self.folder / f"data-{name}"
            place.mkdir()
            self._data[name] = case_of(name).data(place)
        return {**case_of(name).config, **self._data[name], **changes}

    def run(self, name: str, *, seed: int = 0, **changes: Any) -> Trained:
        key = repr((name, seed, sorted(changes.items())))
        if key not in self._trained:
            folder = self.folder / f"run-{len(self._trained)}"
            self.train(name, LocalRun(folder, seed=seed), **changes)
            self._trained[key] = read(folder)
        return self._trained[key]

    def train(self, name: str, run: LocalRun, **changes: Any) -> None:
        trainer_of(name)(self.config(name, **changes), run)


def read(folder: Path) -> Trained:
    lines = (folder / "history.jsonl").read_bytes().splitlines()
    history = [
        {k: v for k, v in orjson.loads(line).items() if k != "seconds"}
        for line in lines
    ]
    saved = torch.load(folder / "checkpoints" / "latest.pt", weights_only=True)
    return Trained(history, saved["objects"]["model"])


def timeless(trained: Trained) -> History:
    """The history without the one value that equal runs do not share."""
    return [
        {k: v for k, v in epoch.items() if k != "samples_per_second"}
        for epoch in trained.history
    ]


def same_weights(a: Trained, b: Trained) -> bool:
    return a.weights.keys() == b.weights.keys() and all(
        torch.equal(a.weights[k], b.weights[k]) for k in a.weights
    )


def disturb_global_randomness() -> None:
    random.seed(987)
    np.random.seed(987)  # noqa: NPY002 - the global state is what is to be disturbed
    torch.manual_seed(987)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("conformance"))


every_trainer = pytest.mark.parametrize("name", sweep_trainers.BUNDLED)
every_loss_setting = pytest.mark.parametrize(
    ("name", "setting"),
    [
        pytest.param(
            name,
            setting,
            id=f"{name}-{'-'.join(f'{k}={v}' for k, v in setting.items())}",
        )
        for name, case in CASES.items()
        for setting in case.loss_settings
    ],
)


@every_trainer
def test_the_same_seed_gives_the_same_numbers(bench: Bench, name: str) -> None:
    first = bench.run(name)
    disturb_global_randomness()
    again = bench.folder / f"again-{name}"
    bench.train(name, LocalRun(again, seed=0))
    assert timeless(read(again)) == timeless(first)
    assert same_weights(read(again), first)


@every_trainer
def test_another_seed_gives_other_numbers(bench: Bench, name: str) -> None:
    first, second = bench.run(name), bench.run(name, seed=1)
    assert timeless(second) != timeless(first)
    assert not same_weights(second, first)


@every_trainer
@pytest.mark.parametrize("survived", [0, 1])
def test_a_resumed_trial_equals_an_uninterrupted_one_bit_for_bit(
    bench: Bench, name: str, survived: int
) -> None:
    folder = bench.folder / f"resumed-{name}-{survived}"
    bench.train(
        name,
        LocalRun(folder, seed=0, on_report=lambda report: report.epoch == survived),
    )
    assert len(read(folder).history) == survived + 1
    disturb_global_randomness()
    bench.train(name, LocalRun(folder, seed=0))
    assert timeless(read(folder)) == timeless(bench.run(name))
    assert same_weights(read(folder), bench.run(name))


@every_trainer
def test_it_stops_when_told(bench: Bench, name: str) -> None:
    folder = bench.folder / f"stopped-{name}"
    bench.train(name, LocalRun(folder, on_report=lambda report: True))
    assert len(read(folder).history) == 1


@every_loss_setting
def test_every_documented_loss_setting_trains_and_improves_on_chance(
    bench: Bench, name: str, setting: Mapping[str, Any]
) -> None:
    case = case_of(name)
    history = bench.run(name, **setting).history
    assert max(epoch[case.metric] for epoch in history) > case.better_than
    assert all(value is not None for epoch in history for value in epoch.values()), (
        "a reported value is not finite"
    )


@every_trainer
def test_no_value_of_a_loss_setting_is_left_out_of_the_case(name: str) -> None:
    case, fields = case_of(name), settings_of(name).SETTINGS.model_fields
    for loss_field in case.loss_fields:
        annotation = fields[loss_field].annotation
        documented = (
            set(get_args(annotation))
            if get_origin(annotation) is Literal
            else {True, False}
        )
        default = fields[loss_field].default
        tried = {
            setting.get(loss_field, case.config.get(loss_field, default))
            for setting in case.loss_settings
        }
        assert tried >= documented, (
            f"{loss_field}: {documented - tried} not among the case's loss_settings"
        )


@every_trainer
def test_it_reports_exactly_what_its_settings_list(bench: Bench, name: str) -> None:
    case, patterns = case_of(name), settings_of(name).METRICS
    settings = ({}, {"split": "by_seed"}, *case.loss_settings, *case.more_metrics)
    runs = [bench.run(name, **setting) for setting in settings]
    reported = {metric for run in runs for epoch in run.history for metric in epoch} - {
        "epoch"
    } | {"samples_per_second"}
    unlisted = {
        metric
        for metric in reported
        if not any(fnmatchcase(metric, p) for p in patterns)
    }
    unseen = {
        p for p in patterns if not any(fnmatchcase(metric, p) for metric in reported)
    }
    assert not unlisted, "reported but not in METRICS"
    assert not unseen, "in METRICS but never reported"


@every_trainer
def test_an_unknown_setting_is_refused_by_name(bench: Bench, name: str) -> None:
    with pytest.raises(pydantic.ValidationError) as refusal:
        bench.train(name, LocalRun(bench.folder / f"unknown-{name}"), no_such_setting=1)
    assert [(e["loc"], e["type"]) for e in refusal.value.errors()] == [
        (("no_such_setting",), "extra_forbidden")
    ]


@every_trainer
def test_early_stopping_can_watch_reported_metrics_only(name: str) -> None:
    settings, patterns = settings_of(name).SETTINGS, settings_of(name).METRICS
    assert any(fnmatchcase(settings().monitor, pattern) for pattern in patterns)
    with pytest.raises(
        pydantic.ValidationError,
        match="'val/nonsense' is not a metric this trainer reports",
    ):
        settings(monitor="val/nonsense")


@every_trainer
def test_settings_are_described_and_read_without_torch(name: str) -> None:
    described = [
        f
        for f, info in settings_of(name).SETTINGS.model_fields.items()
        if not info.description
    ]
    assert described == []
    code = (
        f"import sys, sweep_trainers.settings.{name}; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_trainer
def test_training_longer_changes_nothing_of_the_epochs_before_but_their_learning_rate(
    bench: Bench, name: str
) -> None:
    short = timeless(bench.run(name, schedule="constant"))
    longer = timeless(
        bench.run(name, schedule="constant", epochs=case_of(name).config["epochs"] + 1)
    )
    assert longer[: len(short)] == short


# ------------------------------------------------------------------ splits and seeds by name


def read_split(folder: Path) -> dict[str, Any]:
    split: dict[str, Any] = orjson.loads((folder / "split.json").read_bytes())
    return split


@every_trainer
def test_a_split_by_seed_is_the_same_for_every_arm_with_that_seed_and_no_other(
    bench: Bench, name: str
) -> None:
    drawn = []
    for place, seed, arm in (
        ("a", 0, {}),
        ("b", 0, case_of(name).loss_settings[-1]),
        ("c", 1, {}),
    ):
        folder = bench.folder / f"by-seed-{name}-{place}"
        changes = {**arm, "split": "by_seed", "epochs": 1}
        bench.train(name, LocalRun(folder, seed=seed), **changes)
        drawn.append(read_split(folder))
    assert drawn[0] == drawn[1]
    assert drawn[0]["seed"] != drawn[2]["seed"]


@every_trainer
def test_the_sizes_of_a_split_that_varies_are_written_and_reported(
    bench: Bench, name: str
) -> None:
    folder = bench.folder / f"sizes-{name}"
    bench.train(name, LocalRun(folder), split="by_seed", epochs=1)
    sizes = read_split(folder)["samples"]
    reported = read(folder).history[0]
    assert {part: reported[f"split/{part}"] for part in sizes} == sizes
    assert min(sizes.values()) > 0


@every_trainer
def test_a_fixed_split_is_written_and_no_metric(bench: Bench, name: str) -> None:
    folder = bench.folder / f"fixed-{name}"
    bench.train(name, LocalRun(folder), epochs=1)
    assert read_split(folder)["split"] == "fixed"
    assert not any(metric.startswith("split/") for metric in read(folder).history[0])


@every_trainer
def test_a_fold_of_a_split_by_seed_is_drawn_with_the_seed(
    bench: Bench, name: str
) -> None:
    drawn = []
    for seed in (0, 1):
        folder = bench.folder / f"fold-by-seed-{name}-{seed}"
        bench.train(
            name,
            LocalRun(folder, seed=seed, fold=1, folds=2),
            split="by_seed",
            epochs=1,
        )
        drawn.append(read_split(folder))
    assert [split["fold"] for split in drawn] == [1, 1]
    assert drawn[0]["seed"] != drawn[1]["seed"]


def run_with_seeds(folder: Path, **seeds: int) -> LocalRun:
    run = LocalRun(folder, seed=0)
    run.seeds = seeds  # type: ignore[attr-defined]
    return run


@every_trainer
@pytest.mark.parametrize(
    "seeds", [{}, {"split": 0}, {"split": 0, "init": 0, "order": 0}]
)
def test_seeds_by_name_that_equal_the_seed_change_nothing(
    bench: Bench, name: str, seeds: dict[str, int]
) -> None:
    folder = bench.folder / f"named-{name}-{len(seeds)}"
    bench.train(name, run_with_seeds(folder, **seeds))
    assert timeless(read(folder)) == timeless(bench.run(name))
    assert same_weights(read(folder), bench.run(name))


@every_trainer
def test_each_seed_changes_what_it_is_called_and_nothing_else(
    bench: Bench, name: str
) -> None:
    def start(place: str, **seeds: int) -> tuple[dict[str, Any], Trained]:
        folder = bench.folder / f"apart-{name}-{place}"
        config = {"split": "by_seed", "epochs": 1, "learning_rate": 1e-12}
        bench.train(name, run_with_seeds(folder, **seeds), **config)
        return read_split(folder), read(folder)

    split, plain = start("plain")
    for source in ("split", "init", "order"):
        changed_split, changed = start(source, **{source: 1})
        assert (changed_split != split) == (source == "split")
        weights_differ = any(
            not torch.allclose(changed.weights[k], plain.weights[k], atol=1e-6)
            for k in plain.weights
            if "weight" in k
        )
        assert weights_differ == (source == "init"), source
        assert timeless(changed) != timeless(plain), source


# ------------------------------------------------------------------ preload


@every_trainer
def test_after_a_preload_a_forked_trial_equals_one_without_it(
    bench: Bench, name: str
) -> None:
    plain = bench.run(name)
    trainer = trainer_of(name)
    script = PRELOADED.format(
        package=trainer.__module__,
        config=bench.config(name),
        threads=torch.get_num_threads(),
        folder=str(bench.folder / f"preloaded-{name}"),
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    forked = read(bench.folder / f"preloaded-{name}")
    assert timeless(forked) == timeless(plain)
    assert same_weights(forked, plain)


@every_trainer
def test_what_was_preloaded_is_not_read_again_and_other_data_are(
    bench: Bench, name: str
) -> None:
    from sweep_trainers.data import kept as module

    train = trainer_of(name)
    preload = preload_of(train)
    assert preload is not None
    config = bench.config(name)
    preload(config)
    known = dict(module._kept)
    preload({**config, "epochs": 3, "learning_rate": 0.5})
    assert dict(module._kept) == known, "a setting that is not of the data"
    preload({**config, "data_seed": 5})
    if name != "fusion":  # whose file does not depend on the data seed
        assert dict(module._kept) != known


@every_trainer
def test_a_preload_refuses_what_the_trainer_refuses(bench: Bench, name: str) -> None:
    preload = preload_of(trainer_of(name))
    assert preload is not None
    with pytest.raises(pydantic.ValidationError):
        preload({"no_such_setting": 1})
