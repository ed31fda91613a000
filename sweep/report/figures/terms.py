"""What the terms of a composite loss do while it trains: their shares, gradients and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sweep.report.evidence import Evidence
from sweep.report.figures.style import (
    MOST_PANELS,
    PALETTE,
    Drawing,
    count_axes,
    counted,
    label,
    legend,
    line_style,
    log_axis,
    panels,
    styled,
    value_label,
)
from sweep.report.figures.values import curves, distinct_arms, left_out
from sweep.report.frames import metric_names

_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "----", "++++")
Curves = Mapping[str, Mapping[str, pd.DataFrame]]  # arm → term → (epochs, runs)


@styled
def shares(evidence: Evidence) -> Drawing | None:
    """Stacked shares of the terms in the loss, one panel an arm; None unless an arm has
    two terms or more.
    """
    found = _terms(evidence, "train/share/")
    found = {arm: terms for arm, terms in found.items() if len(terms) > 1}
    if not found:
        return None
    names, figure, all_axes = _panels(evidence, found, "Share of the loss")
    terms = _all_terms(found)
    handles: dict[str, Any] = {}
    for axes, own in zip(all_axes, found.values(), strict=True):
        means = pd.DataFrame(
            {term: curve.mean(axis=1) for term, curve in own.items()}
        ).dropna()
        bottom = np.zeros(len(means))
        for term in own:
            at, top = terms.index(term), bottom + means[term].to_numpy()
            handles[term] = axes.fill_between(
                means.index,
                bottom,
                top,
                facecolor=PALETTE[at % len(PALETTE)],
                edgecolor="white",
                linewidth=0.3,
                hatch=_HATCHES[at % len(_HATCHES)],
                label=term,
            )
            bottom = top
        axes.set_ylim(0, 1)
    legend(figure, list(handles.values()), [label(term, 24) for term in handles])
    text = (
        "|weight × term| as a share of the sum over the terms, mean over an epoch's"
        " samples and the n complete runs."
    )
    text += _not_drawn(evidence, names)
    return Drawing(
        figure, "Share of each term in the loss", text + left_out(evidence, names)
    )


@styled
def gradients(evidence: Evidence) -> Drawing | None:
    """Gradient norm of every term, one panel an arm; None when none was reported."""
    found = _terms(evidence, "train/grad_norm/")
    if not found:
        return None
    names, figure, all_axes = _lines(evidence, found, "Gradient norm")
    smallest = min(
        float(curve.min().min()) for own in found.values() for curve in own.values()
    )
    largest = max(
        float(curve.max().max()) for own in found.values() for curve in own.values()
    )
    if smallest > 0:
        # a term that does not reach the shared layers has gradient 0, which has no logarithm
        for axes in all_axes:
            log_axis(axes, "y", smallest, largest)
    text = (
        "Norm of each term's gradient before its weight, on an epoch's first batch:"
        " mean over the n complete runs; band: their"
        f" range{'; logarithmic axis' if smallest > 0 else ''}."
    )
    text += _not_drawn(evidence, names)
    return Drawing(
        figure,
        "Gradient norm of each term of the loss",
        text + left_out(evidence, names),
    )


@styled
def weights(evidence: Evidence) -> Drawing | None:
    """Weight of every term, one panel an arm; None when no weight changes during
    training: then settings say it.
    """
    found = _terms(evidence, "train/weight/")
    if not any(
        float((curve.max() - curve.min()).max()) > 0
        for own in found.values()
        for curve in own.values()
    ):
        return None
    names, figure, _ = _lines(evidence, found, "Weight")
    text = (
        "Weight of each term, mean over an epoch's batches and over the n complete"
        " runs; band: the runs' range."
    )
    text += _not_drawn(evidence, names)
    return Drawing(
        figure, "Weight of each term of the loss", text + left_out(evidence, names)
    )


def _not_drawn(evidence: Evidence, names: Mapping[str, str]) -> str:
    """A sentence on the arms beyond those that a figure has room for; "" where there are none."""
    if len(names) < MOST_PANELS or len(distinct_arms(evidence)) == MOST_PANELS:
        return ""
    return f" Drawn are the first {MOST_PANELS} of {len(distinct_arms(evidence))} arms."


def _terms(evidence: Evidence, prefix: str) -> dict[str, dict[str, pd.DataFrame]]:
    """The curves of every term that an arm's runs report under a prefix, without arms
    that report none.
    """
    reported = [
        name
        for name in metric_names(evidence.history, stage="ablation")
        if name.startswith(prefix)
    ]
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for arm in distinct_arms(evidence):
        if not len(evidence.runs(arm)) or len(found) == MOST_PANELS:
            continue
        own = {
            name.removeprefix(prefix): curve
            for name in reported
            if len(curve := curves(evidence, arm, name))
        }
        if own:
            found[arm] = own
    return found


def _lines(
    evidence: Evidence, found: Curves, quantity: str
) -> tuple[dict[str, str], Any, Any]:
    names, figure, all_axes = _panels(evidence, found, quantity)
    terms = _all_terms(found)
    handles: dict[str, Any] = {}
    for axes, own in zip(all_axes, found.values(), strict=True):
        for term, curve in own.items():
            style = line_style(terms.index(term))
            if curve.shape[1] > 1:
                low, high = curve.min(axis=1), curve.max(axis=1)
                axes.fill_between(
                    curve.index,
                    low,
                    high,
                    color=style["color"],
                    alpha=0.18,
                    linewidth=0,
                )
            (handles[term],) = axes.plot(
                curve.index,
                curve.mean(axis=1),
                **style,
                marker="." if len(curve) == 1 else "",
                label=term,
            )
    legend(figure, list(handles.values()), [label(term, 24) for term in handles])
    return names, figure, all_axes


def _panels(
    evidence: Evidence, found: Curves, quantity: str
) -> tuple[dict[str, str], Any, Any]:
    names = {arm: name for arm, name in distinct_arms(evidence).items() if arm in found}
    figure, all_axes = panels(
        len(found), height=1.15, extra=0.6, sharex=True, sharey=True
    )
    for axes, arm in zip(all_axes, found, strict=True):
        axes.set_title(counted(names[arm], len(evidence.runs(arm))))
    count_axes(all_axes, "Epoch")
    value_label(figure, all_axes, quantity)
    return names, figure, all_axes


def _all_terms(found: Curves) -> list[str]:
    return list(dict.fromkeys(term for own in found.values() for term in own))
