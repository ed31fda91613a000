"""fANOVA background this process answers as it does in it, and whatever befalls the other
process there is an answer."""

from __future__ import annotations

import gc
import random
import signal
import sys
from pathlib import Path

import pytest

from sweep.model.domains import Choice, IntUniform, Uniform
from sweep.model.parameters import Parameter
from sweep.model.search_space import SearchSpace
from sweep.samplers.fanova import NOISE, BackgroundShares, Question, shares

NAMES = ("steep", "flat")
SPACE = {name: Parameter(name, Uniform(0.0, 1.0), "scientific") for name in NAMES}
SPEC = SearchSpace(SPACE, "m", "maximize")


@pytest.fixture(scope="module")
def question():
    draw = random.Random(3)
    configs = [{name: draw.random() for name in NAMES} for _ in range(30)]
    return Question(NAMES, [(config, 3 * config["steep"]) for config in configs])


@pytest.fixture(scope="module")
def alone(question):
    return shares(SPEC, question)


def test_the_decisive_parameter_explains_most_and_others_at_most_noise(
    alone,
):
    assert next(iter(alone)) == "steep"
    assert alone["steep"] > 0.7
    assert set(alone) == {*NAMES, NOISE}


def test_equal_values_have_zero_importance(question):
    flat = Question(NAMES, [(config, 0.5) for config, _ in question.tried])
    assert shares(SPEC, flat) == dict.fromkeys([*NAMES, NOISE], 0.0)


def test_a_log_uniform_parameter_is_analysed_on_a_log_scale():
    """A sum of log(rate) and an integer, background a choice that does nothing."""
    space = {
        "rate": Parameter("rate", Uniform(1e-4, 1e-1, log=True), "nuisance"),
        "width": Parameter("width", IntUniform(1, 4), "nuisance"),
        "loss": Parameter("loss", Choice(("ce", "focal", "dice")), "scientific"),
    }
    spec = SearchSpace(space, "m", "maximize")
    draw = random.Random(5)
    tried = []
    for _ in range(100):
        depth, width = draw.random(), draw.randint(1, 4)
        config = {"rate": 10 ** (3 * depth - 4), "width": width}
        config["loss"] = draw.choice(["ce", "focal", "dice"])
        tried.append((config, 3 * depth + width / 3))
    found = shares(spec, Question(tuple(space), tried))
    explained = {"rate": 9 / 12, "width": 15 / 12 / 9, "loss": 0.0, NOISE: 0.0}
    total = sum(explained.values())
    assert found == pytest.approx(
        {k: v / total for k, v in explained.items()}, abs=0.05
    )


def test_a_background_process_gives_the_same_shares_in_order(question, alone):
    half = Question(NAMES, question.tried[:15])
    assert BackgroundShares(SPEC, [half, question]).answers() == [
        shares(SPEC, half),
        alone,
    ]


def test_background_shares_can_be_read_twice(question, alone):
    background = BackgroundShares(SPEC, [question])
    assert background.answers() == background.answers() == [alone]


def test_without_questions_no_process_starts():
    background = BackgroundShares(SPEC, [])
    assert background._process is None
    assert background.answers() == []


def test_shares_are_computed_here_if_the_process_is_killed(question, alone):
    background = BackgroundShares(SPEC, [question])
    process, _ = background._process
    process.send_signal(signal.SIGKILL)
    assert background.answers() == [alone]


def test_shares_are_computed_here_without_an_interpreter(
    question, alone, monkeypatch, tmp_path
):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    assert BackgroundShares(SPEC, [question]).answers() == [alone]


def test_a_report_that_is_not_finished_leaves_no_process(question):
    background = BackgroundShares(SPEC, [question])
    process, _ = background._process
    del background
    gc.collect()
    assert process.returncode == -signal.SIGKILL


def test_a_user_file_named_like_a_library_is_not_imported(
    question, alone, tmp_path, monkeypatch
):
    Path(tmp_path / "optuna.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    background = BackgroundShares(SPEC, [question])
    process, _ = background._process
    assert process.wait() == 0
    assert background.answers() == [alone]
