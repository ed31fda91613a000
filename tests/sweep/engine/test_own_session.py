"""Ray's processes in sessions of their own, and how one is left that lost a process. No
Ray is started."""

import importlib.util
import os
import signal
import subprocess
from types import SimpleNamespace

import pytest
import ray
from ray._private import auto_init_hook, services, utils, worker
from ray._private.node import Node
from ray.tune.execution import class_cache

from sweep.engine import own_session
from tests.waiting import wait_until


def test_rays_processes_lead_sessions_and_the_patch_is_undone():
    usual = services.ConsolePopen
    with own_session.started_apart():
        process = services.ConsolePopen(["sleep", "600"])
    try:
        assert os.getsid(process.pid) == process.pid
    finally:
        process.kill()
        process.wait()
    assert services.ConsolePopen is usual


def test_unneeded_processes_are_not_started_and_the_patch_is_undone():
    started = {name: vars(Node)[name] for name in own_session._NOT_NEEDED}
    with own_session.started_apart():
        for name in started:
            assert getattr(Node, name)("a node", include_dashboard=False) is None
    assert {name: vars(Node)[name] for name in started} == started


def test_workers_import_their_code_before_they_have_a_task(monkeypatch):
    given = {}
    monkeypatch.setattr(
        services, "ConsolePopen", lambda command, **options: given.update(options)
    )
    with own_session.started_apart():
        services.ConsolePopen(["raylet"], env={"MINE": "1"})
    assert given["env"] == {
        "MINE": "1",
        "RAY_preload_python_modules": "sweep.engine.actor",
    }
    assert importlib.util.find_spec("sweep.engine.actor")


@pytest.mark.parametrize("agents", [False, True])
def test_agents_are_left_out_unless_they_are_asked_for(monkeypatch, agents):
    started = []
    monkeypatch.setattr(
        services, "ConsolePopen", lambda command, **options: started.append(command)
    )
    monkeypatch.setattr(own_session, "without_agents", lambda command: ["without"])
    with own_session.started_apart(agents=agents):
        services.ConsolePopen(["raylet"])
    assert started == [["raylet"] if agents else ["without"]]


@pytest.mark.parametrize("agents", [False, True])
def test_ray_does_not_look_for_the_packages_of_a_dashboard(agents):
    usual = utils.get_dashboard_dependency_error
    with own_session.started_apart(agents=agents):
        if agents:
            assert utils.get_dashboard_dependency_error is usual
        else:
            assert "dashboard" in str(utils.get_dashboard_dependency_error())
    assert utils.get_dashboard_dependency_error is usual


def test_another_version_of_ray_starts_unpatched(monkeypatch):
    monkeypatch.setattr(own_session, "_NOT_NEEDED", ("start_of_another_ray",))
    with own_session.started_apart():
        assert not hasattr(Node, "start_of_another_ray")


def test_ray_tune_hands_over_no_credentials(monkeypatch):
    names = {"AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"}
    monkeypatch.setattr(class_cache, "ENV_VARS_TO_PROPAGATE", names)
    own_session.without_secrets_in_its_log()
    assert names == {"AWS_PROFILE"}


@pytest.fixture
def node(monkeypatch):
    """A node of Ray's with two processes that sleep."""
    started = {
        name: subprocess.Popen(["sleep", "600"]) for name in ("gcs_server", "raylet")
    }
    processes = {
        name: [SimpleNamespace(process=each)] for name, each in started.items()
    }
    monkeypatch.setattr(
        worker, "_global_node", SimpleNamespace(all_processes=processes)
    )
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", ["gcs_server", "raylet"])
def test_a_process_that_ended_is_named(node, name):
    assert own_session.dead() is None
    node[name].kill()
    node[name].wait()
    assert own_session.dead() == name


def test_no_process_counts_as_dead_if_ray_was_not_started_here(monkeypatch):
    monkeypatch.setattr(worker, "_global_node", None)
    assert own_session.dead() is None


def test_a_ray_that_is_let_go_is_ended_and_not_started_again_by_a_later_call(
    node, monkeypatch
):
    ended = []
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(True))
    monkeypatch.setattr(auto_init_hook, "enable_auto_connect", True)
    own_session.let_go()
    assert [process.wait(10) for process in node.values()] == [-9, -9]
    assert (ended, auto_init_hook.enable_auto_connect) == ([True], False)


def test_the_agents_of_a_raylet_are_found_by_their_session_also_when_it_has_died():
    starts = "(exec -a ray::DashboardAgent sleep 600) & (exec -a ray::Worker sleep 600) & echo $!"
    raylet = subprocess.Popen(
        ["bash", "-c", starts + "; exit"],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    worker_pid = int(raylet.stdout.readline())
    raylet.stdout.close()
    raylet.kill()
    raylet.wait()
    try:
        # The subshell gets its name a moment after it was started.
        wait_until(lambda: len(own_session.agents_of(raylet.pid)) == 1, 10)
        (agent,) = own_session.agents_of(raylet.pid)
        os.kill(agent, signal.SIGKILL)
        wait_until(lambda: own_session.agents_of(raylet.pid) == [], 10)
    finally:
        os.kill(worker_pid, signal.SIGKILL)
