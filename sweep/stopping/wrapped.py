"""The rules that can stand inside `patient`."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.stopping.asha import asha
from sweep.stopping.hyperband import hyperband
from sweep.stopping.median import median
from sweep.stopping.percentile import percentile
from sweep.stopping.protocol import Pruner
from sweep.stopping.threshold import threshold

WRAPPED: Mapping[str, Pruner] = {
    "asha": asha,
    "median": median,
    "percentile": percentile,
    "threshold": threshold,
    "hyperband": hyperband,
}
