"""Write the text of a first study file: every section, optional ones as comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sweep.initial.choices import (
    active_parameters,
    compared_parameter,
    epochs,
    guess,
    has_rate,
    is_rate,
    rounded,
    values,
)
from sweep.initial.description import Parameter, TrainerDescription
from sweep.initial.lines import commented, one_line, wrapped
from sweep.initial.source import UNKNOWN

# Patterns for a script that prints nothing recognisable.
_GUESSED = {
    "epoch": r"epoch (\d+)",
    "val/accuracy": r"validation accuracy ([\d.]+)",
}


def study_file(trainer: TrainerDescription, path: Path) -> str:
    """Return the file's text; `path` is the file to which it will be written."""
    lines = [
        *_head(trainer, path),
        *_trainer(trainer),
        *_metric(trainer),
        *_parameters(trainer),
        *_search(trainer),
        *_ablation(trainer),
        *_report(trainer),
        *_profiles(trainer),
    ]
    return "\n".join(lines) + "\n"


def _head(trainer: TrainerDescription, path: Path) -> Iterator[str]:
    """Yield the comment at the top, with the next commands."""
    name = trainer.name or " ".join(trainer.run)
    yield f"# A first study of {name}: change it into your question."
    yield "#"
    for command in ("check", "plan", "run"):
        yield f"#   sweep {command} {path}"
    yield "#"
    yield (
        "# Editors complete keys after `sweep schema > study.schema.json` and without"
        " the first `# ` here:"
    )
    yield "# # yaml-language-server: $schema=study.schema.json"
    yield ""


def _trainer(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `trainer` or `command`."""
    if trainer.name is not None:
        yield commented(
            f"trainer: {one_line(trainer.name)}",
            "bundled, file.py:function, or package.module:function",
        )
        return
    yield "command:"
    arguments = "${args}: --name=value for every parameter"
    if "${args_hydra}" in trainer.run:
        arguments = "${args_hydra}: name=value"
    yield commented(f"  run: {one_line(list(trainer.run))}", arguments)
    if trainer.flags:
        flags = one_line(dict(trainer.flags))
        yield commented(f"  flags: {flags}", "how ${args} writes them")
    if trainer.wandb:
        yield commented(
            "  metrics: {wandb: true}",
            "what the script gives to wandb.log; nothing leaves the machine",
        )
    elif trainer.logs is not None:
        yield _logged_metrics(trainer.logs, trainer.run)
    else:
        yield from _printed_metrics(trainer)


def _logged_metrics(logs: str, run: Sequence[str]) -> str:
    """Return the line for a script that writes its metrics to a file."""
    comment = "CHANGE: have it log with CSVLogger(os.environ['SWEEP_FOLDER'])"
    if any("CSVLogger" in word for word in run):
        comment = "what the command's CSVLogger writes"
    return commented(f"  metrics: {one_line({'file': logs})}", comment)


def _printed_metrics(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the patterns for a script that prints its metrics."""
    patterns = trainer.printed.patterns
    comment = "searched in every line it prints, one group each"
    if not patterns:
        patterns = _GUESSED
        comment = (
            "CHANGE: patterns for what it prints, one group each; or file: log.csv"
        )
    yield "  metrics:"
    yield commented("    output:", comment)
    for name, pattern in patterns.items():
        quoted = pattern.replace("'", "''")
        comment = "counts from first_epoch" if name == "epoch" else ""
        yield commented(f"      {one_line(name)}: '{quoted}'", comment)
    yield commented(
        f"    first_epoch: {trainer.printed.first_epoch}",
        "the number that the script prints for its first epoch",
    )


def _metric(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `metric`."""
    if trainer.metrics:
        name = trainer.metrics[0]
        comment = "on validation data: chooses trials and epochs"
    else:
        name = "val_loss" if trainer.wandb else "val/accuracy"
        comment = "CHANGE: a metric on validation data"
    last_word = name.rpartition("/")[2].rpartition("_")[2]
    goal = "minimize" if last_word in ("loss", "error") else "maximize"
    yield commented(f"metric: {one_line({'name': name, 'goal': goal})}", comment)
    others = [each for each in trainer.metrics[1:] if not each.startswith("test")]
    if others:
        yield from wrapped("# also reported: ", others)
    yield ""


def _parameters(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `parameters`; those that are not set follow as comments."""
    yield commented(
        "parameters:", "a constant, values: […] to choose from, or min: and max:"
    )
    compared = compared_parameter(trainer)
    active = active_parameters(trainer)
    for parameter in active:
        if parameter is compared:
            yield _compared(parameter)
        elif is_rate(parameter):
            yield from _tuned(parameter)
        else:
            yield _constant(parameter)
    if not active:
        yield commented(
            "  epochs: 10", "CHANGE: what the trainer reads from its configuration"
        )
    yield commented(
        "  # dataset: {values: [a, b, c], role: task}",
        "every arm is trained on each; at: {a: {epochs: 5}} sets values for a",
    )
    others = [each for each in trainer.parameters if each not in active]
    if others:
        yield "  # With their defaults:"
    for parameter in others:
        line = f"  # {one_line(parameter.name)}: {one_line(parameter.default)}"
        yield commented(line, parameter.description)
    yield ""


def _compared(parameter: Parameter) -> str:
    """Return the line of the parameter whose values the study compares."""
    entry = one_line({"values": list(values(parameter))})
    comment = parameter.description or "the question of this study"
    return commented(f"  {one_line(parameter.name)}: {entry}", comment)


def _tuned(parameter: Parameter) -> Iterator[str]:
    """Yield the lines of a nuisance parameter: a logarithmic range around its default."""
    default = parameter.default
    centre = default if isinstance(default, float) and default > 0 else 1e-3
    entry = {
        "distribution": "log_uniform_values",
        "min": rounded(centre / 10),
        "max": rounded(centre * 10),
        "role": "nuisance",
    }
    comment = "a nuisance: tuned, so that the comparison is fair"
    yield commented(f"  {one_line(parameter.name)}:", comment)
    yield f"    {one_line(entry)}"


def _constant(parameter: Parameter) -> str:
    """Return the line of a parameter with its default, or with a guess to change."""
    comment = parameter.description
    if parameter.default is UNKNOWN:
        comment = "CHANGE: its default was not found"
    value = one_line(guess(parameter))
    return commented(f"  {one_line(parameter.name)}: {value}", comment)


def _is_searched(trainer: TrainerDescription) -> bool:
    """Return whether the study has a parameter to search."""
    return compared_parameter(trainer) is not None or has_rate(trainer)


def _search(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the sections `search` and `early_terminate`, as comments if nothing is searched."""
    searched = _is_searched(trainer)
    commented_out = "" if searched else "# "
    yield commented(
        f"{commented_out}search: {{method: gp_multifidelity, trials: 20}}",
        "gp_multifidelity, tpe, gp, cmaes, qmc, random, grid; see README.md",
    )
    epoch_count = epochs(trainer)
    least = max(1, (epoch_count or 1) // 9)
    commented_out = "" if epoch_count and searched else "# "
    yield commented(
        f"{commented_out}early_terminate: {{type: asha, min_iter: {least}, eta: 3}}",
        "the best third continues",
    )
    yield ""


def _ablation(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `ablation`."""
    yield commented(
        "ablation:", "arms that are trained to the end, each with the same seeds"
    )
    compared = compared_parameter(trainer)
    baseline = {} if compared is None else {compared.name: values(compared)[0]}
    yield commented(
        f"  baseline: {one_line(baseline)}",
        "parameters that it does not set come from the search",
    )
    yield commented(
        "  seeds: [0, 1, 2, 3, 4, 5, 6, 7]",
        "eight or more: `sweep plan` says which changes they can show",
    )
    yield commented(
        "  # seeds: {from: 6, to: 30, until: decided}",
        "or: as many as each arm's verdict needs",
    )
    yield commented(
        "  # margin: 0.005",
        'the smallest change that matters, or "1 %": gives verdicts',
    )
    if compared is not None:
        yield commented(
            "  designs:",
            "also: ladder, leave_one_out, factorial, shapley, path, top_k, arms",
        )
        others = list(values(compared)[1:])
        yield f"    one_at_a_time: {one_line({compared.name: others})}"
    yield ""


def _report(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `report`, and `resources`, `budget` and `reuse` as comments."""
    tests = [name for name in trainer.metrics if name.startswith("test")]
    if tests:
        metrics = one_line(tests[:4])
        yield commented(f"report: {{metrics: {metrics}}}", "the table's columns")
    else:
        yield commented(
            "report: {select: last}",
            "best is biased: the metric chose the epoch itself",
        )
    yield commented(
        "# resources: {cpu: 1, gpu: 0.25}",
        "of one trial; default: a GPU each, else a CPU each",
    )
    yield commented("# budget: {hours: 8}", "no trial is started after it")
    yield commented("# reuse: true", "reuse identical trials of other studies")
    yield ""


def _profiles(trainer: TrainerDescription) -> Iterator[str]:
    """Yield the section `profiles` with a quick study."""
    has_epochs = bool(epochs(trainer))
    searched = _is_searched(trainer)
    quick: dict[str, Any] = {}
    if has_epochs:
        quick["epochs"] = 2
    if searched:
        quick["search.trials"] = 2
    if searched and has_epochs:
        quick["early_terminate.min_iter"] = 1
    quick["ablation.seeds"] = [0, 1]
    yield commented("profiles:", "sweep run … --profile quick")
    yield f"  quick: {one_line(quick)}"
