"""The rules that can stand inside `patient`."""

from __future__ import annotations

from collections.abc import Mapping

from sweep.prune.asha import asha
from sweep.prune.hyperband import hyperband
from sweep.prune.median import median
from sweep.prune.percentile import percentile
from sweep.prune.seam import Pruner
from sweep.prune.threshold import threshold

WRAPPED: Mapping[str, Pruner] = {
    "asha": asha,
    "median": median,
    "percentile": percentile,
    "threshold": threshold,
    "hyperband": hyperband,
}
