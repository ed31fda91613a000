"""W&B: a key is asked for before a study starts, never in its middle; nothing else is sent."""

import os
import stat

import pytest

from sweep.errors import UsageError
from sweep.spec import WandB
from sweep.trackers import wandb
from sweep.trackers.protocol import target
from tests.sweep.trackers.two_kinds import study

pytest.importorskip("wandb")


@pytest.fixture
def keyless(tmp_path, monkeypatch):
    """A user without a key: neither in the environment nor in a netrc."""
    for name in ("WANDB_API_KEY", "WANDB_ERROR_REPORTING"):
        monkeypatch.setenv(name, "")  # so that what a tracker sets is taken back
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    return tmp_path


def test_online_without_a_key_is_refused_and_says_what_helps(keyless):
    with pytest.raises(UsageError, match=r"no key for wandb\.example: .*mode: offline"):
        wandb.opened(target(study(keyless), keyless), WandB(mode="online"))


def test_offline_needs_no_key(keyless):
    tracker = wandb.opened(target(study(keyless), keyless), WandB())
    tracker.close()
    assert os.environ["WANDB_ERROR_REPORTING"] == "false"


@pytest.mark.parametrize(
    ("host", "known"), [("wandb.example", True), ("elsewhere.example", False)]
)
def test_a_key_in_the_netrc_counts_for_its_host_only(keyless, host, known):
    netrc = keyless / "netrc"
    netrc.write_text(
        f"machine {host}\n  login user\n  password {'k' * 40}\n", encoding="utf-8"
    )
    netrc.chmod(stat.S_IRUSR | stat.S_IWUSR)
    if known:
        wandb._check_key()
    else:
        with pytest.raises(UsageError, match="no key"):
            wandb._check_key()


def test_a_netrc_that_cannot_be_read_is_named(keyless):
    (keyless / "netrc").write_text("machine\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"netrc cannot be read"):
        wandb._check_key()
