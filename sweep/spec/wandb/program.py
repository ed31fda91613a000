"""`program` and `command` of a W&B sweep file, and the folder they run in."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.secrets import ENVIRONMENT_MACRO
from sweep.spec.command import MACRO, MACROS
from sweep.spec.wandb import function
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.folders import Located, candidates, locate, searched

DEFAULT_COMMAND = ["${env}", "${interpreter}", "${program}", "${args}"]
# An existing program in place of a missing one, so that there is no second message about it.
_STAND_IN = "true"


def command(draft: Draft, parameters: tuple[str, ...]) -> None:
    """Convert both to the section `command`.

    Args:
        parameters: names of parameters, which are macros as well.
    """
    data = draft.source.data
    raw, program = data.get("command"), data.get("program")
    if "trainer" in data:
        _trainer(draft, str(data["trainer"]))
        return
    if raw is None and program is None:
        _missing(draft)
        return
    if isinstance(raw, dict):  # the long form, which only sweep has
        draft.copy("command")
    else:
        words = DEFAULT_COMMAND if raw is None else raw
        draft.put(("command", "run"), _words(draft, words, parameters), ("command",))
    section = draft.data["command"]
    draft.lines["command",] = draft.source.line_of(("command",))
    _place(draft, section, program)
    _metrics(draft, section)


def _missing(draft: Draft) -> None:
    """Add the violation of a file that names no program, with an example."""
    draft.data["command"] = {
        "run": [_STAND_IN],
        "metrics": {"wandb": True, "epoch": None},
    }
    folders = candidates(draft.here, draft.beside)
    allowed = (
        f"program: train.py, or command: […]; or, for a function that was given to "
        f"wandb.agent(function=…): {function.suggestion(folders)}"
    )
    draft.add_violation(("program",), "there is no program", allowed)


def _metrics(draft: Draft, section: dict[str, Any]) -> None:
    """Put where metrics are read from: `wandb.log`, unless the file says something else."""
    source_section = draft.source.data.get("metrics")
    if isinstance(source_section, dict):
        draft.put(("command", "metrics"), source_section, ("metrics",))
    elif "metrics" not in section:
        section["metrics"] = {"wandb": True, "epoch": None}


# ----------------------------------------------------------------- where it lies


def _place(draft: Draft, section: dict[str, Any], program: Any) -> None:
    """Find the program, and put the folder in which it runs."""
    run = section.get("run")
    words = run if isinstance(run, list) else []
    folders = candidates(draft.here, draft.beside)
    if not isinstance(program, str):
        if program is not None:
            draft.put(("command", "program"), program, ("program",))
        _run_in(draft, section, _folder_of(words, folders))
        return
    located = locate(program, _as_module(words), folders)
    if located is None and words and "${program}" not in words:
        draft.note(
            ("program",),
            f"there is no {program}, but the command does not use ${{program}}",
        )
        _run_in(draft, section, _folder_of(words, folders))
        return
    if located is None:
        problem = f"no file, module or program {program}"
        draft.add_violation(("program",), problem, searched(program, folders))
        draft.put(("command", "program"), _STAND_IN, ("program",))
        return
    _say(draft, program, located)
    draft.put(("command", "program"), located.program, ("program",))
    _run_in(draft, section, located.folder)


def _say(draft: Draft, program: str, located: Located) -> None:
    """Note where the program was found, if that is not where the file says."""
    if located.moved:
        text = f"there is no {program}; {located.program} in {located.folder} is used"
        draft.note(("program",), text)
    elif located.folder != draft.beside:
        draft.note(("program",), f"{program} runs in {located.folder}")


def _run_in(draft: Draft, section: dict[str, Any], folder: Path) -> None:
    """Put the folder in which the command runs, unless the file has it."""
    if folder != draft.beside and "workdir" not in section:
        section["workdir"] = os.path.relpath(folder, draft.beside)


def _folder_of(words: list[Any], folders: list[Path]) -> Path:
    """The folder of the script or module that the words name; else the current folder."""
    for position, word in enumerate(words):
        if not isinstance(word, str) or "${" in word:
            continue
        as_module = position > 0 and words[position - 1] == "-m"
        if as_module or word.endswith((".py", ".sh")):
            located = locate(word, as_module, folders)
            if located is not None:
                return located.folder
    return folders[0]


def _as_module(words: list[Any]) -> bool:
    """Whether the command contains `-m ${program}`."""
    return any(
        first == "-m" and second == "${program}" for first, second in pairwise(words)
    )


def _trainer(draft: Draft, trainer: str) -> None:
    """Convert a function: one for W&B takes no arguments, another one is a trainer."""
    file, _, name = trainer.rpartition(":")
    if not file.endswith(".py"):
        draft.put(("trainer",), trainer, ("trainer",))
        return
    folders = candidates(draft.here, draft.beside)
    located = locate(file, as_module=False, folders=folders)
    if located is None:
        draft.add_violation(("trainer",), f"no file {file}", searched(file, folders))
        draft.data["command"] = {"run": [_STAND_IN]}
        return
    if not function.takes_nothing(located.folder / located.program, name):
        path = os.path.relpath(located.folder / located.program, draft.beside)
        draft.put(("trainer",), f"{path}:{name}", ("trainer",))
        return
    draft.put(("command", "run"), function.command(located.program, name), ("trainer",))
    section = draft.data["command"]
    _run_in(draft, section, located.folder)
    _metrics(draft, section)


# ----------------------------------------------------------------- words


def _words(draft: Draft, words: Any, parameters: tuple[str, ...]) -> Any:
    """Convert the words of a command: a list of them, or one line."""
    if isinstance(words, list):
        return [
            _word(draft, word, ("command", position), parameters)
            for position, word in enumerate(words)
        ]
    return _word(draft, words, ("command",), parameters)


def _word(draft: Draft, word: Any, path: KeyPath, parameters: tuple[str, ...]) -> Any:
    """Convert a word of W&B's command.

    A macro that W&B cannot have belongs to the program: Hydra's `${now:%Y}`, OmegaConf's
    `${model.lr}`.
    """
    if not isinstance(word, str):
        return word
    text = word
    for macro in MACRO.findall(word):
        if macro in MACROS or macro.startswith(ENVIRONMENT_MACRO):
            continue
        if macro in parameters:
            value = (
                f"W&B passes nothing for ${{{macro}}}; here it is the value of {macro}"
            )
            draft.note(path, value)
            continue
        if macro.isidentifier():
            names = one_of([*MACROS, *parameters], macro)
            allowed = f"{names}; or $${{{macro}}} for the program itself"
            draft.add_violation(path, f"there is no macro ${{{macro}}}", allowed)
        text = text.replace(f"${{{macro}}}", f"$${{{macro}}}")
    return text
