"""This project with a real trainer; prints as JSON the configurations, epochs and times."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(study: str, engine: str = "ray", report: bool = False) -> None:
    """Run a study file given as text, and write its report if `report` is set."""
    import sweep
    from sweep.log.reader import replay

    Path("study.yaml").write_text(study, encoding="utf-8")
    finished = sweep.run("study.yaml", engine=engine)
    if report:
        from sweep.commands import reporting

        reporting.write(finished, reporting.gather(finished))
    ends_of_training = ("trial_started", "trial_finished")
    events = replay(finished.folder / "events.jsonl").events
    times = [event["time"] for event in events if event["event"] in ends_of_training]
    trials: list[dict[str, Any]] = [
        {"config": dict(trial.config), "seed": trial.seed, "epochs": len(trial.reports)}
        for trial in finished.history.trials.values()
    ]
    print(json.dumps({"trials": trials, "training": max(times) - min(times)}))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
