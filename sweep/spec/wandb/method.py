"""`method` and `run_cap` of a W&B sweep file."""

from __future__ import annotations

from sweep.spec.wandb.draft import Draft

UNCAPPED_TRIALS = 50
METHODS = {"grid": "grid", "random": "random", "bayes": "tpe", "custom": "tpe"}
_WANDBS = ("grid", "random", "bayes")


def search(draft: Draft) -> None:
    """Convert both to the section `search`; if nothing can be searched, to seeds of one arm."""
    method, cap = draft.source.data["method"], draft.source.data.get("run_cap")
    study_method = METHODS.get(method) if isinstance(method, str) else None
    several = "objectives" in draft.data.get("search", {})
    if study_method is None:
        guess = next((m for m in _WANDBS if str(method).lower()[:4] == m[:4]), None)
        hint = f"did you mean {guess!r}? " if guess else ""
        allowed = f"{hint}one of: {', '.join(_WANDBS)}"
        draft.add_violation(("method",), f"unknown method {method!r}", allowed)
    if method == "bayes":
        draft.note(
            ("method",),
            "W&B fits a Gaussian process; here a tree-structured Parzen estimator "
            "(tpe) searches, which also models choices and conditions and suggests "
            "within milliseconds; search.method: gp is a Gaussian process",
        )
    if method == "custom":
        study_method = "nsga2" if several else "tpe"
        text = (
            f"a custom scheduler's optimizer does not run here; {study_method} searches"
        )
        draft.note(("method",), text)
    if study_method is not None and _nothing_to_search(draft):
        runs = cap if isinstance(cap, int) and method != "grid" else 1
        draft.note(
            ("method",), f"every parameter has one value, which is trained {runs} times"
        )
        if "ablation" not in draft.source.data:
            draft.put(("ablation", "seeds"), list(range(runs)), ("method",))
        return
    draft.put(("search", "method"), study_method or "random", ("method",))
    draft.lines["search",] = draft.source.line_of(("method",))
    if cap is not None:
        draft.put(("search", "trials"), cap, ("run_cap",))
    elif method != "grid":
        text = (
            f"without run_cap W&B runs until it is stopped; sweep runs {UNCAPPED_TRIALS} trials: "
            "set run_cap, or --set run_cap=N"
        )
        draft.note(("method",), text)
        draft.put(("search", "trials"), UNCAPPED_TRIALS, ("method",))


def _nothing_to_search(draft: Draft) -> bool:
    """Whether every parameter has a single value."""
    entries = draft.data.get("parameters", {}).values()
    return bool(entries) and all(
        isinstance(entry, dict) and "value" in entry for entry in entries
    )
