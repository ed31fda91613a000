"""What a trainer never reads is told from its source, and only where that is certain."""

import pytest

from sweep import spec
from sweep.spec.unread import warnings

STUDY = """
name: unread
trainer: own.py:train
metric: {name: acc, goal: maximize}
parameters: {epochs: 3, magic: {values: [false, true]}}
ablation: {baseline: {magic: false}, designs: {one_at_a_time: {magic: [true]}}}
"""


@pytest.fixture
def said(tmp_path):
    """`said(body)`: the warnings on a study whose trainer has that source."""

    def check(source, study=STUDY):
        (tmp_path / "own.py").write_text(source, encoding="utf-8")
        (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
        return warnings(spec.load(tmp_path / "study.yaml"))

    return check


READS_SEED = "def train(config, run):\n    x = run.seed\n"
READS_ALL = READS_SEED + "    y = config['magic'], config['epochs']\n"


def test_a_searched_parameter_that_is_never_read_is_warned_about(said):
    (text,) = said(READS_SEED + "    y = config['epochs']\n")
    assert text.startswith("parameters.magic: ")
    assert text.endswith("it reads: epochs")


def test_a_constant_may_stay_unread(said):
    assert said(READS_SEED + "    y = config['magic']\n") == []


def test_a_seed_that_is_never_read_is_named(said):
    (text,) = said(
        "def train(config, run):\n    run.report(0, {'acc': config['magic']})\n"
    )
    assert "never reads run.seed" in text


def test_a_trainer_declared_deterministic_need_not_read_its_seed(said):
    declared = STUDY + "report: {deterministic: true}\n"
    source = "def train(config, run):\n    run.report(0, {'acc': config['magic']})\n"
    assert said(source, declared) == []


@pytest.mark.parametrize(
    "use",
    [
        "model(config)",
        "model(**config)",
        "x = dict(config)",
        "for name in config: pass",
        "x = config[run.folder.name]",
        "x = {**config}",
        "x = config.items()",
        "def inner(): return config.pop('magic')",
    ],
)
def test_a_trainer_that_passes_its_configuration_on_is_not_warned_about(said, use):
    assert said(f"{READS_SEED}    {use}\n") == []


@pytest.mark.parametrize("use", ["config.get('magic', False)", "'magic' in config"])
def test_every_way_to_read_a_key_counts(said, use):
    assert said(f"{READS_SEED}    x = {use}\n") == []


@pytest.mark.parametrize(
    "use", ["helper(run)", "state = [run]", "getattr(run, 'seed')"]
)
def test_a_trainer_that_passes_its_run_on_is_not_warned_about(said, use):
    assert said(f"def train(config, run):\n    {use}\n    y = config['magic']\n") == []


def test_a_decorated_trainer_is_not_warned_about(said):
    assert said("def fixed(f): return f\n@fixed\ndef train(config, run): ...\n") == []


COMMAND = STUDY.replace(
    "trainer: own.py:train", "command: [python, own.py, '${args}'SEED]"
).replace("metric:", "metric:")


@pytest.mark.parametrize(
    ("words", "source", "count"),
    [
        ("", "print(1)", 1),
        (", '--seed=${seed}'", "print(1)", 0),
        ("", "import os; s = os.environ['SWEEP_SEED']", 0),
    ],
)
def test_a_command_that_does_not_receive_the_seed_is_warned_about(
    said, words, source, count
):
    study = COMMAND.replace("SEED", words)
    found = said(source, study)
    assert len(found) == count
    assert all("${seed}" in text for text in found)
