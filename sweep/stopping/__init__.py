"""Early-stopping rules: whether a running trial continues, as pure functions of the log.

Each rule has one module and one settings class (`asha.Asha`): its fields are the keys of a study
file's `early_terminate:`, and it follows `protocol.StoppingRule` (decision, minimum cost, checks,
figure). `registry` lists the rules, `rule` has the defaults of all rules, `values` reads values
from a trial, `promotion` computes which trials reached which rung and which paused trial continues,
and `least` computes the minimum that a search trains.

`health` has the rules of `health:`, each in a module with its settings (`milestones`, `max_gap`,
`oscillation`).
"""

from sweep.stopping.asha import Asha
from sweep.stopping.hyperband import Hyperband
from sweep.stopping.least import trained
from sweep.stopping.median import Median
from sweep.stopping.none import NoRule
from sweep.stopping.patient import Patient
from sweep.stopping.percentile import Percentile
from sweep.stopping.promotion import furthest, rungs
from sweep.stopping.protocol import Least, Looks, StoppingRule
from sweep.stopping.registry import RULES, AnyRule, rule_class
from sweep.stopping.rule import Rule
from sweep.stopping.threshold import Threshold
from sweep.stopping.wilcoxon import Wilcoxon

__all__ = [
    "RULES",
    "AnyRule",
    "Asha",
    "Hyperband",
    "Least",
    "Looks",
    "Median",
    "NoRule",
    "Patient",
    "Percentile",
    "Rule",
    "StoppingRule",
    "Threshold",
    "Wilcoxon",
    "furthest",
    "rule_class",
    "rungs",
    "trained",
]
