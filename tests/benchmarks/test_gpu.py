"""The part that needs a GPU says so where there is none, and what a trained sample costs."""

import json
import os

import pytest
import torch

from benchmarks import mps
from benchmarks.__main__ import main
from benchmarks.parts import gpu
from benchmarks.running import Run


def test_a_machine_without_a_gpu_says_that_it_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"\d+ CPU cores and no GPU"):
        gpu.measure(quick=True)


def test_the_command_says_that_this_machine_is_a_cpu_and_measured_nothing(
    monkeypatch, capsys
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("sys.argv", ["benchmarks", "gpu", "--quick"])
    assert main() == 1
    said = " ".join(capsys.readouterr().out.split())
    assert (
        f"not measured: this machine has {os.cpu_count()} CPU cores and no GPU" in said
    )
    assert "`python -m benchmarks gpu --write` takes 4 minutes" in said


@pytest.fixture
def card(monkeypatch):
    """A GPU whose programs answer at once, and the studies that were run on it."""
    studies = []

    def run(module, options):
        result = {
            "benchmarks.contenders.gpu_limit": {
                "samples_per_second": 1e6,
                "batch": 4096,
            },
            "benchmarks.contenders.cuda_context": {"seconds": 0.3, "mib": 500.0},
            "benchmarks.contenders.real_ours": {"training": 10.0},
        }[module]
        if "study" in options:
            studies.append(options["study"])
        return Run(0.0, 1.0, [], f"noise\n{json.dumps(result)}", [])

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "a card")
    monkeypatch.setattr(gpu, "run", run)
    return studies


def test_each_sharing_is_held_against_the_card_limit(card, monkeypatch):
    monkeypatch.setattr(mps, "absent", lambda: "it is not installed here")
    sharing, seconds, memory = gpu.measure(quick=False)
    assert [row.name for row in sharing.rows] == [
        "the card's limit", *(f"{n} at a time" for n in (1, 4, 8, 16)),
    ]  # fmt: skip
    assert sharing.rows[0].median == 1.0
    assert sharing.rows[4].median == pytest.approx(10e6 / (32 * 20 * gpu.IMAGES))
    assert "gpu: 0.0625}" in card[-1]
    assert any(
        "MPS is not measured: it is not installed" in note for note in sharing.notes
    )
    assert (seconds.rows[0].median, memory.rows[0].median) == (0.3, 500.0)


def test_what_does_not_fit_into_the_four_minutes_is_named(card, monkeypatch):
    monkeypatch.setattr(mps, "absent", lambda: "it is not installed here")
    monkeypatch.setattr(gpu, "SECONDS", 1.0)
    sharing, *_ = gpu.measure(quick=True)
    assert card == []
    assert any("1 at a time, 4 at a time" in note for note in sharing.notes)
