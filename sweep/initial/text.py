"""Write the text of a first study file: every section, optional ones commented out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sweep import yaml_file
from sweep.initial.found import UNKNOWN, Found, Parameter

_RATES = (
    "learning_rate",
    "lr",
    "base_lr",
    "max_lr",
)  # what is tuned on a logarithmic scale
_EPOCHS = ("epochs", "num_epochs", "max_epochs", "n_epochs")
# How a trainer runs, seldom what a study asks.
_NO_QUESTION = (
    "schedule",
    "precision",
    "monitor",
    "monitor_goal",
    "preset",
    "weight_method",
)
_GUESSED = {
    "epoch": r"epoch (\d+)",
    "val/accuracy": r"validation accuracy ([\d.]+)",
}  # where nothing can be read
_COLUMN = 44  # where comments begin


def study_file(found: Found, path: Path) -> str:
    """The file's text; `path` is where it will be written."""
    lines = [
        *_head(found, path),
        *_trainer(found),
        *_metric(found),
        *_parameters(found),
        *_stages(found),
        *_rest(found),
    ]
    return "\n".join(lines) + "\n"


def _head(found: Found, path: Path) -> Iterator[str]:
    yield (
        f"# A first study of {found.trainer or ' '.join(found.run)}: change it into"
        " your question."
    )
    yield "#"
    yield from (f"#   sweep {command} {path}" for command in ("check", "plan", "run"))
    yield "#"
    yield (
        "# Editors complete keys after `sweep schema > study.schema.json` and without"
        " the first `# ` here:"
    )
    yield "# # yaml-language-server: $schema=study.schema.json"
    yield ""


def _trainer(found: Found) -> Iterator[str]:
    if found.trainer is not None:
        yield _said(
            f"trainer: {_yaml(found.trainer)}",
            "bundled, file.py:function, or package.module:function",
        )
        return
    yield "command:"
    yield _said(f"  run: {_yaml(list(found.run))}", _words(found.run))
    if found.flags:
        yield _said(f"  flags: {_yaml(dict(found.flags))}", "how ${args} writes them")
    if found.wandb:
        yield _said(
            "  metrics: {wandb: true}",
            "what the script gives to wandb.log; nothing leaves the machine",
        )
        return
    if found.logs is not None:
        told = any("CSVLogger" in word for word in found.run)
        known = "CHANGE: have it log with CSVLogger(os.environ['SWEEP_FOLDER'])"
        known = "what the command's CSVLogger writes" if told else known
        yield _said(f"  metrics: {_yaml({'file': found.logs})}", known)
        return
    yield "  metrics:"
    known = (
        "searched in every line it prints, one group each"
        if found.printed.patterns
        else "CHANGE: patterns for what it prints, one group each; or file: log.csv"
    )
    yield _said("    output:", known)
    for name, pattern in (found.printed.patterns or _GUESSED).items():
        quoted = pattern.replace("'", "''")
        yield _said(
            f"      {_yaml(name)}: '{quoted}'",
            "counts from first_epoch" if name == "epoch" else "",
        )
    yield _said(
        f"    first_epoch: {found.printed.first_epoch}",
        "how the script calls its first one",
    )


def _words(run: Sequence[str]) -> str:
    hydra = "${args_hydra}" in run
    return (
        "${args_hydra}: name=value"
        if hydra
        else "${args}: --name=value for every parameter"
    )


def _metric(found: Found) -> Iterator[str]:
    name = (
        found.metrics[0]
        if found.metrics
        else ("val_loss" if found.wandb else "val/accuracy")
    )
    goal = (
        "minimize"
        if name.rpartition("/")[2].rpartition("_")[2] in ("loss", "error")
        else "maximize"
    )
    known = (
        "on validation data: chooses trials and epochs"
        if found.metrics
        else "CHANGE: a metric on validation data"
    )
    yield _said(f"metric: {_yaml({'name': name, 'goal': goal})}", known)
    others = [each for each in found.metrics[1:] if not each.startswith("test")]
    if others:
        yield from _wrapped("# also reported: ", others)
    yield ""


def _wrapped(head: str, names: Sequence[str]) -> Iterator[str]:
    line = head
    for name in names:
        if len(line) + len(name) > 118:
            yield line.rstrip()
            line = "#   "
        line += name + (", " if name != names[-1] else "")
    yield line


def _parameters(found: Found) -> Iterator[str]:
    question = _question(found)
    yield _said(
        "parameters:", "a constant, values: […] to choose from, or min: and max:"
    )
    active = _active(found)
    for parameter in active:
        if parameter is question:
            yield _compared(parameter)
        elif _is_rate(parameter):
            yield from _tuned(parameter)
        else:
            yield _constant(parameter)
    if not active:
        yield _said(
            "  epochs: 10", "CHANGE: what the trainer reads from its configuration"
        )
    yield _said(
        "  # dataset: {values: [a, b, c], role: task}",
        "every arm is trained on each; at: {a: {epochs: 5}}: what differs there",
    )
    others = [each for each in found.parameters if each not in active]
    if others:
        yield "  # With their defaults:"
    for parameter in others:
        line = f"  # {_yaml(parameter.name)}: {_yaml(parameter.default)}"
        yield _said(line, parameter.description)
    yield ""


def _compared(parameter: Parameter) -> str:
    """The line of the parameter whose values the study compares."""
    values = _yaml({"values": list(_values(parameter))})
    comment = parameter.description or "the question of this study"
    return _said(f"  {_yaml(parameter.name)}: {values}", comment)


def _tuned(parameter: Parameter) -> Iterator[str]:
    """The lines of a nuisance parameter: a logarithmic range around its default."""
    default = parameter.default
    centre = default if isinstance(default, float) and default > 0 else 1e-3
    entry = {
        "distribution": "log_uniform_values",
        "min": _round(centre / 10),
        "max": _round(centre * 10),
        "role": "nuisance",
    }
    comment = "a nuisance: tuned, so that the comparison is fair"
    yield _said(f"  {_yaml(parameter.name)}:", comment)
    yield f"    {_yaml(entry)}"


def _constant(parameter: Parameter) -> str:
    """The line of a parameter with its default, or with a guess to change."""
    comment = parameter.description
    if parameter.default is UNKNOWN:
        comment = "CHANGE: its default was not found"
    return _said(f"  {_yaml(parameter.name)}: {_yaml(_guess(parameter))}", comment)


def _active(found: Found) -> list[Parameter]:
    """The parameters that the file sets: all known ones, or the main ones of many."""
    asked = _question(found)
    described = [p for p in found.parameters if p.description]
    if len(found.parameters) > 12 and len(described) > len(found.parameters) / 2:
        return [
            p
            for p in found.parameters
            if p is asked or _is_rate(p) or _is_epochs(p) or p.default is UNKNOWN
        ]
    return list(found.parameters)


def _last(parameter: Parameter) -> str:
    """`lr` of `optim.lr`."""
    return parameter.name.rpartition(".")[2]


def _is_rate(parameter: Parameter) -> bool:
    return _last(parameter) in _RATES


def _is_epochs(parameter: Parameter) -> bool:
    return _last(parameter) in _EPOCHS


def _question(found: Found) -> Parameter | None:
    """The parameter to compare: a choice of the loss, else any choice, else a number."""
    free = [
        p
        for p in found.parameters
        if not (_is_rate(p) or _is_epochs(p) or _last(p) in _NO_QUESTION)
        and len(_values(p)) > 1
    ]
    choices = [p for p in free if p.choices]
    return next(
        (p for p in choices if _last(p).startswith("loss")),
        next(iter([*choices, *free]), None),
    )


def _values(parameter: Parameter) -> tuple[Any, ...]:
    """The values to compare, the default first."""
    if parameter.choices:
        return parameter.choices
    default = parameter.default
    if isinstance(default, float) and not isinstance(default, bool):
        return (default, _round(default * 2)) if default else (0.0, 0.1)
    return ()


def _guess(parameter: Parameter) -> Any:
    if parameter.default is not UNKNOWN and parameter.default is not None:
        return parameter.default
    return (
        10
        if _is_epochs(parameter)
        else parameter.default
        if parameter.default is None
        else 1
    )


def _epochs(found: Found) -> int | None:
    """The number of epochs of a trial; None without a parameter `epochs`."""
    named = next((p for p in found.parameters if p.name == "epochs"), None)
    if named is None:
        return None if found.parameters else 10
    value = _guess(named)
    return value if isinstance(value, int) else None


def _stages(found: Found) -> Iterator[str]:
    asked, rates = _question(found), any(map(_is_rate, found.parameters))
    off = "" if asked is not None or rates else "# "
    epochs = _epochs(found)
    methods = "gp_multifidelity, tpe, gp, cmaes, qmc, random, grid; see README.md"
    yield _said(f"{off}search: {{method: gp_multifidelity, trials: 20}}", methods)
    least = max(1, (epochs or 1) // 9)
    prune = "" if epochs and not off else "# "
    yield _said(
        f"{prune}early_terminate: {{type: asha, min_iter: {least}, eta: 3}}",
        "the best third goes on",
    )
    yield ""
    yield _said(
        "ablation:", "arms that are trained to the end, each with the same seeds"
    )
    baseline = {} if asked is None else {asked.name: _values(asked)[0]}
    yield _said(
        f"  baseline: {_yaml(baseline)}", "what it leaves open comes from the search"
    )
    seeds = "  seeds: [0, 1, 2, 3, 4, 5, 6, 7]"
    yield _said(seeds, "eight or more: `sweep plan` says what they can find")
    until = "  # seeds: {from: 6, to: 30, until: decided}"
    yield _said(until, "or: no more than each arm's verdict takes")
    yield _said(
        "  # margin: 0.005",
        'the smallest change that matters, or "1 %": gives verdicts',
    )
    if asked is not None:
        yield _said(
            "  designs:",
            "also: ladder, leave_one_out, factorial, shapley, path, top_k, arms",
        )
        yield f"    one_at_a_time: {_yaml({asked.name: list(_values(asked)[1:])})}"
    yield ""


def _rest(found: Found) -> Iterator[str]:
    tests = [name for name in found.metrics if name.startswith("test")]
    if tests:
        yield _said(f"report: {{metrics: {_yaml(tests[:4])}}}", "the table's columns")
    else:
        yield _said(
            "report: {select: last}",
            "best is biased: the metric chose the epoch itself",
        )
    yield _said(
        "# resources: {cpu: 1, gpu: 0.25}",
        "of one trial; default: a GPU each, else a CPU each",
    )
    yield _said("# budget: {hours: 8}", "no trial is started after it")
    yield _said("# reuse: true", "take identical trials of other studies over")
    yield ""
    yield _said("profiles:", "sweep run … --profile quick")
    quick: dict[str, Any] = {"epochs": 2} if _epochs(found) else {}
    searched = _question(found) is not None or any(map(_is_rate, found.parameters))
    if searched:
        quick["search.trials"] = 2
    if searched and _epochs(found):
        quick["early_terminate.min_iter"] = 1
    yield f"  quick: {_yaml({**quick, 'ablation.seeds': [0, 1]})}"


def _said(text: str, comment: str) -> str:
    """A line with a comment."""
    return f"{text:<{_COLUMN}} # {comment}" if comment else text


def _yaml(value: Any) -> str:
    """A value in YAML on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_yaml(key)}: {_yaml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    text = yaml_file.dump(
        {"k": [value]}
    ).strip()  # in a list, so that quotes are set as a flow needs them
    return " ".join(text.split()).removeprefix("k: [").removesuffix("]")


def _round(number: float) -> float:
    return float(f"{number:.3g}")
