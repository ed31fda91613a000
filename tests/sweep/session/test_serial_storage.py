"""A study with a storage: what trials write last is named too, and nothing else is kept there."""

import pytest

from sweep.model.trial import State, trial_folder
from sweep.storage import Storage
from sweep.worker.mirror import Mirror
from tests.sweep import small

TRAINER = """
class Weights:
    value = 0.0
    def state_dict(self): return {"value": self.value}
    def load_state_dict(self, state): self.value = state["value"]

def train(config, run):
    weights = Weights()
    for epoch in range(run.restore(weights=weights), config["epochs"]):
        weights.value += config["rate"]
        if run.report(epoch, {"val/f1": weights.value}):
            break
    (run.folder / "at the end.txt").write_text(str(epoch))
"""
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 4, rate: {values: [0.4, 0.3, 0.2, 0.1]}}
search: {method: grid}
early_terminate: {type: asha, min_iter: 1, eta: 2}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "own.py").write_text(TRAINER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_of_each_trial_the_last_files_are_named_and_nothing_else_is_left(home):
    small.write(home, study=STUDY)
    history = small.run(storage=str(home / "store")).history
    storage = Storage(f"file://{home}/store/small")
    states = {trial.state for trial in history.trials.values()}
    assert states == {State.COMPLETE, State.PRUNED}
    for trial in history.trials.values():
        name = f"trials/{trial_folder(trial)}"
        restored = home / "restored" / name
        assert Mirror(storage, name, restored).fetch(history.stored[trial.number]) == []
        last = trial.reports[-1].epoch
        assert (restored / "at the end.txt").read_text() == str(last)
        files = [path for path in restored.rglob("*") if path.is_file()]
        stored = [path for path in files if not path.is_symlink()]
        assert len(storage.names(name)) == len(stored) + 1


PROMOTING = STUDY.replace("asha,", "asha, form: promote,").replace(
    "search:", "checkpoint: {every: 3}\nsearch:"
)
NOTED = TRAINER.replace(
    "        weights.value +=",
    """        with open("trained.txt", "a") as file:
            file.write(f"{run.folder.name[:5]} {epoch}\\n")
        weights.value +=""",
)


def test_a_trial_that_pauses_between_two_checkpoints_stores_one_for_its_promotion(
    home,
):
    """Rungs are after epochs 1 and 2, and a checkpoint is due after each third one."""
    (home / "own.py").write_text(NOTED)
    small.write(home, study=PROMOTING)
    history = small.run(storage=str(home / "store"), probe=False).history
    assert any(trial.state is State.PAUSED for trial in history.trials.values())
    assert any(trial.state is State.COMPLETE for trial in history.trials.values())
    trained = (home / "trained.txt").read_text().splitlines()
    assert len(trained) == len(set(trained)), "no epoch is trained twice"
    for trial in history.trials.values():
        values = [report.metrics["val/f1"] for report in trial.reports]
        rate = trial.config["rate"]
        assert values == pytest.approx([rate * n for n in range(1, len(values) + 1)])
