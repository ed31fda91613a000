"""A study whose log ends half way, as after a kill of its driver."""

import sweep


def run_half_way(home, trials=3):
    """Run `study.yaml` of the working folder, and cut its log after so many ended trials."""
    sweep.study.run("study.yaml", engine="serial")
    path = home / "results/small/events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    ends = [i for i, line in enumerate(lines) if b'"trial_finished"' in line]
    path.write_bytes(b"".join(lines[: ends[trials - 1] + 1]))


def resume(**options):
    return sweep.study.resume("small", engine="serial", **options)
