"""Waits until the raylet that started this program has ended; see `sweep.engine.agents`."""

import os
import select


def main() -> None:
    """Wait for the raylet, whose process id Ray puts into the environment."""
    poller = select.poll()
    try:
        poller.register(os.pidfd_open(int(os.environ["RAY_RAYLET_PID"])), select.POLLIN)
    except ProcessLookupError:
        return
    poller.poll()


if __name__ == "__main__":
    main()
