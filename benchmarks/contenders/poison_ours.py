"""This project: three trials one after the other in one worker; the second poisons its process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import poison

STUDY = """
name: poison
trainer: {trainer}:train
metric: {{name: m, goal: maximize}}
parameters: {{poison: {{values: [before, all, after]}}}}
search: {{method: grid, trials: 3}}
resources: {{cpu: 1, max_concurrent: 1, isolation: {isolation}}}
"""


def main(isolation: str = "process", engine: str = "ray", stamps: str = "") -> None:
    """Run the study in this folder; print the kinds of state that the third trial finds changed."""
    import sweep

    source = Path("poison.py")
    source.write_text(
        Path(poison.__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    text = STUDY.format(trainer=source, isolation=isolation)
    Path("study.yaml").write_text(text, encoding="utf-8")
    sweep.run("study.yaml", engine=engine)
    folders = sorted(Path("results/poison/trials").iterdir())
    before, _, after = [
        json.loads((folder / "state.json").read_text()) for folder in folders
    ]
    print("found", json.dumps([kind for kind in before if before[kind] != after[kind]]))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
