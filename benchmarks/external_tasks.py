"""Search tasks from outside this project: learning curves of YAHPO's surrogates.

Source: Pfisterer et al. 2022, "YAHPO Gym: An Efficient Multi-Objective Multi-Fidelity Benchmark".
Two of its scenarios are used: LCBench (a fully connected network on an OpenML task, 52 epochs, 7
hyperparameters) and rbv2_xgboost (boosted trees, 14 conditional hyperparameters; the share of the
training data takes the place of the epoch). Their data are not part of this repository. A folder
must have `lcbench` and `rbv2_xgboost`, each with YAHPO's `model.onnx` and `encoding.json`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.spaces import Config, Space, read
from sweep.samplers.drawing import draw_configuration

Array = NDArray[np.float64]
# The standard deviation of the noise that a search sees, as a share of the distance from the best
# to the median trial.
NOISE = 0.05
DRAWN = 2000  # random configurations, whose best and median give the scale
FULL_TRIALS = 100
# Prefix of a task's name → its scenario: `lc:126026` is OpenML's task 126026 of LCBench.
SCENARIOS = {"lc": "lcbench", "xg": "rbv2_xgboost"}
# Tasks on which settings were chosen, and tasks on which they were only evaluated: every other
# task of LCBench.
TUNED_ON: tuple[str, ...] = (
    "lc:167104",
    "lc:3945",
    "lc:189865",
    "lc:168331",
    "lc:167161",
    "lc:126029",
    "xg:16",
    "lc:126025",
    "lc:126026",
    "lc:146212",
    "lc:167181",
    "lc:167200",
)
HELD_OUT: tuple[str, ...] = (
    "lc:168335",
    "lc:167184",
    "lc:7593",
    "lc:167201",
    "lc:189906",
    "lc:168868",
    "lc:167083",
    "lc:167149",
    "lc:167152",
    "lc:167168",
    "lc:167185",
    "lc:167190",
    "lc:168329",
    "lc:168330",
    "lc:168908",
    "lc:168910",
    "lc:189354",
    "lc:189862",
    "lc:189866",
    "lc:189873",
    "lc:189905",
    "lc:189908",
    "lc:189909",
    "lc:34539",
)

LCBENCH = """\
  batch_size: {distribution: log_uniform_values, min: 16.0, max: 512.0}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-1}
  momentum: {distribution: uniform, min: 0.1, max: 0.99}
  weight_decay: {distribution: log_uniform_values, min: 1e-5, max: 1e-1}
  num_layers: {distribution: int_uniform, min: 1, max: 5}
  max_units: {distribution: log_uniform_values, min: 64.0, max: 1024.0}
  max_dropout: {distribution: uniform, min: 0.0, max: 1.0}"""


def _ranges(scale: str, ranges: str, when: str = "") -> str:
    """Return lines of a study file for `name low high, …`, with the condition that all have."""
    lines = []
    for name, low, high in (line.split() for line in ranges.split(",")):
        bounds = f"min: {float(low)!r}, max: {float(high)!r}"
        lines.append(f"  {name}: {{distribution: {scale}, {bounds}{when}}}")
    return "\n".join(lines)


_LOG, _PLAIN = "log_uniform_values", "uniform"
_TREES, _DART = ", when: {booster: [gbtree, dart]}", ", when: {booster: [dart]}"
# Bounds are powers of e in the scenario: e^-7 = 0.000911882, e^-10 = 4.53999e-05, e^7 = 1096.63.
XGBOOST = "\n".join(
    (
        "  booster: {values: [gblinear, gbtree, dart]}",
        _ranges(_LOG, "nrounds 7 2981"),
        _ranges(_LOG, "eta 0.000911882 1, gamma 4.53999e-05 7.389056", _TREES),
        _ranges(_LOG, "lambda 0.000911882 1096.633, alpha 0.000911882 1096.633"),
        _ranges(_PLAIN, "subsample 0.1 1"),
        "  max_depth: {distribution: int_uniform, min: 1, max: 15" + _TREES + "}",
        _ranges(_LOG, "min_child_weight 2.718282 148.4131", _TREES),
        _ranges(_PLAIN, "colsample_bytree 0.01 1, colsample_bylevel 0.01 1", _TREES),
        _ranges(_PLAIN, "rate_drop 0 1, skip_drop 0 1", _DART),
        "  impute: {values: [impute.mean, impute.median, impute.hist]}",
    )
)
# The order of the models' numeric inputs. The epoch is the first input of one model and a later
# one of the other.
LCBENCH_NUMBERS = (
    "batch_size learning_rate momentum weight_decay num_layers max_units max_dropout"
)
XGBOOST_NUMBERS = (
    "nrounds eta gamma lambda alpha subsample max_depth min_child_weight colsample_bytree "
    "colsample_bylevel rate_drop skip_drop"
)
# Integers with a wide range are searched as floats and rounded here, which is faster for every
# contender.
WHOLE = frozenset({"batch_size", "max_units", "nrounds"})
LEAST_SHARE = (
    0.03  # the smallest share of training data in the boosted trees' surrogate
)


@dataclass(frozen=True)
class Facts:
    """The scale of a task, from the best epochs of curves without noise.

    Attributes:
        best, median: of `DRAWN` random configurations.
        level: the best of 100 random configurations, the median over 20 draws.
    """

    best: float
    median: float
    level: float


class Task:
    """One task of a scenario.

    Args:
        name: `lc:TASK` or `xg:TASK`.
        folder: the folder with the scenarios' data.

    Raises:
        RuntimeError: the data do not exist, or `onnxruntime` is not installed.
    """

    def __init__(self, name: str, folder: Path):
        self.name = name
        self._kind, _, self._task = name.partition(":")
        self._model, self._encoding = _opened(folder / SCENARIOS[self._kind])
        lcbench = self._kind == "lc"
        self.epochs = 52 if lcbench else 27
        title = f"{'LCBench' if lcbench else 'rbv2_xgboost'} {self._task}"
        self.space = Space(
            name,
            title,
            LCBENCH if lcbench else XGBOOST,
            _no_trainer,
            epochs=self.epochs,
        )
        self._curves: dict[str, Array] = {}

    def curves(self, configs: list[Config]) -> Array:
        """Return curves without noise, (n, epochs); larger is better, in [0, 1]."""
        rows = self._lcbench(configs) if self._kind == "lc" else self._xgboost(configs)
        curves = rows.astype(float).reshape(len(configs), self.epochs)
        return np.clip(curves, 0.0, 1.0)

    def accuracies(self, config: Config, seed: int | None) -> Array:
        """Return a curve, (epochs,): with noise for a seed, without for None.

        One half of the noise's variance is common to the whole curve, the other half is
        independent for each epoch.
        """
        key = repr(sorted((name, repr(value)) for name, value in config.items()))
        if key not in self._curves:
            self._curves[key] = self.curves([config])[0]
        curve = self._curves[key]
        if seed is None:
            return curve
        text = f"{key},{seed},{self.name}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        generator = np.random.default_rng(int.from_bytes(digest, "little"))
        sd = NOISE * (self.facts.best - self.facts.median) * math.sqrt(0.5)
        common = generator.standard_normal()
        noise: Array = common + generator.standard_normal(self.epochs)
        return curve + sd * noise

    def seconds(self, config: Config) -> float:
        """Return 1: all epochs take equally long."""
        return 1.0

    @cached_property
    def facts(self) -> Facts:
        """Return the scale; the first call takes some seconds."""
        parameters = read(self.space).parameters
        drawn = [draw_configuration(parameters, seed) for seed in range(DRAWN)]
        best_of_each = []
        for start in range(0, DRAWN, 500):
            curves = self.curves(drawn[start : start + 500])
            best_of_each.append(curves.max(axis=1))
        best = np.concatenate(best_of_each)
        groups = best.reshape(-1, FULL_TRIALS).max(axis=1)
        return Facts(
            best=float(best.max()),
            median=float(np.median(best)),
            level=float(np.median(groups)),
        )

    def _lcbench(self, configs: list[Config]) -> Array:
        """Return the accuracies of all epochs of all configurations, (n · epochs,)."""
        epochs = np.tile(np.arange(1, self.epochs + 1), len(configs))
        numbers = self._numbers(configs, LCBENCH_NUMBERS)
        task_code = self._encoding["OpenML_task_id"][self._task]
        categories = np.full((len(epochs), 1), task_code)
        predictions = self._predict(categories, np.column_stack([epochs, numbers]))
        return predictions[:, 1] / 100

    def _xgboost(self, configs: list[Config]) -> Array:
        """Return the accuracies of all shares of all configurations, (n · epochs,)."""
        shares = np.tile(np.arange(1, self.epochs + 1) / self.epochs, len(configs))
        numbers = self._numbers(configs, XGBOOST_NUMBERS)
        repetitions = np.full(len(shares), 5.0)
        columns = [numbers, np.maximum(shares, LEAST_SHARE), repetitions]
        codes = self._encoding
        rows = [
            [
                codes["task_id"][self._task],
                codes["booster"][config["booster"]],
                codes["num.impute.selected.cpo"][config["impute"]],
            ]
            for config in configs
        ]
        categories = np.repeat(np.array(rows), self.epochs, axis=0)
        return self._predict(categories, np.column_stack(columns))[:, 0]

    def _numbers(self, configs: list[Config], names: str) -> Array:
        """Return the models' numeric inputs, (n · epochs, numbers); inactive ones are 0."""
        rows = []
        for config in configs:
            row = []
            for name in names.split():
                value = config.get(name, 0.0)
                row.append(round(value) if name in WHOLE else value)
            rows.append(row)
        return np.repeat(np.array(rows, dtype=np.float64), self.epochs, axis=0)

    def _predict(self, categories: Array, numbers: Array) -> Array:
        """Return the model's predictions for rows of inputs."""
        inputs = {
            "x_cat": categories.astype(np.int32),
            "x_cont": numbers.astype(np.float32),
        }
        predictions: Array = self._model.run(None, inputs)[0]
        return predictions


def _opened(folder: Path) -> tuple[Any, Mapping[str, Any]]:
    """Return a scenario's model and its encoding of categories."""
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise RuntimeError(
            "the surrogates need onnxruntime: pip install onnxruntime"
        ) from error
    if not (folder / "model.onnx").is_file():
        raise RuntimeError(f"no surrogate of YAHPO at {folder / 'model.onnx'}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena would keep gigabytes
    model = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
    return model, json.loads((folder / "encoding.json").read_text(encoding="utf-8"))


def _no_trainer(config: Config, seed: int) -> list[float]:
    """Raise an error: the tasks have curves and no trainer."""
    raise RuntimeError("a surrogate's task has curves, and no trainer")
