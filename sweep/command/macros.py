"""A command's words, environment and configuration files for one trial."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sweep import durable
from sweep.command import hydra_value
from sweep.errors import TrialError
from sweep.secrets import ENVIRONMENT_MACRO
from sweep.spec.command import ESCAPED, MACRO, Command, Flags, read_base

CHECKPOINT_FOLDER = "command-checkpoints"
JSON_FILE, YAML_FILE = "parameters.json", "parameters.yaml"

# Environment variable of a command → its meaning.
VARIABLES: Mapping[str, str] = {
    "SWEEP_SEED": "the trial's seed",
    "SWEEP_FOLDER": "the trial's folder",
    "SWEEP_CHECKPOINT_DIR": "the trial's folder for the command's own checkpoints",
    "SWEEP_START_EPOCH": "number of epochs the study already knows; 0 on a fresh trial",
    "SWEEP_CONFIG": "path of a JSON file with all parameters",
    "SWEEP_METRICS": "path of the file that metrics are read from, unless it is a pattern",
    "SWEEP_FOLD": "0-based held-out fold; only with folds",
    "SWEEP_FOLDS": "number of folds; only with folds",
}


@dataclass(frozen=True)
class TrialContext:
    """What is specific to one trial: its folder, seed and fold."""

    folder: Path
    base: Path
    seed: int
    fold: int | None
    folds: int | None
    start_epoch: int


def words(
    command: Command, config: Mapping[str, Any], context: TrialContext
) -> list[str]:
    """The command with all macros expanded.

    A macro that is a whole word expands to several words. Inside a word it expands to text, quoted
    as for a shell (`bash -c "cd x && python train.py ${args}"`).

    Raises:
        TrialError: an environment variable that the command names is not set.
    """
    values = _values(command, config, context)
    arguments: list[str] = []
    for word in command.run:
        whole = MACRO.fullmatch(word)
        arguments += _value(whole[1], values) if whole else [_filled(word, values)]
    return arguments


def environment(
    command: Command, config: Mapping[str, Any], context: TrialContext
) -> dict[str, str]:
    """Environment variables of the command, besides those of this process."""
    values = _values(command, config, context)
    variables = {
        "SWEEP_SEED": str(context.seed),
        "SWEEP_FOLDER": str(context.folder),
        "SWEEP_CHECKPOINT_DIR": str(context.folder / CHECKPOINT_FOLDER),
        "SWEEP_START_EPOCH": str(context.start_epoch),
        "SWEEP_CONFIG": str(context.folder / JSON_FILE),
    }
    if context.fold is not None:
        variables |= {
            "SWEEP_FOLD": str(context.fold),
            "SWEEP_FOLDS": str(context.folds),
        }
    if command.metrics.path is not None and "*" not in command.metrics.path:
        variables["SWEEP_METRICS"] = str(context.folder / command.metrics.path)
    return variables | {
        name: _filled(text, values) for name, text in command.environment.items()
    }


def write_files(
    command: Command, config: Mapping[str, Any], context: TrialContext
) -> None:
    """Write the configuration files of macros and SWEEP_CONFIG; create the checkpoint folder.

    Raises:
        StudyFileError: `config_base` is not a mapping in YAML or JSON.
        TrialError: a dotted parameter goes through a value of `config_base` that is not a mapping.
        CannotWrite: the disk is full or failing, or a path is a link.
    """
    content = dict(nested(command, config))
    if command.config_base is not None:
        content = read_base(context.base / command.config_base)
        for name, value in nested(command, config).items():
            _put(content, name, value, command.config_base)
    durable.make_folder(context.folder / CHECKPOINT_FOLDER)
    as_yaml = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    for name, text in (
        (JSON_FILE, json.dumps(content, indent=2) + "\n"),
        (YAML_FILE, as_yaml),
    ):
        durable.write_file(context.folder / name, text.encode(), sync=False)


def nested(command: Command, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with a mapping for each group in `command.nested`."""
    mapping: dict[str, Any] = {}
    for name, value in config.items():
        section, rest, group = mapping, name, ""
        while step := next(
            (g for g in _below(command.nested, group) if name.startswith(f"{g}.")), None
        ):
            section = section.setdefault(
                step.removeprefix(f"{group}.") if group else step, {}
            )
            rest, group = name.removeprefix(f"{step}."), step
        section[rest] = value
    return mapping


def _negated_last(flag: str) -> list[str]:
    """`--optim.no-nesterov`, as tyro has it."""
    above, dot, last = flag[2:].rpartition(".")
    return [f"--{above}{dot}no-{last}"]


_OFF: Mapping[str, Callable[[str], list[str]]] = {
    "switch": lambda flag: [],
    "negatable": lambda flag: [f"--no-{flag[2:]}"],
    "negatable_last": _negated_last,
}
"""Style of booleans → how false is written."""
_HYDRA_MACROS = ("args_hydra", "args_append_hydra", "args_override_hydra")


def flags(name: str, value: Any, style: Flags) -> list[str]:
    """The words of `${args}` for one parameter."""
    flag = "--" + (name.replace("_", "-") if style.hyphens else name)
    if isinstance(value, bool) and style.booleans in _OFF:
        return [flag] if value else _OFF[style.booleans](flag)
    if isinstance(value, bool) and style.booleans == "lower":
        return _pair(flag, str(value).lower(), style)
    if isinstance(value, list | tuple) and style.lists != "python":
        texts = [str(item) for item in value]
        if style.lists == "spaced":
            return [flag, *texts]
        if style.lists == "repeat":
            return [word for text in texts for word in _pair(flag, text, style)]
        return _pair(flag, ",".join(texts), style)
    return _pair(flag, str(value), style)


def _pair(flag: str, text: str, style: Flags) -> list[str]:
    """A flag with its value: one word, or two."""
    return [f"{flag}={text}"] if style.equals else [flag, text]


def _values(
    command: Command, config: Mapping[str, Any], context: TrialContext
) -> dict[str, list[str]]:
    """Macro → the words that it expands to.

    A parameter with the name of a macro is only available in `${args}`.
    """
    parameters = {name: [str(value)] for name, value in config.items()}
    arguments = _argument_macros(command, nested(command, config))
    return parameters | arguments | _trial_macros(command, context)


def _argument_macros(
    command: Command, nested_config: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Macros that expand to all parameters: `args` and its variants."""
    switches = command.flags.model_copy(update={"booleans": "switch"})
    all_flags = _all_flags(nested_config, Flags())
    macros: dict[str, list[str]] = {
        "args": _all_flags(nested_config, command.flags),
        "args_no_boolean_flags": _all_flags(nested_config, switches),
        "args_no_hyphens": [word.removeprefix("--") for word in all_flags],
        "args_json": [json.dumps(nested_config)],
    }
    for name in ("args_no_equals", *_HYDRA_MACROS):
        macros[name] = []
    for name, value in nested_config.items():
        macros["args_no_equals"] += [f"--{name}", str(value)]
        macros["args_hydra"].append(f"{name}={hydra_value.text(value)}")
        macros["args_append_hydra"].append(f"+{name}={value}")
        macros["args_override_hydra"].append(f"++{name}={value}")
    return macros


def _all_flags(config: Mapping[str, Any], style: Flags) -> list[str]:
    """The flags of all parameters in one style."""
    words: list[str] = []
    for name, value in config.items():
        words += flags(name, value, style)
    return words


def _trial_macros(command: Command, context: TrialContext) -> dict[str, list[str]]:
    """Macros that do not depend on the configuration."""
    program = command.program or ""
    if command.workdir == "trial" and program:
        program = str((command.folder(context.base) / program).resolve())
    return {
        "args_json_file": [str(context.folder / JSON_FILE)],
        "config_json": [str(context.folder / JSON_FILE)],
        "config_yaml": [str(context.folder / YAML_FILE)],
        "env": ["/usr/bin/env"] if os.name == "posix" else [],
        "interpreter": [sys.executable],
        "program": [program],
        "base": [str(context.base)],
        "folder": [str(context.folder)],
        "checkpoint_folder": [str(context.folder / CHECKPOINT_FOLDER)],
        "seed": [str(context.seed)],
        "fold": ["" if context.fold is None else str(context.fold)],
        "folds": ["" if context.folds is None else str(context.folds)],
        "start_epoch": [str(context.start_epoch)],
    }


def _value(macro: str, values: Mapping[str, list[str]]) -> list[str]:
    """The words of one macro.

    Raises:
        TrialError: it names an environment variable that is not set.
    """
    if macro.startswith(ENVIRONMENT_MACRO):
        name = macro.removeprefix(ENVIRONMENT_MACRO)
        if name not in os.environ:
            raise TrialError(
                f"the command names ${{{macro}}}, and the environment variable {name} is not set"
            )
        return [os.environ[name]]
    # An inactive parameter has no value; a word that is only its macro is left out.
    return values.get(macro, [])


def _filled(word: str, values: Mapping[str, list[str]]) -> str:
    """A word with the macros inside it expanded, quoted as for a shell."""

    def text(macro: str) -> str:
        words = _value(macro, values)
        if len(words) == 1 and macro != "args":
            return words[0]
        return shlex.join(words)

    return ESCAPED.sub(r"\1", MACRO.sub(lambda match: text(match[1]), word))


def _below(groups: Sequence[str], group: str) -> list[str]:
    """The groups inside `group` (all for ""), the outermost first."""
    inside = [
        g for g in groups if g != group and (not group or g.startswith(f"{group}."))
    ]
    return sorted(inside, key=len)


def _put(content: dict[str, Any], name: str, value: Any, source: str) -> None:
    """Replace the value of a dotted name: a key with the whole name, else a nested key."""
    if name in content or "." not in name:
        mapping = content.get(name)
        if isinstance(mapping, dict) and isinstance(value, dict):
            for inner, item in value.items():
                _put(mapping, inner, item, source)
        else:
            content[name] = value
        return
    first, _, rest = name.partition(".")
    below = content.setdefault(first, {})
    if not isinstance(below, dict):
        raise TrialError(
            f"{name} cannot be set in {source}: {first} is {below!r} there, not a mapping of keys"
        )
    _put(below, rest, value, source)
