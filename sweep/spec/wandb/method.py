"""`method` and `run_cap` of a W&B sweep file."""

from __future__ import annotations

from sweep.spec.wandb.draft import Draft

UNCAPPED_TRIALS = 50
METHODS = {"grid": "grid", "random": "random", "bayes": "tpe", "custom": "tpe"}
_WANDBS = ("grid", "random", "bayes")


def search(draft: Draft) -> None:
    """Convert both to the section `search`; without anything to search, to seeds of one arm."""
    method, cap = draft.source.data["method"], draft.source.data.get("run_cap")
    ours = METHODS.get(method) if isinstance(method, str) else None
    several = "objectives" in draft.data.get("search", {})
    if ours is None:
        meant = next((m for m in _WANDBS if str(method).lower()[:4] == m[:4]), None)
        hint = f"did you mean {meant!r}? " if meant else ""
        allowed = f"{hint}one of: {', '.join(_WANDBS)}"
        draft.complain(("method",), f"unknown method {method!r}", allowed)
    if method == "bayes":
        draft.note(
            ("method",),
            "W&B fits a Gaussian process; here a tree-structured Parzen estimator (tpe) searches, "
            "which also models choices and conditions and answers in milliseconds; "
            "search.method: gp is a Gaussian process",
        )
    if method == "custom":
        ours = "nsga2" if several else "tpe"
        text = f"the optimizer of a scheduler of one's own is not run; {ours} searches here"
        draft.note(("method",), text)
    if ours is not None and _nothing_to_search(draft):
        runs = cap if isinstance(cap, int) and method != "grid" else 1
        draft.note(
            ("method",), f"every parameter has one value, which is trained {runs} times"
        )
        if "ablation" not in draft.source.data:
            draft.put(("ablation", "seeds"), list(range(runs)), ("method",))
        return
    draft.put(("search", "method"), ours or "random", ("method",))
    draft.lines["search",] = draft.source.line_of(("method",))
    if cap is not None:
        draft.put(("search", "trials"), cap, ("run_cap",))
    elif method != "grid":
        text = (
            f"without run_cap W&B goes on until it is stopped; here {UNCAPPED_TRIALS} trials: "
            "set run_cap, or --set run_cap=N"
        )
        draft.note(("method",), text)
        draft.put(("search", "trials"), UNCAPPED_TRIALS, ("method",))


def _nothing_to_search(draft: Draft) -> bool:
    entries = draft.data.get("parameters", {}).values()
    return bool(entries) and all(
        isinstance(entry, dict) and "value" in entry for entry in entries
    )
