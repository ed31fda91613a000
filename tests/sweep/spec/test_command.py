"""`command:` of a study file."""

import pytest
from pydantic import ValidationError

from sweep.spec.command import Command, MetricSource, check, normal, note


def faults(base, parameters=("epochs",), **keys):
    violations = []
    command = Command.model_validate({"run": "python train.py", **keys})
    check(
        command,
        dict.fromkeys(parameters),
        base,
        lambda *fault: violations.append(fault),
    )
    return [(".".join(map(str, at)), problem) for at, problem, _ in violations]


def test_a_line_is_split_as_a_shell_would_and_a_list_is_taken_as_it_is():
    assert normal("python train.py") == {"run": "python train.py"}
    assert Command(run="python 'my train.py' ${args}").run == (
        "python",
        "my train.py",
        "${args}",
    )
    assert Command(run=["python", 42]).run == ("python", "42")


def test_shell_syntax_is_refused_with_a_bash_command():
    with pytest.raises(ValidationError, match=r"`\|` needs a shell: write \[bash, -c"):
        Command(run="python train.py | tee log")


@pytest.mark.parametrize(
    "keys, key, problem",
    [
        ({"run": "python ${argz}"}, "command.run.1", "there is no macro ${argz}"),
        ({"run": "${program}"}, "command.run.0", "${program} has no value"),
        (
            {"nested": ["optimizer"]},
            "command.nested.0",
            "no parameter is named optimizer.…",
        ),
        (
            {"environment": {"A": "${no}"}},
            "command.environment.A",
            "there is no macro ${no}",
        ),
    ],
)
def test_unknown_macros_groups_and_files_are_violations_of_their_key(
    tmp_path, keys, key, problem
):
    assert faults(tmp_path, **keys) == [(key, problem)]


def test_macros_of_parameters_and_of_the_environment_and_escaped_ones_are_sound(
    tmp_path,
):
    assert faults(tmp_path, run="python ${epochs} ${envvar:HOME} $${now}") == []


def test_a_command_that_does_not_pass_on_parameters_is_noted():
    notes = []
    note(
        Command(run="python train.py"),
        {"epochs": None},
        lambda *each: notes.append(each),
    )
    note(
        Command(run="python ${args}"),
        {"epochs": None},
        lambda *each: notes.append(each),
    )
    ((at, text),) = notes
    assert at == ("command",)
    assert "does not pass on epochs" in text


@pytest.mark.parametrize(
    "source, path, file_format",
    [
        ({}, "metrics.jsonl", "jsonl"),
        ({"file": "log.csv"}, "log.csv", "csv"),
        ({"file": "log.txt", "format": "json"}, "log.txt", "json"),
        ({"wandb": True}, None, "jsonl"),
        ({"output": {"f1": "F1 (.*)"}}, None, "jsonl"),
    ],
)
def test_metrics_are_read_from_a_file_unless_they_come_from_elsewhere(
    source, path, file_format
):
    metrics = MetricSource(**source)
    assert (metrics.path, metrics.file_format) == (path, file_format)


@pytest.mark.parametrize(
    "source, words",
    [
        ({"file": "../log.csv"}, "must be relative to the trial's folder"),
        ({"output": {"f1": "F1 .*"}}, "has 0 groups"),
        ({"output": {"f1": "F1 ("}}, "is not a valid regular expression"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(source, words):
    with pytest.raises(ValidationError, match=words):
        MetricSource(**source)
