"""The section `command` of a study file: what is read, what is noted, and what is refused."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError

SCRIPT = """
import argparse, json, os
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--epochs", type=int)
given = parser.parse_args()
with open(os.environ["SWEEP_METRICS"], "w") as file:
    for epoch in range(given.epochs):
        print(json.dumps({"epoch": epoch, "val/f1": given.lr * (epoch + 1)}), file=file, flush=True)
"""


STUDY = """
command: [python, train.py, "${args}"]
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, lr: {values: [0.1, 0.2]}}
search: {method: grid}
"""


ONE = """
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3}
ablation: {seeds: [5]}
"""


@pytest.mark.parametrize(
    "words, said",
    [
        ("[python, train.py]", "does not pass on epochs, lr"),
        ("[python, train.py, --rate, '${lr}']", "does not pass on epochs:"),
        ("[python, train.py, '${args_no_hyphens}']", None),
        ("[python, train.py, --config, '${config_yaml}']", None),
        (
            "{run: [python, train.py], environment: {RATE: '${lr}', EPOCHS: '${epochs}'}}",
            None,
        ),
        ("{run: [python, train.py], metrics: {wandb: true}}", None),
    ],
)
def test_a_command_line_that_forgets_the_parameters_is_noted(write, words, said):
    text = STUDY.replace('[python, train.py, "${args}"]', words)
    notes = spec.load(write("study.yaml", text)).notes
    assert notes == () if said is None else any(said in note for note in notes)


MISTAKES = [
    (
        "[python, train.py, '${arg}']",
        "command.run[2]",
        "there is no macro ${arg}",
        "did you mean 'args'?",
    ),
    (
        "[python, '${program}']",
        "command.run[1]",
        "${program} has no value",
        "program: train.py",
    ),
    ("python train.py > log.txt", "command.run", "`>` needs a shell", ""),
    ("python 'train.py", "command.run", "cannot be split", ""),
    ("[]", "command.run", "is empty", "at least one"),
    (
        "{run: x, metrics: {output: {loss: 'loss'}}}",
        "command.metrics.output",
        "has 0 groups",
        "",
    ),
    (
        "{run: x, metrics: {output: {loss: '(loss'}}}",
        "command.metrics.output",
        "not a valid regular expression",
        "",
    ),
    (
        "{run: x, metrics: {file: /tmp/log.csv}}",
        "command.metrics.file",
        "relative to the trial's folder",
        "",
    ),
    (
        "{run: x, metrics: {file: ../log.csv}}",
        "command.metrics.file",
        "relative to the trial's folder",
        "",
    ),
    (
        "{run: x, metrics: {output: {loss: 'l (.)'}}}",
        "metric.name",
        "does not report 'val/f1'",
        "one of: loss",
    ),
    (
        "{run: x, flags: {booleans: switches}}",
        "command.flags.booleans",
        "'switches'",
        "did you mean 'switch'?",
    ),
    (
        "{run: x, nested: [optim]}",
        "command.nested[0]",
        "no parameter is named optim.…",
        "",
    ),
    ("{run: x, config_base: missing.yaml}", "command.config_base", "no file", ""),
    ("{run: x, program: missing.py}", "command.program", "no file", ""),
    (
        "{run: x, grace_second: 3}",
        "command.grace_second",
        "is not a key",
        "did you mean 'grace_seconds'?",
    ),
    (
        "x\ntrainer: clip",
        "command",
        "the study file has a trainer and a command",
        "not both",
    ),
]


@pytest.mark.parametrize(
    "section, key, problem, allowed", MISTAKES, ids=[m[0][:30] for m in MISTAKES]
)
def test_mistakes_in_the_section(write, section, key, problem, allowed):
    path = write("study.yaml", f"command: {section}\n{ONE}")
    with pytest.raises(StudyFileError) as caught:
        spec.load(path)
    found = {v.key: v for v in caught.value.violations}
    assert key in found, str(caught.value)
    assert problem in found[key].problem
    assert allowed in found[key].allowed


def test_a_command_survives_the_log(write):
    wanted = spec.load(write("study.yaml", STUDY))
    again = spec.StudySpec.from_canonical(wanted.canonical())
    assert again.command == wanted.command
    assert again.digest == wanted.digest
    assert again.trainer == "python train.py ${args}"


def test_neither_trainer_nor_command(write):
    with pytest.raises(StudyFileError, match="there is no `trainer`") as caught:
        spec.load(write("study.yaml", ONE))
    assert len(caught.value.violations) == 1
