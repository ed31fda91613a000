"""This project on a real trainer; says as JSON which configurations it trained, for how
many epochs, and when.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(study: str, engine: str = "ray", report: bool = False) -> None:
    """Run a study file given as text, and write its report where that is asked for."""
    import sweep
    from sweep.log.reader import replay

    Path("study.yaml").write_text(study, encoding="utf-8")
    done = sweep.run("study.yaml", engine=engine)
    if report:
        from sweep.commands import reporting

        reporting.write(done, reporting.gather(done))
    events = replay(done.folder / "events.jsonl").events
    times = [
        event["time"]
        for event in events
        if event["event"] in ("trial_started", "trial_finished")
    ]
    trials: list[dict[str, Any]] = [
        {"config": dict(trial.config), "seed": trial.seed, "epochs": len(trial.reports)}
        for trial in done.history.trials.values()
    ]
    print(json.dumps({"trials": trials, "training": max(times) - min(times)}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
