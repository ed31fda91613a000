"""Measure speed and scale against alternatives; none of this is a test with a time limit.

    python -m benchmarks [PART ...] [--quick] [--write]

Each part runs its contenders in turn, round after round, so that a busy machine slows all of them
equally. It prints medians, quartiles and the ratio to this project. `--write` puts the tables into
`benchmarks/RESULTS.md`.
"""
