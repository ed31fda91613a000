"""Whether a running trial goes on, as pure functions of what the log says.

One module and one settings class a rule (`asha.Asha`): its fields are the keys of a study file's
`early_terminate:`, its methods are what `protocol.StoppingRule` asks of it: the decision, the least
that is trained under it, its checks, what a figure draws. `registry` lists the rules, `rule` holds
what is true of a rule unless it says otherwise, `values` what several rules read from a trial,
`promotion` who got to which rung and which paused trial goes on,
`least` what a search trains at least.

`health` holds the rules of `health:`, each in its own module (`milestones`, `max_gap`,
`oscillation`) with its settings.
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
