"""Speed and scale, measured against what one would use instead. Nothing here is a test with a time
limit.

    python -m benchmarks [PART ...] [--quick] [--write]

Each part runs its contenders in turn, round after round, so that a busy machine slows all of them
alike, and prints medians, quartiles and the ratio to ours. `--write` puts the tables into
`benchmarks/RESULTS.md`.
"""
