"""Format durations."""


def duration(seconds: float) -> str:
    """`48 s`, `3.5 min`, `2.4 h`."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
