"""Whole studies whose results say less than they seem to: what the table claims of them."""

import pytest

import sweep.study
from sweep import report
from sweep.report.ablation import ablation_tables
from sweep.statistics.contrast import Reason
from tests.sweep.commands.invoking import sweep as invoke
from tests.sweep.report.rows import by_row

SEED_UNREAD = """
def train(config, run):
    for epoch in range(config["epochs"]):
        if run.report(epoch, {"val_acc": 0.5 + 0.1 * epoch + 0.01 * config["trick"]}):
            break
"""
PARAMETER_UNREAD = """
import random

def train(config, run):
    generator = random.Random(run.seed)
    for epoch in range(config["epochs"]):
        value = 0.5 + 0.1 * epoch + 0.02 * generator.random()
        if run.report(epoch, {"val_acc": value, "loss": 1 - value}):
            break
"""
NOISY = """
import random

def train(config, run):
    generator = random.Random(f"{run.seed}-{config['trick']}")
    for epoch in range(config["epochs"]):
        value = 0.8 + generator.gauss(0, 0.03 if config["trick"] else 0.01)
        if run.report(epoch, {"val_acc": value, "train/loss": 1 - value}):
            break
"""
ONE_IMAGE_MORE = """
def train(config, run):
    for epoch in range(config["epochs"]):
        right = [228, 229, 227, 226, 229, 230, 228, 227][run.seed] + config["trick"]
        if run.report(epoch, {"val_acc": right / 231}):
            break
"""
EVERY_FIFTH = """
def train(config, run):
    for epoch in range(config["epochs"]):
        metrics = {"train/loss": 1 / (epoch + 1)}
        if (epoch + 1) % 5 == 0:
            metrics["val_acc"] = 0.5 + epoch / 100 + run.seed / 1000 * (1 + config["trick"])
        if run.report(epoch, metrics):
            break
"""
STUDY = """
name: claim
trainer: own.py:train
metric: {name: val_acc, goal: maximize}
parameters:
  epochs: 3
  trick: {values: [false, true]}
ablation:
  baseline: {trick: false}
  seeds: [0, 1, 2, 3, 4, 5, 6, 7]
  designs: {one_at_a_time: {trick: [true]}}
"""


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """`ran(trainer, *changes)`: the study of a trainer, and what `sweep run` printed."""
    monkeypatch.chdir(tmp_path)

    def run(trainer, *changes):
        text = STUDY
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "own.py").write_text(trainer, encoding="utf-8")
        (tmp_path / "study.yaml").write_text(text, encoding="utf-8")
        code, printed = invoke("run", "study.yaml", "--engine", "serial")
        assert code == 0, printed
        return sweep.study.load("claim"), " ".join(printed.split())

    return run


def rows_and_notes(study):
    table = ablation_tables(report.gather(study.history))[0]
    return by_row(table), " ".join(note.text for note in table.notes)


def no_claim(rows):
    for cells in rows.values():
        if "adjusted" in cells["val_acc.p"].values:
            assert cells["val_acc.p"].values["adjusted"] is None
            assert cells["val_acc.p"].values["reason"] is Reason.NO_SPREAD
            assert "[" not in cells["val_acc.change"].text
        assert not cells["val_acc"].bold


def test_a_trainer_that_never_reads_its_seed_gives_no_p_and_a_warning(ran):
    study, printed = ran(SEED_UNREAD)
    rows, notes = rows_and_notes(study)
    no_claim(rows)
    assert "The runs of baseline, trick=true agree exactly across seeds" in notes
    assert (
        "warning: the runs of baseline, trick=true agree exactly across seeds"
        in printed
    )


def test_a_trainer_that_is_declared_deterministic_ends_without_a_warning(ran):
    study, printed = ran(SEED_UNREAD + "\ntrain.deterministic = True\n")
    rows, notes = rows_and_notes(study)
    no_claim(rows)
    assert "declared deterministic" in notes
    assert "warning" not in printed


def test_a_parameter_that_is_never_read_is_named_and_its_arm_kept(ran):
    study, _ = ran(PARAMETER_UNREAD)
    rows, notes = rows_and_notes(study)
    no_claim(rows)
    assert "trick=true coincides exactly with baseline" in notes
    assert "not distinguishable by construction?" in notes
    _, checked = invoke("check", "study.yaml")
    assert "parameters.trick" in checked
    assert "never reads it" in " ".join(checked.split())


def test_the_metric_that_chose_its_epoch_is_said_to_be_biased(ran):
    study, _ = ran(NOISY, ("epochs: 3", "epochs: 15"))
    rows, notes = rows_and_notes(study)
    assert rows["trick=true"]["val_acc.p"].values["adjusted"] < 0.05, (
        "equal arms, told apart"
    )
    assert "Selection bias: val_acc is shown and also chose each run's epoch" in notes


LAST = "{select: last}"
BY_LOSS = "{select_by: {name: train/loss, goal: minimize}}"
INDEPENDENT_LOSS = NOISY.replace("1 - value", "generator.random()")


@pytest.mark.parametrize(
    ("unbiased", "trainer"), [(LAST, NOISY), (BY_LOSS, INDEPENDENT_LOSS)]
)
def test_what_is_offered_instead_tells_equal_arms_apart_no_more(ran, unbiased, trainer):
    changes = [
        ("epochs: 3", "epochs: 15"),
        ("ablation:", f"report: {unbiased}\nablation:"),
    ]
    study, _ = ran(trainer, *changes)
    rows, notes = rows_and_notes(study)
    assert rows["trick=true"]["val_acc.p"].values["adjusted"] > 0.05
    assert "Selection bias" not in notes


def test_equal_differences_have_no_interval_of_no_width(ran):
    study, _ = ran(ONE_IMAGE_MORE)
    rows, notes = rows_and_notes(study)
    no_claim(rows)
    assert rows["trick=true"]["val_acc.change"].values["mean"] == pytest.approx(1 / 231)
    assert "all paired differences are equal" in notes


def test_a_trainer_that_validates_every_fifth_epoch_trains_all_of_its_epochs(ran):
    study, _ = ran(EVERY_FIFTH, ("epochs: 3", "epochs: 20"))
    rows, _ = rows_and_notes(study)
    assert rows["baseline"]["epochs"].text == "20"
    assert rows["baseline"]["val_acc"].values["mean"] == pytest.approx(
        0.5 + 0.19 + 0.0035
    )
    assert {len(trial.reports) for trial in study.history.trials.values()} == {20}
    cost = by_row(report.build_tables(report.gather(study.history), ["cost"])[0])
    assert cost["ablation"]["saved"].text == "0"


TICK = """
name: claim
trainer: own.py:train
metric: {name: val_acc, goal: maximize}
parameters:
  epochs: 1
  loss_type: {values: [standard, focal]}
  focal_gamma: {values: [1.0, 2.0], when: {loss_type: focal}}
  focal_alpha: {values: [false, true], when: {loss_type: focal}}
  sampling: {values: [false, true]}
ablation:
  baseline: {loss_type: standard, sampling: false}
  seeds: [0]
  designs:
    ladder:
      "+ sampling": {sampling: true}
      "+ focal": {loss_type: focal, focal_gamma: 2.0, focal_alpha: false}
      "+ alpha": {focal_alpha: true}
    leave_one_out: {sampling: {sampling: false}}
"""


def test_an_arm_that_has_focal_is_ticked_though_alpha_overrode_one_of_its_keys(ran):
    study, _ = ran(PARAMETER_UNREAD, (STUDY, TICK))
    rows, _ = rows_and_notes(study)
    ticks = {
        name: rows["− sampling"][f"component.{name}"].text
        for name in ("focal", "alpha")
    }
    assert ticks == {"focal": "✓", "alpha": "✓"}
    assert rows["− sampling"]["component.sampling"].text == ""


def test_several_compared_metrics_are_shown_with_interval_and_p_each(ran):
    both = ("ablation:", "report: {compare: [val_acc, loss], select: last}\nablation:")
    trainer = PARAMETER_UNREAD.replace(
        "Random(run.seed)", "Random(f\"{run.seed}{config['trick']}\")"
    )
    study, printed = ran(trainer, both)
    rows, notes = rows_and_notes(study)
    assert "Δ: val_acc and loss of the arm minus its reference" in notes
    assert "One family of 2 comparisons" in notes
    assert "Δ loss [95% CI]" in printed
    assert rows["trick=true"]["loss.p"].values["method"] == "max_t"
