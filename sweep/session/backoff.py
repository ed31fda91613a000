"""How long a trial waits after the loss of its worker before it is assigned again."""

LONGEST = 600.0  # seconds at most


def delay(first: float, losses: int) -> float:
    """Seconds to wait: `first`, doubled with each further loss, at most ten minutes."""
    doublings = min(losses - 1, 64)
    return min(first * 2.0**doublings, LONGEST)
