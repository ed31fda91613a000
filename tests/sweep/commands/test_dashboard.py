"""`sweep dashboard`: the study and the port reach the server."""

import pytest

from sweep.commands import dashboard_server
from tests.sweep.commands.invoking import sweep


@pytest.fixture
def served(monkeypatch):
    """What the server was asked for."""
    asked = []

    def serve(study, *, port, say):
        asked.append((study.folder.name, port))
        say("http://127.0.0.1:1/dashboard/")

    monkeypatch.setattr(dashboard_server, "serve", serve)
    return asked


def test_the_study_is_served_at_the_port_and_the_address_is_printed(finished, served):
    code, printed = sweep("dashboard", "tiny", "--port", 0)
    assert (code, served) == (0, [("tiny", 0)])
    assert printed.strip() == "http://127.0.0.1:1/dashboard/"


def test_an_invalid_port_is_refused(finished, served):
    code, message = sweep("dashboard", "tiny", "--port", 70000)
    assert (code, served) == (2, [])
    assert "65535" in message
