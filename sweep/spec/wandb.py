"""A W&B sweep file → a study file's document, key by key, each keeping its line.

| W&B | here |
|---|---|
| `method: bayes` | `search.method: tpe` (W&B fits a Gaussian process; `gp` is one here) |
| `run_cap` | `search.trials`; without it W&B goes on until it is stopped, here are 50 trials |
| `metric.goal`, absent | minimize |
| `parameters` below `parameters` | dotted names; `command.nested` makes mappings of them again for the program |
| `early_terminate: {type: hyperband}` | the same rule, asked at every report |
| `command`, `program` | `command.run`, `command.program`; the default is W&B's |
| what the program gives to `wandb.log` | `command.metrics: {wandb: true, epoch: null}`, or `metrics` of the file |

`ablation`, `when`, `role`, `report`, `resources` and whatever else a study file has can be added to
such a file. What has no meaning here is named in a note; what cannot be honoured is a violation.
Source of the keys: https://docs.wandb.ai/models/sweeps/sweep-config-keys.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from sweep.errors import Violation, nearest, one_of
from sweep.spec.command import ENVIRONMENT_MACRO, MACRO
from sweep.stopping import RULES, Hyperband
from sweep.yaml_file import Document, Path_, dotted

UNCAPPED_TRIALS = 50
METHODS = {"grid": "grid", "random": "random", "bayes": "tpe"}
GOALS = ("maximize", "minimize")
DEFAULT_COMMAND = ["${env}", "${interpreter}", "${program}", "${args}"]
_MACROS = (
    "env", "interpreter", "program", "args", "args_no_hyphens", "args_no_boolean_flags", "args_no_equals", "args_json",
    "args_json_file",
)  # fmt: skip
_KEYS = (
    "name",
    "description",
    "program",
    "method",
    "metric",
    "parameters",
    "early_terminate",
    "command",
    "run_cap",
)
OURS = (
    "ablation", "health", "reuse", "report", "resources", "budget", "checkpoint", "profiles", "metrics",
)  # fmt: skip
SERVER = ("entity", "project", "apiVersion", "kind", "controller", "tags", "prior_runs", "settings")
_LAUNCH = ("job", "image_uri", "launch", "scheduler")
_ENTRY = ("value", "values", "min", "max", "distribution", "mu", "sigma", "q", "probabilities")
_METRIC = ("name", "goal", "target")
_OUR_RULES = tuple(name for name in RULES if name != "hyperband")
_HYPERBAND = tuple(Hyperband.model_fields)


def is_wandb(document: Document) -> bool:
    """Whether a file is in W&B's form: `method` at the top, and nothing that only a study file has."""
    return "method" in document.data and not {"search", "trainer"} & document.data.keys()


@dataclass
class Converted:
    """A W&B file as a study file.

    Attributes:
        document: the study file's.
        notes: what means something else here, or nothing.
        violations: what cannot be honoured; keys are those of the W&B file.
    """

    document: Document
    notes: list[str] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)


def native(document: Document) -> Converted:
    """Convert a file for which `is_wandb` holds."""
    return _Conversion(document).converted()


class _Conversion:
    """One pass over the file; every method takes one key."""

    def __init__(self, source: Document):
        self.source = source
        self.data: dict[str, Any] = {}
        self.lines: dict[Path_, int] = {}
        self.nested: list[str] = []
        self.result = Converted(source)
        self._below: defaultdict[Path_, list[Path_]] = defaultdict(
            list
        )  # path → itself and what lies below
        for path in source.lines:
            for end in range(1, len(path) + 1):
                self._below[path[:end]].append(path)

    def converted(self) -> Converted:
        for key in self.source.data:
            self._key(key)
        for key in ("name", "description"):
            self._copy(key)
        self._command()
        self._metric()
        self._parameters()
        self._search()
        self._early_terminate()
        for key in OURS:
            if key != "metrics":
                self._copy(key)
        self.result.document = replace(self.source, data=self.data, lines=self.lines)
        return self.result

    # ----------------------------------------------------------------- what is said of it

    def _note(self, path: Path_, text: str) -> None:
        self.result.notes.append(
            f"{self.source.name}:{self.source.line_of(path)}: {dotted(path)}: {text}"
        )

    def _complain(self, path: Path_, problem: str, allowed: str = "") -> None:
        self.result.violations.append(
            Violation(self.source.line_of(path), dotted(path), problem, allowed)
        )

    def _put(self, path: Path_, value: Any, source: Path_) -> None:
        """A value at `path` of the study file that stands at `source` of the W&B file."""
        place: Any = self.data
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
        for known in self._below[source]:
            self.lines[*path, *known[len(source) :]] = self.source.lines[known]

    def _copy(self, key: str) -> None:
        if key in self.source.data:
            self._put((key,), self.source.data[key], (key,))

    def _key(self, key: str) -> None:
        if key in SERVER:
            self._note((key,), "is for W&B's server and means nothing here")
        elif key in _LAUNCH:
            self._complain(
                (key,), "a W&B Launch job cannot be run here", "program: train.py, or command: […]"
            )
        elif key not in (*_KEYS, *OURS):
            guess = nearest(key, [*_KEYS, *OURS])
            places = {
                "goal": "metric.goal",
                "count": "run_cap",
                "max_runs": "run_cap",
                "num_runs": "run_cap",
            }
            allowed = (
                f"it belongs at {places[key]}"
                if guess is None and key in places
                else one_of(_KEYS, key)
            )
            if guess is None and key in ("min_iter", "max_iter", "eta", "s", "strict"):
                allowed = f"it belongs at early_terminate.{key}"
            self._complain((key,), "is not a key of a W&B sweep file", allowed)

    # ----------------------------------------------------------------- sections

    def _metric(self) -> None:
        metric = self.source.data.get("metric")
        if metric is None:
            example = "metric: {name: val_loss, goal: minimize}"
            self._complain(
                ("metric",),
                "there is no metric, and the best epoch and trial are chosen by one",
                example,
            )
            return
        if not isinstance(metric, dict):
            self._complain(
                ("metric",), f"{metric!r} is not a mapping", f"{{name: {metric}, goal: minimize}}"
            )
            return
        for key, value in metric.items():
            if key in ("impute", "impute_while_running"):
                self._note(
                    ("metric", key),
                    "failed and running trials are told to the sampler as what they are",
                )
            elif key in ("early_terminate", "parameters", "method"):
                self._complain(
                    ("metric", key), "is indented too far", f"{key} stands at the left margin"
                )
            elif key not in _METRIC:
                self._complain(("metric", key), "is not a key of metric", one_of(_METRIC, key))
            elif key != "goal":
                self._put(("metric", key), value, ("metric", key))
        goal = metric.get("goal")
        if goal is None:
            self._note(("metric",), "has no goal; as in W&B it is minimized")
        elif goal not in GOALS:
            meant = next((g for g in GOALS if str(goal).lower()[:3] == g[:3]), None)
            hint = f"did you mean {meant!r}? " if meant else ""
            self._complain(
                ("metric", "goal"), f"unknown value {goal!r}", f"{hint}one of: maximize, minimize"
            )
        self._put(("metric", "goal"), goal if goal in GOALS else "minimize", ("metric", "goal"))

    def _search(self) -> None:
        method, cap = self.source.data["method"], self.source.data.get("run_cap")
        known = METHODS.get(method) if isinstance(method, str) else None
        if known is None:
            meant = next((m for m in METHODS if str(method).lower()[:4] == m[:4]), None)
            hint = f"did you mean {meant!r}? " if meant else ""
            self._complain(
                ("method",), f"unknown method {method!r}", f"{hint}one of: {', '.join(METHODS)}"
            )
        if method == "bayes":
            self._note(
                ("method",),
                "W&B fits a Gaussian process; here a tree-structured Parzen estimator (tpe) searches, which also "
                "models choices and conditions and answers in milliseconds; search.method: gp is a Gaussian process",
            )
        self._put(("search", "method"), known or "random", ("method",))
        self.lines["search",] = self.source.line_of(("method",))
        if cap is not None:
            self._put(("search", "trials"), cap, ("run_cap",))
        elif method != "grid":
            set_it = "set run_cap, or --set search.trials=N"
            self._note(
                ("method",),
                f"without run_cap W&B goes on until it is stopped; here {UNCAPPED_TRIALS} trials: {set_it}",
            )
            self._put(("search", "trials"), UNCAPPED_TRIALS, ("method",))

    def _early_terminate(self) -> None:
        rule = self.source.data.get("early_terminate")
        if rule is None:
            return
        if not isinstance(rule, dict):
            example = f"{{type: {rule}, min_iter: 3}}"
            self._complain(("early_terminate",), f"{rule!r} is not a mapping", example)
            return
        if rule.get("type") in _OUR_RULES:
            self._copy("early_terminate")
            return
        at: Path_ = ("early_terminate",)
        if rule.get("type") != "hyperband":
            found = "says no type" if "type" not in rule else f"unknown type {rule['type']!r}"
            allowed = f"type: hyperband, W&B's only one (or our own {', '.join(_OUR_RULES)})"
            self._complain((*at, "type"), found, allowed)
        for key in rule:
            if key not in _HYPERBAND:
                self._complain((*at, key), "is not a key of hyperband", one_of(_HYPERBAND, key))
        kept = self._schedule({key: value for key, value in rule.items() if key in _HYPERBAND}, at)
        for key, value in kept.items():
            whole = isinstance(value, float) and value.is_integer()
            self._put((*at, key), int(value) if whole else value, (*at, key))
        self.lines[at] = self.source.line_of(at)

    def _schedule(self, rule: dict[str, Any], at: Path_) -> dict[str, Any]:
        """What W&B makes the brackets from: max_iter and s where both are given, else min_iter."""
        if "max_iter" in rule and "s" in rule:
            if "min_iter" in rule:
                self._note(
                    (*at, "min_iter"), "is passed over, as in W&B, where max_iter and s are given"
                )
            return {key: value for key, value in rule.items() if key != "min_iter"}
        if "min_iter" not in rule and "max_iter" in rule:
            allowed = "s: the number of brackets, or min_iter instead"
            self._complain(
                (*at, "max_iter"), "needs s, the number of brackets to go back from it", allowed
            )
        elif "min_iter" not in rule:
            self._complain(at, "hyperband needs min_iter, or max_iter and s", "e.g. min_iter: 3")
        elif "max_iter" in rule:
            self._note((*at, "max_iter"), "needs s to make brackets; those from min_iter are used")
        elif "s" in rule:
            self._note(
                (*at, "s"),
                "counts brackets back from max_iter, which is not given; it is passed over",
            )
        return {key: value for key, value in rule.items() if key not in ("s", "max_iter")}

    def _command(self) -> None:
        given, program = self.source.data.get("command"), self.source.data.get("program")
        if given is None and program is None:
            if not set(_LAUNCH) & self.source.data.keys():
                self._complain(
                    ("program",), "there is no program", "program: train.py, or command: […]"
                )
            return
        if isinstance(given, dict):  # our own long form
            self._copy("command")
        else:
            run = DEFAULT_COMMAND if given is None else given
            words = [_escaped(word) for word in run] if isinstance(run, list) else _escaped(run)
            self._put(("command", "run"), words, ("command",))
        command = self.data["command"]
        self.lines["command",] = self.source.line_of(("command",))
        if program is not None and "program" not in command:
            self._put(("command", "program"), program, ("program",))
        if "metrics" in self.source.data:
            self._put(("command", "metrics"), self.source.data["metrics"], ("metrics",))
        elif "metrics" not in command:
            command["metrics"] = {"wandb": True, "epoch": None}

    # ----------------------------------------------------------------- parameters

    def _parameters(self) -> None:
        parameters = self.source.data.get("parameters")
        if not isinstance(parameters, dict):
            self._complain(
                ("parameters",),
                "there are no parameters",
                "parameters: {lr: {min: 1e-4, max: 1e-1}}",
            )
            return
        self.lines["parameters",] = self.source.line_of(("parameters",))
        self._flatten(parameters, (), ("parameters",))
        if self.nested and "command" in self.data:
            self.data["command"].setdefault("nested", list(self.nested))

    def _flatten(self, parameters: dict[str, Any], group: tuple[str, ...], at: Path_) -> None:
        for name, entry in parameters.items():
            here: Path_ = (*at, name)
            full = ".".join((*group, name))
            if (
                name in ("early_terminate", "metric", "method", "program", "command", "run_cap")
                and not group
            ):
                self._complain(
                    here,
                    "is indented too far",
                    f"{name} stands at the left margin, beside parameters",
                )
            elif name in _ENTRY and not isinstance(
                entry, dict
            ):  # a mapping may be a parameter of that name
                allowed = f"parameters: {{learning_rate: {{{name}: …}}}}"
                self._complain(
                    here,
                    f"`{name}` describes a parameter, and stands where a parameter's name does",
                    allowed,
                )
            elif isinstance(entry, dict) and "parameters" in entry:
                self._group(name, entry, full, here, group)
            elif _lacks_parameters(entry):
                inner = ", ".join(entry)
                self._complain(
                    here,
                    f"{inner} are nested without a key `parameters`",
                    f"{name}: {{parameters: {{…}}}}",
                )
            else:
                self._leaf(full, entry, here)

    def _group(
        self, name: str, entry: dict[str, Any], full: str, here: Path_, group: tuple[str, ...]
    ) -> None:
        for key in entry:
            if key not in ("parameters", "description"):
                self._complain(
                    (*here, key),
                    "stands beside `parameters`",
                    "it belongs to one of the parameters below",
                )
        if not isinstance(entry["parameters"], dict) or not entry["parameters"]:
            self._complain(
                (*here, "parameters"),
                "holds no parameters",
                f"{name}: {{parameters: {{lr: {{value: 1}}}}}}",
            )
            return
        self.nested.append(full)
        self._flatten(entry["parameters"], (*group, name), (*here, "parameters"))

    def _leaf(self, full: str, entry: Any, here: Path_) -> None:
        if full in self.data.get("parameters", {}):
            self._complain(here, f"there is already a parameter {full!r}", "another name")
            return
        self._put(("parameters", full), entry, here)
        kind = entry.get("distribution") if isinstance(entry, dict) else None
        if kind not in ("log_uniform", "q_log_uniform", "inv_log_uniform"):
            return
        low, high = entry.get("min"), entry.get("max")
        numbers = all(isinstance(b, int | float) and abs(b) < 700 for b in (low, high))
        if numbers and low > 0 and high <= 1:
            # exponents of sizes people search are negative, or above 1
            low, high = (-high, -low) if kind.startswith("inv") else (low, high)
            means = f"{math.exp(low):.6g} to {math.exp(high):.6g}"
            self._note(
                here,
                f"min and max of {kind} are natural logarithms: this is {means}; see {kind}_values",
            )


def _lacks_parameters(entry: Any) -> bool:
    """Whether an entry is a group whose author forgot the key `parameters`: mappings that describe parameters."""
    if not isinstance(entry, dict) or not entry or any(key in _ENTRY for key in entry):
        return False
    return all(
        isinstance(inner, dict) and any(key in _ENTRY for key in inner) for inner in entry.values()
    )


def _escaped(word: Any) -> Any:
    """A word of W&B's command; what is no macro of W&B is the program's own (Hydra's `${now:…}`)."""
    if not isinstance(word, str):
        return word
    return MACRO.sub(
        lambda match: (
            match[0]
            if match[1] in _MACROS or match[1].startswith(ENVIRONMENT_MACRO)
            else f"${match[0]}"
        ),
        word,
    )
