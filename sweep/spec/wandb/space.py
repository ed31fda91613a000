"""`parameters` of a W&B sweep file: nested groups, and entries that mean something else
than they look.
"""

from __future__ import annotations

import math
from typing import Any

from sweep.document import Path_
from sweep.model.equality import repetitions, same
from sweep.spec.wandb.draft import Draft
from sweep.spec.wandb.keys import ENTRY

_MOST_EXPONENT = 700  # beyond it the exponential is no finite number
_SECTIONS = ("early_terminate", "metric", "method", "program", "command", "run_cap")


def parameters(draft: Draft) -> tuple[str, ...]:
    """Convert the section; the names of all parameters."""
    given = draft.source.data.get("parameters")
    if not isinstance(given, dict):
        allowed = "parameters: {lr: {min: 1e-4, max: 1e-1}}"
        draft.complain(("parameters",), "there are no parameters", allowed)
        return ()
    draft.lines["parameters",] = draft.source.line_of(("parameters",))
    _flatten(draft, given, (), ("parameters",))
    return tuple(draft.data.get("parameters", {}))


def _flatten(
    draft: Draft, given: dict[str, Any], group: tuple[str, ...], at: Path_
) -> None:
    for name, entry in given.items():
        here: Path_ = (*at, name)
        full = ".".join((*group, name))
        if name in _SECTIONS and not group and not _describes(entry):
            allowed = f"{name} stands at the left margin, beside parameters"
            draft.complain(here, "is indented too far", allowed)
        elif name in ENTRY and not isinstance(entry, dict):
            problem = f"`{name}` describes a parameter, and stands where a parameter's name does"
            draft.complain(
                here, problem, f"parameters: {{learning_rate: {{{name}: …}}}}"
            )
        elif isinstance(entry, dict) and "parameters" in entry:
            _group(draft, name, entry, full, here, group)
        elif _lacks_parameters(entry):
            problem = f"{', '.join(entry)} are nested without a key `parameters`"
            draft.complain(here, problem, f"{name}: {{parameters: {{…}}}}")
        else:
            _leaf(draft, full, entry, here)


def _group(
    draft: Draft,
    name: str,
    entry: dict[str, Any],
    full: str,
    here: Path_,
    group: tuple[str, ...],
) -> None:
    for key in entry:
        if key not in ("parameters", "description"):
            allowed = "it belongs to one of the parameters below"
            draft.complain((*here, key), "stands beside `parameters`", allowed)
    if not isinstance(entry["parameters"], dict) or not entry["parameters"]:
        allowed = f"{name}: {{parameters: {{lr: {{value: 1}}}}}}"
        draft.complain((*here, "parameters"), "holds no parameters", allowed)
        return
    draft.nested.append(full)
    _flatten(draft, entry["parameters"], (*group, name), (*here, "parameters"))


def _leaf(draft: Draft, full: str, entry: Any, here: Path_) -> None:
    if full in draft.data.get("parameters", {}):
        draft.complain(here, f"there is already a parameter {full!r}", "another name")
        return
    draft.put(("parameters", full), entry, here)
    if not isinstance(entry, dict):
        return
    if isinstance(entry.get("values"), list):
        _repeated(draft, full, entry, here)
    if entry.get("sigma") == 0:
        value = entry.get("mu", 0.0)
        log = "log" in str(entry.get("distribution"))
        constant = {"value": math.exp(value) if log else value}
        draft.put(("parameters", full), constant, here)
        draft.note(here, f"sigma 0 leaves one value, {constant['value']:g}")
    _exponents(draft, entry, here)
    _rounded(draft, entry, here)


def _repeated(draft: Draft, full: str, entry: dict[str, Any], here: Path_) -> None:
    """Values that are listed more than once: a grid takes them once, a draw more often."""
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
            w for value, w in zip(values, weights, strict=True) if same(value, one)
        )
        for one in distinct
    ]
    drawn = draft.source.data.get("method") == "random" or "probabilities" in entry
    changed = {**entry, "values": distinct}
    if drawn:
        changed["probabilities"] = sums
        changed.pop("distribution", None)
    draft.put(("parameters", full), changed, here)
    how = "drawn more often" if drawn else "tried once"
    again = ", ".join(repr(values[position]) for position in sorted(positions))
    draft.note(here, f"{again} is listed more than once; as in W&B it is {how}")


def _exponents(draft: Draft, entry: dict[str, Any], here: Path_) -> None:
    """Say what natural logarithms mean that look like values."""
    kind = entry.get("distribution")
    if kind not in ("log_uniform", "q_log_uniform", "inv_log_uniform"):
        return
    low, high = entry.get("min"), entry.get("max")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return
    # Exponents of sizes people search are negative, or above 1.
    if max(abs(low), abs(high)) < _MOST_EXPONENT and low > 0 and high <= 1:
        low, high = (-high, -low) if kind.startswith("inv") else (low, high)
        means = f"{math.exp(low):.6g} to {math.exp(high):.6g}"
        text = f"min and max of {kind} are natural logarithms: this is {means}; see {kind}_values"
        draft.note(here, text)


def _rounded(draft: Draft, entry: dict[str, Any], here: Path_) -> None:
    """Say which multiples of q W&B would also give: it rounds what it draws, also
    beyond a bound.
    """
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
            f"W&B rounds to multiples of {q:g} and so also gives {' and '.join(beyond)}"
        )
        draft.note(
            here, f"{text}, outside {low:g} to {high:g}; here values stay inside"
        )


def _describes(entry: Any) -> bool:
    """Whether an entry is a parameter's, or a group's."""
    return isinstance(entry, dict) and any(
        key in (*ENTRY, "parameters") for key in entry
    )


def _lacks_parameters(entry: Any) -> bool:
    """Whether an entry is a group whose author forgot the key `parameters`."""
    if not isinstance(entry, dict) or not entry or any(key in ENTRY for key in entry):
        return False
    return all(
        isinstance(inner, dict) and any(key in ENTRY for key in inner)
        for inner in entry.values()
    )
