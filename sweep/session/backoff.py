"""How long a trial that lost its worker rests before it is handed out again."""

LONGEST = 600.0  # seconds at most


def rest(first: float, losses: int) -> float:
    """Seconds to rest after the loss of so many workers: `first`, doubled with each loss, ten minutes at most."""
    return min(first * 2.0 ** min(losses - 1, 64), LONGEST)
