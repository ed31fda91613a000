"""The default of `early_terminate.form`: trials of bundled trainers pause and go on.

On a CPU a resumed trial of a bundled trainer equals an uninterrupted one to the last bit, so that
`asha` may pause trials instead of stopping them. On 36 external tasks this took 0.69 [0.60, 0.79]
of the epochs (`benchmarks/RESULTS.md`, external). On a GPU `sweep run` probes whether a resumed
trial equals an uninterrupted one. Other trainers keep `form: stop`, as nobody knows beforehand
whether their curves go on where they stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def with_default_form(data: Mapping[str, Any]) -> dict[str, Any]:
    """A study file's content whose `asha` promotes unless it says otherwise.

    Args:
        data: content of a study file with a bundled trainer, not validated yet.
    """
    rule = data.get("early_terminate")
    if not isinstance(rule, Mapping) or rule.get("type") != "asha" or "form" in rule:
        return dict(data)
    return {**data, "early_terminate": {**rule, "form": "promote"}}
