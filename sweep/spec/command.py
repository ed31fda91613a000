r"""The section `command` of a study file: a program in any language as the trainer.

`sweep.command` runs it.

    command: [python, train.py, "${args}"]             # or one line, split as a shell would
    command:
      run: [python, main.py, --config, "${config_yaml}", --seed, "${seed}"]
      config_base: configs/x.yaml                      # overlaid with the trial's parameters
      metrics: {output: {val/f1: 'F1 ([0-9.]+)', epoch: 'Epoch (\d+)'}, first_epoch: 1}
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from sweep import yaml_file
from sweep.errors import StudyFileError, one_of
from sweep.model.fields import Positive, Section, Text, Whole
from sweep.secrets import ENVIRONMENT_MACRO
from sweep.spec import json_file
from sweep.spec.json_file import NotJson
from sweep.trainer import TrainerRef

if TYPE_CHECKING:
    from sweep.document import KeyPath
    from sweep.spec.messages import AddViolation

MACRO = re.compile(r"(?<!\$)\$\{([^${}]+)\}")
ESCAPED = re.compile(r"\$(\$\{)")  # `$${now}` is `${now}` to the program
MACROS: Mapping[str, str] = {
    "args": "--name=value for every parameter, as `flags` says",
    "args_no_boolean_flags": "the same, true as --name and false left out",
    "args_no_hyphens": "name=value",
    "args_no_equals": "--name value",
    "args_hydra": "name=value, each value as Hydra reads it: null, [1,2], {a:1}, 'a,b'",
    "args_append_hydra": "+name=value",
    "args_override_hydra": "++name=value",
    "args_json": "all parameters as one JSON text",
    "args_json_file": "path of a JSON file with all parameters",
    "config_json": "the same",
    "config_yaml": "path of a YAML file with all parameters",
    "env": "/usr/bin/env",
    "interpreter": "the Python that runs sweep",
    "program": "`program` of this section",
    "base": "folder of the study file",
    "folder": "the trial's folder",
    "checkpoint_folder": "the trial's folder for the command's own checkpoints",
    "seed": "the trial's seed",
    "fold": "0-based held-out fold, empty without folds",
    "folds": "number of folds, empty without",
    "start_epoch": "number of epochs the study already knows; 0 on a fresh trial",
}
EPOCH = "epoch"
# The metric of a study whose file names none. It is 1 in every report, so that no trial is better
# than another.
UNRANKED = "completed"
METRICS_FILE = "metrics.jsonl"
_OVER_FOLDS = re.compile(r"(?:^|[/_.-])(?:k?folds?|splits?|cv)[_.-]?\*", re.IGNORECASE)
_SHELL = ("|", "||", "&&", "&", ";", ">", ">>", "<", "2>&1")
Format = Literal["jsonl", "json", "csv"]
_SUFFIXES: Mapping[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
}


def _word(value: Any) -> Any:
    """Read a number in a list of words as text."""
    return (
        str(value)
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
    )


Word = Annotated[str, BeforeValidator(_word)]


class Flags(Section):
    """How `${args}` writes a parameter; the defaults are those of W&B.

    Attributes:
        hyphens: `--learning-rate` for learning_rate.
        equals: `--lr=0.1`, one argument; false: `--lr 0.1`, two.
        booleans: `value` (`--x=True`), `switch` (`--x`, or nothing), `negatable` (`--x` or
            `--no-x`), `negatable_last` (`--a.x` or `--a.no-x`, as tyro has it), `lower`
            (`--x=true`).
        lists: `python` (`--x=[1, 2]`), `comma` (`--x=1,2`), `repeat` (`--x=1 --x=2`), `spaced`
            (`--x 1 2`, argparse's nargs).
    """

    hyphens: bool = Field(default=False, strict=True)
    equals: bool = Field(default=True, strict=True)
    booleans: Literal["value", "switch", "negatable", "negatable_last", "lower"] = (
        "value"
    )
    lists: Literal["python", "comma", "repeat", "spaced"] = "python"


class MetricSource(Section):
    """Where the metrics are read while the command runs.

    Attributes:
        file: relative to the trial's folder, which the command knows as `${folder}` or
            SWEEP_FOLDER; `*` matches the one file that an attempt writes. Default:
            metrics.jsonl, also given as SWEEP_METRICS, if nothing else is named.
        format: of `file`; None: by its suffix. `jsonl`: an object a line. `csv`: with a header,
            empty cells are left out. `json`: an object that is rewritten, a list of objects, or an
            object of lists.
        output: metric → regular expression with one group, searched in each line that the command
            prints; the name `epoch` stands for the epoch.
        wandb: what the program gives to `wandb.log` (Python only; nothing leaves the machine).
        epoch: the field that holds the epoch. If it is None, or the field is missing, reports are
            counted instead. A fraction counts as the epoch that contains it: with `first_epoch: 1`,
            0.5 and 1.0 both belong to the first epoch.
        first_epoch: the number that the program gives its first epoch.
        rename: the program's name of a metric → the study's.
    """

    file: Text | None = None
    format: Format | None = None
    output: dict[Text, Text] = Field(default={})
    wandb: bool = Field(default=False, strict=True)
    epoch: Text | None = EPOCH
    first_epoch: Whole = 0
    rename: dict[Text, Text] = Field(default={})

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str | None) -> str | None:
        if file is not None and (
            Path(file).is_absolute() or ".." in Path(file).parts or "${" in file
        ):
            raise ValueError(
                f"{file!r} must be relative to the trial's folder, or trials share a file"
            )
        return file

    @field_validator("output")
    @classmethod
    def _patterns(cls, output: dict[str, str]) -> dict[str, str]:
        for name, pattern in output.items():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                raise ValueError(
                    f"the pattern of {name} is not a valid regular expression: {error}"
                ) from None
            if groups != 1:
                raise ValueError(
                    f"the pattern of {name} has {groups} groups; put ( ) around the number only"
                )
        return output

    @property
    def path(self) -> str | None:
        """The file to read; None if metrics come only from output or from `wandb.log`."""
        return self.file or (None if self.output or self.wandb else METRICS_FILE)

    @property
    def file_format(self) -> Format:
        """How the file is read; `jsonl` if its suffix is unknown."""
        return self.format or _SUFFIXES.get(
            Path(self.path or "").suffix.lower(), "jsonl"
        )


class Command(Section):
    """How a trial is run by a program.

    Attributes:
        run: the program and its arguments, with macros such as `${args}`, `${config_yaml}`,
            `${seed}`, `${envvar:NAME}`, and each parameter by its name. No shell reads it.
        program: the value of `${program}`.
        workdir: `study` runs it in the study file's folder, `trial` in the trial's own; else a
            folder, relative to that of the study file.
        flags: see `Flags`.
        config_base: YAML or JSON file that `${config_yaml}` and `${config_json}` start from;
            parameters replace its values, a dotted name those further down.
        nested: groups of dotted parameters that the program gets as mappings: with `optimizer`,
            `optimizer.lr` is {optimizer: {lr: …}}.
        environment: further variables; values may hold macros.
        metrics: see `MetricSource`.
        grace_seconds: time between SIGTERM and SIGKILL for a command that is stopped, its children
            included.
    """

    run: tuple[Word, ...] = Field(min_length=1)
    program: Text | None = None
    workdir: Literal["study", "trial"] | Text = "study"
    flags: Flags = Flags()
    config_base: Text | None = None
    nested: tuple[Text, ...] = ()
    environment: dict[Text, Word] = Field(default={})
    metrics: MetricSource = MetricSource()
    grace_seconds: Positive = 10.0

    @field_validator("run", mode="before")
    @classmethod
    def _split(cls, run: Any) -> Any:
        if not isinstance(run, str):
            return run
        try:
            words = shlex.split(run)
        except ValueError as error:
            raise ValueError(f"{run!r} cannot be split into words: {error}") from None
        shell = [word for word in words if word in _SHELL]
        if shell:
            raise ValueError(f"`{shell[0]}` needs a shell: write [bash, -c, '{run}']")
        return words

    @property
    def text(self) -> str:
        """The command as one would type it."""
        return " ".join(
            word if MACRO.fullmatch(word) else shlex.quote(word) for word in self.run
        )

    def folder(self, base: Path) -> Path:
        """Where `program` and the files that the command names are looked for.

        Args:
            base: folder of the study file.
        """
        return (
            base
            if self.workdir in ("study", "trial")
            else (base / self.workdir).resolve()
        )

    def reference(self, base: Path | str) -> TrainerRef:
        """The command as a trainer: its source files, and the metrics that it can report."""
        source = self.metrics
        only_output = source.output and not (source.file or source.wandb)
        names = (
            tuple(source.rename.get(n, n) for n in source.output if n != source.epoch)
            if only_output
            else None
        )
        return TrainerRef(
            "command", self.text, metrics=names, files=tuple(self._files(Path(base)))
        )

    def _files(self, base: Path) -> Iterator[Path]:
        folder = self.folder(base)
        for word in dict.fromkeys([*self.run, self.program, self.config_base]):
            if not word or "${" in word:
                continue
            for path in (folder / word, *_module_files(word, folder)):
                if _is_file(path):
                    yield path.resolve()


def normal(command: Any) -> Any:
    """The section's long form: a bare line or list is its `run`."""
    return {"run": command} if isinstance(command, str | list | tuple) else command


def check(
    command: Command,
    parameters: Mapping[str, Any],
    base: Path,
    add_violation: AddViolation,
) -> None:
    """Check the macros, groups and files that the section names."""
    words: list[tuple[KeyPath, str]] = [
        (("command", "run", i), word) for i, word in enumerate(command.run)
    ]
    words += [
        (("command", "environment", name), word)
        for name, word in command.environment.items()
    ]
    for path, word in words:
        for macro in MACRO.findall(word):
            if (
                macro not in MACROS
                and macro not in parameters
                and not macro.startswith(ENVIRONMENT_MACRO)
            ):
                allowed = (
                    f"{one_of([*MACROS, *parameters], macro)}; or $${{{macro}}} for the"
                    " program itself"
                )
                add_violation(path, f"there is no macro ${{{macro}}}", allowed)
            if macro == "program" and command.program is None:
                add_violation(path, "${program} has no value", "program: train.py")
    for i, group in enumerate(command.nested):
        if not any(name.startswith(f"{group}.") for name in parameters):
            add_violation(
                ("command", "nested", i),
                f"no parameter is named {group}.…",
                one_of(parameters, group),
            )
    pattern = command.metrics.file or ""
    if _OVER_FOLDS.search(pattern):
        problem = f"{pattern} matches one file per fold, but a trial reads one file"
        allowed = "folds: 5 in the study and ${fold} in the command, or the file of their mean"
        add_violation(("command", "metrics", "file"), problem, allowed)
    if command.config_base is not None:
        _check_base(base / command.config_base, add_violation)
    folder = command.folder(base)
    if not folder.is_dir():
        add_violation(
            ("command", "workdir"), f"no folder {folder}", "study, trial, or a folder"
        )
    elif command.program is not None and not _is_program(command.program, folder):
        add_violation(("command", "program"), f"no file {folder / command.program}", "")


def _check_base(path: Path, add_violation: AddViolation) -> None:
    key_path: KeyPath = ("command", "config_base")
    if not _is_file(path):
        add_violation(key_path, f"no file {path}", "")
        return
    try:
        read_base(path)
    except (StudyFileError, NotJson) as error:
        allowed = (
            "a mapping; a list of configurations is ablation.designs.arms: {from: …}"
        )
        add_violation(key_path, f"cannot be read: {error}", allowed)


def read_base(path: Path) -> dict[str, Any]:
    """Read `config_base`, the mapping that a configuration file starts from.

    Raises:
        StudyFileError: the file is not a mapping in YAML.
        NotJson: the file is not a mapping in JSON (with comments).
    """
    if path.suffix.lower() != ".json":
        return dict(yaml_file.read(path).data)
    content = json_file.read(path)
    if not isinstance(content, dict):
        raise NotJson(f"{path} holds a {type(content).__name__}, not a mapping")
    return content


def note(
    command: Command,
    parameters: Mapping[str, Any],
    note: Callable[[KeyPath, str], None],
) -> None:
    """Note parameters that the command line never passes on; they may be forgotten."""
    words = [*command.run, *command.environment.values()]
    macros = {macro for word in words for macro in MACRO.findall(word)}
    read = command.metrics.wandb or any(
        macro.startswith(("args", "config_")) for macro in macros
    )
    lost = [] if read else [name for name in parameters if name not in macros]
    if lost:
        text = (
            f"does not pass on {', '.join(lost)}: add ${{args}}, unless the program"
            " reads the file that SWEEP_CONFIG names"
        )
        note(("command",), text)


def _is_program(program: str, folder: Path) -> bool:
    """Whether it is a file, a program on PATH, or a module that Python would find."""
    if _is_file(folder / program) or shutil.which(program):
        return True
    if any(map(_is_file, _module_files(program, folder))):
        return True
    top = program.partition(".")[0]
    return (
        top.isidentifier()
        and not program.endswith(".py")
        and find_spec(top) is not None
    )


def _module_files(name: str, folder: Path) -> list[Path]:
    """The files that `python -m NAME` would run."""
    if not all(part.isidentifier() for part in name.split(".")):
        return []
    inside = Path(*name.split("."))
    starts = (folder / inside, folder / "src" / inside)
    return [
        path
        for start in starts
        for path in (start.with_name(f"{start.name}.py"), start / "__main__.py")
    ]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system takes
        return False
