"""A study with a parameter of each kind, for the tests of trackers."""

from sweep import spec
from sweep.history.folding import fold

STUDY = """
name: two kinds
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 3, learning_rate: {values: [0.1, 0.2]}, loss: {values: [ce, focal]}}
search: {method: grid}
"""


def study(folder):
    """The study's history, the same in every process."""
    path = folder / "study.yaml"
    if not path.exists():
        path.write_text(STUDY, encoding="utf-8")
        (folder / "trainer.py").write_text(
            "def train(config, run): ...\n", encoding="utf-8"
        )
    wanted = spec.load(path)
    created = {
        "event": "study_created",
        "spec": wanted.canonical(),
        "source": STUDY,
        "seq": 0,
        "time": 12.5,
    }
    return fold([created | {"path": "study.yaml", "overrides": {}, "profile": None}])
