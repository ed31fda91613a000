"""The engines: Ray is loaded only when it is asked for, and each runs the schedule it is given."""

import subprocess
import sys

from sweep import engines
from sweep.engine import execution
from sweep.session import serial
from sweep.spec import Resources


def test_neither_engine_is_loaded_by_its_name_alone():
    code = "import sweep.engines, sys; print({'ray', 'torch'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_ray_gets_the_resources_and_the_address(monkeypatch):
    given = []
    monkeypatch.setattr(
        execution, "execute", lambda *arguments: given.append(arguments)
    )
    stated = Resources(gpu=0.5)
    engines.ENGINES["ray"]("schedule", "job", stated, print, "auto")
    assert given == [("schedule", "job", stated, print, "auto")]


def test_this_process_needs_neither(monkeypatch):
    given = []
    monkeypatch.setattr(serial, "execute", lambda *arguments: given.append(arguments))
    engines.ENGINES["serial"]("schedule", "job", "resources", print, None)
    assert given == [("schedule", "job", print)]
