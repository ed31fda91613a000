"""What every interval and test does, by simulation: `python -m tests.simulation`.

Each procedure has one file here and one line in `registry`. It yields lines: what was measured,
what is promised, and in which case. Where nothing is promised the figure is published.
"""
