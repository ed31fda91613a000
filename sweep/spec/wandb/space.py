"""`parameters` of a W&B sweep file: nested groups, and entries with another meaning here."""

from __future__ import annotations

import math
from typing import Any

from sweep.document import KeyPath
from sweep.model.equality import repetitions, same
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.keys import ENTRY

_MOST_EXPONENT = 700  # exp of a larger number is not finite
_SECTIONS = ("early_terminate", "metric", "method", "program", "command", "run_cap")


def parameters(draft: Draft) -> tuple[str, ...]:
    """Convert the section; return the names of all parameters."""
    raw = draft.source.data.get("parameters")
    if not isinstance(raw, dict):
        allowed = "parameters: {lr: {min: 1e-4, max: 1e-1}}"
        draft.add_violation(("parameters",), "there are no parameters", allowed)
        return ()
    draft.lines["parameters",] = draft.source.line_of(("parameters",))
    _flatten(draft, raw, (), ("parameters",))
    return tuple(draft.data.get("parameters", {}))


def _flatten(
    draft: Draft, entries: dict[str, Any], group: tuple[str, ...], path: KeyPath
) -> None:
    """Convert the entries of a group of parameters, and those of the groups in it.

    Args:
        draft: of the study file.
        entries: name → parameter or group.
        group: names of the groups around them.
        path: of the entries in the file.
    """
    for name, entry in entries.items():
        key_path: KeyPath = (*path, name)
        full_name = ".".join((*group, name))
        if name in _SECTIONS and not group and not _describes(entry):
            allowed = f"{name} is a top-level key, next to parameters"
            draft.add_violation(key_path, "is indented too far", allowed)
        elif name in ENTRY and not isinstance(entry, dict):
            problem = (
                f"`{name}` is a key of a parameter, where the name of a "
                "parameter is expected"
            )
            draft.add_violation(
                key_path, problem, f"parameters: {{learning_rate: {{{name}: …}}}}"
            )
        elif isinstance(entry, dict) and "parameters" in entry:
            _group(draft, name, entry, full_name, key_path, group)
        elif _lacks_parameters(entry):
            problem = f"{', '.join(entry)} are nested without a key `parameters`"
            draft.add_violation(key_path, problem, f"{name}: {{parameters: {{…}}}}")
        else:
            _leaf(draft, full_name, entry, key_path)


def _group(
    draft: Draft,
    name: str,
    entry: dict[str, Any],
    full_name: str,
    key_path: KeyPath,
    group: tuple[str, ...],
) -> None:
    """Convert a nested group: its parameters have dotted names."""
    for key in entry:
        if key not in ("parameters", "description"):
            allowed = "it belongs to one of the parameters below"
            draft.add_violation((*key_path, key), "is next to `parameters`", allowed)
    if not isinstance(entry["parameters"], dict) or not entry["parameters"]:
        allowed = f"{name}: {{parameters: {{lr: {{value: 1}}}}}}"
        draft.add_violation((*key_path, "parameters"), "has no parameters", allowed)
        return
    draft.nested.append(full_name)
    _flatten(draft, entry["parameters"], (*group, name), (*key_path, "parameters"))


def _leaf(draft: Draft, full_name: str, entry: Any, key_path: KeyPath) -> None:
    """Convert one parameter."""
    if full_name in draft.data.get("parameters", {}):
        draft.add_violation(
            key_path, f"there is already a parameter {full_name!r}", "another name"
        )
        return
    draft.put(("parameters", full_name), entry, key_path)
    if not isinstance(entry, dict):
        return
    if isinstance(entry.get("values"), list):
        _repeated(draft, full_name, entry, key_path)
    if entry.get("sigma") == 0:
        value = entry.get("mu", 0.0)
        log = "log" in str(entry.get("distribution"))
        constant = {"value": math.exp(value) if log else value}
        draft.put(("parameters", full_name), constant, key_path)
        draft.note(key_path, f"sigma 0 leaves one value, {constant['value']:g}")
    _exponents(draft, entry, key_path)
    _rounded(draft, entry, key_path)


def _repeated(
    draft: Draft, full_name: str, entry: dict[str, Any], key_path: KeyPath
) -> None:
    """Merge values that are listed more than once: a grid tries them once, a draw more often."""
    values = entry["values"]
    positions = set(repetitions(values))
    if not positions:
        return
    distinct = [
        value for position, value in enumerate(values) if position not in positions
    ]
    weights = entry.get("probabilities")
    if not isinstance(weights, list) or len(weights) != len(values):
        weights = [1 / len(values)] * len(values)
    sums = [
        math.fsum(
            w
            for value, w in zip(values, weights, strict=True)
            if same(value, kept_value)
        )
        for kept_value in distinct
    ]
    drawn = draft.source.data.get("method") == "random" or "probabilities" in entry
    changed = {**entry, "values": distinct}
    if drawn:
        changed["probabilities"] = sums
        changed.pop("distribution", None)
    draft.put(("parameters", full_name), changed, key_path)
    how = "drawn more often" if drawn else "tried once"
    again = ", ".join(repr(values[position]) for position in sorted(positions))
    draft.note(key_path, f"{again} is listed more than once; as in W&B it is {how}")


def _exponents(draft: Draft, entry: dict[str, Any], key_path: KeyPath) -> None:
    """Note bounds that are natural logarithms but look like values."""
    kind = entry.get("distribution")
    if kind not in ("log_uniform", "q_log_uniform", "inv_log_uniform"):
        return
    low, high = entry.get("min"), entry.get("max")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return
    # Logarithms of usual bounds are negative, or above 1.
    if max(abs(low), abs(high)) < _MOST_EXPONENT and low > 0 and high <= 1:
        low, high = (-high, -low) if kind.startswith("inv") else (low, high)
        means = f"{math.exp(low):.6g} to {math.exp(high):.6g}"
        text = f"min and max of {kind} are natural logarithms: this is {means}; see {kind}_values"
        draft.note(key_path, text)


def _rounded(draft: Draft, entry: dict[str, Any], key_path: KeyPath) -> None:
    """Note multiples of q outside the bounds, which W&B draws too: it rounds after drawing."""
    kind, q = entry.get("distribution"), entry.get("q", 1)
    if kind not in ("q_uniform", "q_log_uniform", "q_log_uniform_values"):
        return
    bounds: list[Any] = [entry.get("min"), entry.get("max")]
    if not all(isinstance(number, int | float) for number in (*bounds, q)) or q <= 0:
        return
    if kind == "q_log_uniform" and max(map(abs, bounds)) >= _MOST_EXPONENT:
        return
    low, high = map(math.exp, bounds) if kind == "q_log_uniform" else bounds
    first, last = (round(bound / q) * q for bound in (low, high))
    beyond = [
        f"{value:g}"
        for value, out in ((first, first < low), (last, last > high))
        if out
    ]
    if beyond:
        text = (
            f"W&B rounds to multiples of {q:g} and so also draws {' and '.join(beyond)}"
        )
        draft.note(
            key_path, f"{text}, outside {low:g} to {high:g}; here values stay inside"
        )


def _describes(entry: Any) -> bool:
    """Whether an entry describes a parameter or a group."""
    return isinstance(entry, dict) and any(
        key in (*ENTRY, "parameters") for key in entry
    )


def _lacks_parameters(entry: Any) -> bool:
    """Whether an entry is a group without the key `parameters`."""
    if not isinstance(entry, dict) or not entry or any(key in ENTRY for key in entry):
        return False
    return all(
        isinstance(inner, dict) and any(key in ENTRY for key in inner)
        for inner in entry.values()
    )
