"""Every stopping rule by name: adding a rule takes one line here.

| rule | stops a trial if |
|---|---|
| `asha` | it is not among the best 1/eta at a rung |
| `median` | its best value is worse than the median of the others' running averages |
| `percentile` | its best value is not among the best x per cent at its epoch |
| `patient` | it no longer improves, alone or if a wrapped rule then decides so |
| `threshold` | its value leaves a range, or is not finite |
| `hyperband` | the rule of W&B sweeps says so, at any report |
| `wilcoxon` | never: a configuration is not trained on its remaining seeds and folds |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sweep.errors import named
from sweep.model.tagged_union import tagged_union
from sweep.stopping.asha import Asha
from sweep.stopping.hyperband import Hyperband
from sweep.stopping.median import Median
from sweep.stopping.none import NoRule
from sweep.stopping.patient import Patient
from sweep.stopping.percentile import Percentile
from sweep.stopping.protocol import StoppingRule
from sweep.stopping.rule import Rule
from sweep.stopping.threshold import Threshold
from sweep.stopping.wilcoxon import Wilcoxon

RULES: Mapping[str, type[Rule]] = {
    "none": NoRule,
    "asha": Asha,
    "median": Median,
    "percentile": Percentile,
    "patient": Patient,
    "threshold": Threshold,
    "hyperband": Hyperband,
    "wilcoxon": Wilcoxon,
}

_EveryRule, _union = tagged_union("EarlyTerminate", RULES, "type", off="none")
for _model in (Patient, _EveryRule):
    _model.model_rebuild(_types_namespace={"AnyRule": _union})

if TYPE_CHECKING:
    AnyRule = StoppingRule
else:
    AnyRule = _union  # the type of a study file's field with a rule


def rule_class(name: str) -> type[Rule]:
    """The settings class of a rule.

    Raises:
        UnknownName: there is no such rule.
    """
    return named(RULES, name, "early_terminate type")
