"""What a template process does once, and what a trial must find as if it had not been done."""

import os
import subprocess
import sys

import pytest

from sweep.worker import warm_up


@pytest.fixture
def template(monkeypatch):
    """`template(variables)`: this process has what a template of a study with them would have."""

    def become(variables):
        monkeypatch.setattr(os, "environ", dict(variables))
        monkeypatch.setattr(os, "environ", warm_up.environment())

    return become


def test_a_template_has_one_thread_whatever_the_user_set(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    assert warm_up.environment()["OMP_NUM_THREADS"] == "1"


def test_the_user_s_hash_seed_is_the_template_s(monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    assert warm_up.environment()["PYTHONHASHSEED"] == "7"


@pytest.mark.parametrize("before", [None, "/user/modules"])
def test_added_folders_come_first_in_pythonpath(monkeypatch, before):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    if before:
        monkeypatch.setenv("PYTHONPATH", before)
    found = warm_up.environment(["/a", "/b"])["PYTHONPATH"].split(os.pathsep)
    assert found == ["/a", "/b", *([before] if before else [])]


VARIABLES = {"HOME": "/home/me", "OMP_NUM_THREADS": "8", "PYTHONHASHSEED": "7"}


@pytest.mark.parametrize("variables", [VARIABLES, {"HOME": "/home/me"}])
def test_a_trial_has_the_variables_that_its_study_was_started_with(template, variables):
    template(variables)
    assert warm_up.original_environment() == variables
    warm_up.restore_environment()
    assert dict(os.environ) == variables


def test_what_the_trainer_s_module_set_itself_stays(template):
    template(VARIABLES)
    os.environ["OMP_NUM_THREADS"] = "2"
    os.environ["MINE"] = "yes"
    wanted = {**VARIABLES, "OMP_NUM_THREADS": "2", "MINE": "yes"}
    assert warm_up.original_environment() == wanted


REHEARSED = """
import sys
sys.path[:] = {path!r}
from sweep.worker import kernel, warm_up
assert not warm_up.has_torch()
warm_up.rehearse()
print("torch._dynamo" in sys.modules, warm_up.has_torch())
"""


def test_a_rehearsal_imports_what_the_first_step_would_import():
    source = REHEARSED.format(path=sys.path)
    said = subprocess.check_output([sys.executable, "-c", source], text=True)
    assert said.split() == ["True", "True"]
