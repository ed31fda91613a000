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
