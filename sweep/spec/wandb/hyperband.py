"""`early_terminate` of a W&B sweep file."""

from __future__ import annotations

from typing import Any

from sweep.document import KeyPath
from sweep.errors import one_of
from sweep.spec.wandb.draft import Draft
from sweep.stopping import RULES, Hyperband

_OUR_RULES = tuple(name for name in RULES if name != "hyperband")
_HYPERBAND = tuple(Hyperband.model_fields)
_AT: KeyPath = ("early_terminate",)


def early_terminate(draft: Draft) -> None:
    """Convert the rule; a rule of sweep's is copied unchanged."""
    rule = draft.source.data.get("early_terminate")
    if rule is None:
        return
    if not isinstance(rule, dict):
        example = f"{{type: {rule}, min_iter: 3}}"
        draft.add_violation(_AT, f"{rule!r} is not a mapping", example)
        return
    if rule.get("type") in _OUR_RULES:
        draft.copy("early_terminate")
        return
    if rule.get("type") != "hyperband":
        problem = (
            "has no type" if "type" not in rule else f"unknown type {rule['type']!r}"
        )
        allowed = (
            f"type: hyperband, W&B's only rule (or sweep's {', '.join(_OUR_RULES)})"
        )
        draft.add_violation((*_AT, "type"), problem, allowed)
    for key in rule:
        if key not in _HYPERBAND:
            draft.add_violation(
                (*_AT, key), "is not a key of hyperband", one_of(_HYPERBAND, key)
            )
    kept = {key: value for key, value in rule.items() if key in _HYPERBAND}
    # W&B's schema: "strict" is true unless the file says otherwise.
    for key, value in {"strict": True, **_brackets(draft, kept)}.items():
        whole = isinstance(value, float) and value.is_integer()
        draft.put((*_AT, key), int(value) if whole else value, (*_AT, key))
    draft.lines[_AT] = draft.source.line_of(_AT)


def _brackets(draft: Draft, rule: dict[str, Any]) -> dict[str, Any]:
    """The keys that W&B builds brackets from: max_iter and s if both are given, else min_iter."""
    if "max_iter" in rule and "s" in rule:
        if "min_iter" in rule:
            text = "is ignored, as in W&B, since max_iter and s are given"
            draft.note((*_AT, "min_iter"), text)
        return {key: value for key, value in rule.items() if key != "min_iter"}
    if "min_iter" not in rule and "max_iter" in rule:
        problem = "needs s, the number of brackets below it"
        allowed = "s: the number of brackets, or min_iter instead"
        draft.add_violation((*_AT, "max_iter"), problem, allowed)
    elif "min_iter" not in rule:
        draft.add_violation(
            _AT, "hyperband needs min_iter, or max_iter and s", "e.g. min_iter: 3"
        )
    elif "max_iter" in rule:
        text = "is ignored: it needs s to build brackets; min_iter builds them"
        draft.note((*_AT, "max_iter"), text)
    elif "s" in rule:
        text = "is ignored: it counts brackets below max_iter, which is not given"
        draft.note((*_AT, "s"), text)
    return {key: value for key, value in rule.items() if key not in ("s", "max_iter")}
