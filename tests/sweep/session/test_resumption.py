"""The probe: does a curve that was resumed from a checkpoint equal an uninterrupted one?"""

import sys
import time

import pytest

from sweep import spec
from sweep.session.resumption import probed

FILE = """
name: probed
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 9, rate: {min: 0.1, max: 0.9}}
search: {method: random, trials: 4}
early_terminate: {type: asha, form: promote}
"""
# A random walk with momentum: each epoch needs the weight, the momentum and the generator.
TRAINER = """
import torch

def train(config, run):
    torch.manual_seed(run.seed)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=config["rate"], momentum=0.9)
    for epoch in range(run.restore(RESTORED), config["epochs"]):
        loss = (model(torch.randn(8, 2)) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if run.report(epoch, {"val/f1": -loss.item()}):
            break
"""


def probe(folder, trainer):
    (folder / "trainer.py").write_text(trainer)
    (folder / "study.yaml").write_text(FILE)
    return probed(spec.load(folder / "study.yaml"))


def test_a_trainer_that_restores_all_of_its_state_resumes_exactly(tmp_path):
    whole = TRAINER.replace("RESTORED", "model=model, optimizer=optimizer")
    found = probe(tmp_path, whole)
    assert (found.verdict, found.text) == (
        "equal",
        "a resumed curve equals an uninterrupted one",
    )


@pytest.mark.parametrize("restored", ["model=model", "optimizer=optimizer"])
def test_a_trainer_that_restores_a_part_of_its_state_is_reported(tmp_path, restored):
    found = probe(tmp_path, TRAINER.replace("RESTORED", restored))
    assert found.verdict == "different"
    assert "does not equal an uninterrupted one: val/f1 at epoch " in (found.text)


def test_a_trainer_that_starts_again_repeats_its_curve_and_its_epochs(tmp_path):
    found = probe(tmp_path, TRAINER.replace("run.restore(RESTORED)", "0"))
    assert found.verdict == "equal"
    assert found.text.endswith("; it trains its first epochs again")


def test_a_trainer_that_starts_again_with_another_curve_is_reported(tmp_path):
    resumed = "(run.folder / 'history.jsonl').exists()"
    anew = TRAINER.replace("run.restore(RESTORED)", "0")
    found = probe(tmp_path, anew.replace("(run.seed)", f"(run.seed + {resumed})"))
    assert found.verdict == "different"


def test_a_trainer_that_is_not_repeatable_gives_no_finding(tmp_path):
    chance = TRAINER.replace("torch.manual_seed(run.seed)", "torch.seed()")
    found = probe(tmp_path, chance.replace("RESTORED", "model=model"))
    assert found.verdict == "unknown"
    assert "runs with the same seed differ in val/f1" in found.text


TIMED = TRAINER.replace("import torch", "import time, torch").replace(
    '{"val/f1": -loss.item()}', '{"val/f1": -loss.item(), "seconds": time.time()}'
)


def test_metrics_that_differ_between_runs_such_as_times_are_named_and_not_compared(
    tmp_path,
):
    found = probe(
        tmp_path, TIMED.replace("RESTORED", "model=model, optimizer=optimizer")
    )
    assert found.verdict == "equal"
    assert "but for seconds, which also differ between uninterrupted runs" in found.text


def test_a_lost_state_is_reported_although_times_differ(tmp_path):
    found = probe(tmp_path, TIMED.replace("RESTORED", "model=model"))
    assert found.verdict == "different"
    assert "val/f1 at epoch" in found.text
    assert "seconds" not in found.text


def test_a_trainer_that_fails_or_ends_early_gives_no_finding(tmp_path):
    failing = "def train(config, run): raise OSError('no data')\n"
    found = probe(tmp_path, failing)
    assert found.verdict == "unknown"
    assert "not probed" in found.text
    assert "no data" in found.text
    short = "def train(config, run): run.report(0, {'val/f1': 0.5})\n"
    assert "ended after 1 epochs" in probe(tmp_path, short).text


# The checkpoint is written before the epoch is reported, as most programs do.
PROGRAM = """
import json, os, pathlib, time
state = pathlib.Path(os.environ["SWEEP_CHECKPOINT_DIR"]) / "state.json"
epoch, total = json.loads(state.read_text()) if state.exists() else (0, 0.0)
while epoch < 9:
    total += 1 / (epoch + 1)
    epoch += 1
    state.write_text(json.dumps([epoch, total]))
    with open(os.environ["SWEEP_FOLDER"] + "/metrics.jsonl", "a") as file:
        file.write(json.dumps({"epoch": epoch, "val/f1": total}) + "\\n")
    print(f"f1 {total:.4f}", flush=True)
    time.sleep(0.3)
"""


@pytest.mark.parametrize(
    ("metrics", "verdict"),
    [
        ("{file: metrics.jsonl, epoch: epoch}", "equal"),
        ('{output: {val/f1: "f1 ([0-9.]+)"}}', "different"),
    ],
)
def test_a_command_is_probed_with_its_checkpoint_folder(tmp_path, metrics, verdict):
    """Printed values are an epoch only once the next one is printed: by then a checkpoint is ahead
    of what the study knows. Numbered lines in a file say which epochs were trained.
    """
    (tmp_path / "program.py").write_text(PROGRAM)
    command = f'{{run: ["{sys.executable}", program.py], metrics: {metrics}}}'
    text = FILE.replace("trainer: trainer.py:train", f"command: {command}")
    (tmp_path / "study.yaml").write_text(text)
    found = probed(spec.load(tmp_path / "study.yaml"))
    assert found.verdict == verdict, found.text


def test_a_probe_that_takes_too_long_or_is_stopped_says_so(tmp_path):
    (tmp_path / "trainer.py").write_text(
        TRAINER.replace("RESTORED", "model=model, optimizer=optimizer")
    )
    (tmp_path / "study.yaml").write_text(FILE)
    wanted = spec.load(tmp_path / "study.yaml")
    found = probed(wanted, longest=0.0)
    assert found.verdict == "unknown"
    assert "take more than 0 s" in found.text
    assert probed(wanted, stopped=lambda: True).verdict == "unknown"


@pytest.mark.parametrize("why", ["too long", "stopped"])
def test_a_probe_ends_in_the_middle_of_a_long_epoch(tmp_path, why):
    """An epoch may take hours, and a session must neither wait for it nor ignore Ctrl-C."""
    sleeping = "import time\ndef train(config, run):\n    time.sleep(600)\n"
    (tmp_path / "trainer.py").write_text(sleeping)
    text = FILE + "resources: {grace_seconds: 0.2}\n"
    (tmp_path / "study.yaml").write_text(text)
    wanted = spec.load(tmp_path / "study.yaml")
    began = time.monotonic()
    if why == "stopped":
        found = probed(wanted, stopped=lambda: time.monotonic() > began + 1.0)
    else:
        found = probed(wanted, longest=1.0)
    assert found.verdict == "unknown"
    assert time.monotonic() < began + 200
