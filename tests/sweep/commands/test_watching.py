"""`status --watch` shows a study until nobody works on it."""

import io

import pytest
from rich.console import Console

from sweep.commands import watching
from sweep.study import Study


@pytest.fixture
def study(bench, workers):
    done = bench()
    done.run(workers())
    return Study(done.folder)


def shown(study, **options):
    console = Console(width=120, file=io.StringIO())
    watching.follow(study, console, **options)
    return console.file.getvalue()


def test_a_study_that_has_ended_is_shown_once(study):
    assert shown(study).count("conditional: done") == 1


def test_the_view_continues_while_a_process_holds_the_study(study, monkeypatch):
    held = iter([True, True, False])
    monkeypatch.setattr(watching, "is_held", lambda log: next(held))
    waits = []
    shown(study, wait=waits.append)
    assert len(waits) == 2
    assert min(waits) >= watching.EVERY


def test_ctrl_c_ends_it_without_an_error(study, monkeypatch):
    monkeypatch.setattr(watching, "is_held", lambda log: True)

    def interrupted(seconds):
        raise KeyboardInterrupt

    assert "conditional" in shown(study, wait=interrupted)
