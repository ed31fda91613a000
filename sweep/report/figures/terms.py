"""The terms of a composite loss during training: their shares, gradients and weights."""

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
    """Stacked shares of the terms in the loss, one panel per arm.

    None unless an arm has two terms or more.
    """
    reported = _terms(evidence, "train/share/")
    arm_curves = {arm: terms for arm, terms in reported.items() if len(terms) > 1}
    if not arm_curves:
        return None
    names, figure, all_axes = _panels(evidence, arm_curves, "Share of the loss")
    all_terms = _all_terms(arm_curves)
    handles: dict[str, Any] = {}
    for axes, term_curves in zip(all_axes, arm_curves.values(), strict=True):
        handles |= _stack(axes, term_curves, all_terms)
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
    """Gradient norm of every term, one panel per arm; None if none was reported."""
    arm_curves = _terms(evidence, "train/grad_norm/")
    if not arm_curves:
        return None
    names, figure, all_axes = _lines(evidence, arm_curves, "Gradient norm")
    values = np.concatenate(_all_curves(arm_curves), axis=None)
    smallest, largest = float(values.min()), float(values.max())
    text = (
        "Norm of each term's gradient before weighting, on an epoch's first batch:"
        " mean over the n complete runs; band: their range"
    )
    if smallest > 0:  # a term without effect on the shared layers has gradient 0
        for axes in all_axes:
            log_axis(axes, "y", smallest, largest)
        text += "; logarithmic axis"
    text += "."
    text += _not_drawn(evidence, names)
    return Drawing(
        figure,
        "Gradient norm of each term of the loss",
        text + left_out(evidence, names),
    )


@styled
def weights(evidence: Evidence) -> Drawing | None:
    """Weight of every term, one panel per arm; None if no weight changes during training."""
    arm_curves = _terms(evidence, "train/weight/")
    ranges = [np.ptp(curve, axis=0).max() for curve in _all_curves(arm_curves)]
    if not any(size > 0 for size in ranges):
        return None
    names, figure, _ = _lines(evidence, arm_curves, "Weight")
    text = (
        "Weight of each term, mean over an epoch's batches and over the n complete"
        " runs; band: the runs' range."
    )
    text += _not_drawn(evidence, names)
    return Drawing(
        figure, "Weight of each term of the loss", text + left_out(evidence, names)
    )


def _not_drawn(evidence: Evidence, names: Mapping[str, str]) -> str:
    """A sentence on arms that have no panel, as there are too many; "" if all have one."""
    arms = len(distinct_arms(evidence))
    if len(names) < MOST_PANELS or arms == MOST_PANELS:
        return ""
    return f" Drawn are the first {MOST_PANELS} of {arms} arms."


def _terms(evidence: Evidence, prefix: str) -> dict[str, dict[str, pd.DataFrame]]:
    """Arm → term → curves, of the terms that an arm's runs report under a prefix.

    At most `MOST_PANELS` arms, without those that report none.
    """
    metrics = metric_names(evidence.history, stage="ablation")
    reported = [name for name in metrics if name.startswith(prefix)]
    arm_curves: dict[str, dict[str, pd.DataFrame]] = {}
    for arm in distinct_arms(evidence):
        if not len(evidence.runs(arm)) or len(arm_curves) == MOST_PANELS:
            continue
        term_curves = {}
        for name in reported:
            curve = curves(evidence, arm, name)
            if len(curve):
                term_curves[name.removeprefix(prefix)] = curve
        if term_curves:
            arm_curves[arm] = term_curves
    return arm_curves


def _stack(
    axes: Any, term_curves: Mapping[str, pd.DataFrame], all_terms: list[str]
) -> dict[str, Any]:
    """Stack the terms' means over the epochs; term → its handle for a legend."""
    means = pd.DataFrame(
        {term: curve.mean(axis=1) for term, curve in term_curves.items()}
    ).dropna()
    handles: dict[str, Any] = {}
    bottom = np.zeros(len(means))
    for term in term_curves:
        index, top = all_terms.index(term), bottom + means[term].to_numpy()
        handles[term] = axes.fill_between(
            means.index,
            bottom,
            top,
            facecolor=PALETTE[index % len(PALETTE)],
            edgecolor="white",
            linewidth=0.3,
            hatch=_HATCHES[index % len(_HATCHES)],
            label=term,
        )
        bottom = top
    return handles


def _lines(
    evidence: Evidence, arm_curves: Curves, quantity: str
) -> tuple[dict[str, str], Any, Any]:
    """A panel per arm with a line per term: the mean over runs, and their range as a band."""
    names, figure, all_axes = _panels(evidence, arm_curves, quantity)
    all_terms = _all_terms(arm_curves)
    handles: dict[str, Any] = {}
    for axes, term_curves in zip(all_axes, arm_curves.values(), strict=True):
        for term, curve in term_curves.items():
            style = line_style(all_terms.index(term))
            if curve.shape[1] > 1:
                low, high = curve.min(axis=1), curve.max(axis=1)
                band = {"color": style["color"], "alpha": 0.18, "linewidth": 0}
                axes.fill_between(curve.index, low, high, **band)
            marker = "." if len(curve) == 1 else ""
            (handles[term],) = axes.plot(
                curve.index, curve.mean(axis=1), marker=marker, label=term, **style
            )
    legend(figure, list(handles.values()), [label(term, 24) for term in handles])
    return names, figure, all_axes


def _panels(
    evidence: Evidence, arm_curves: Curves, quantity: str
) -> tuple[dict[str, str], Any, Any]:
    """The names of the arms, and an empty panel for each."""
    all_names = distinct_arms(evidence)
    names = {arm: name for arm, name in all_names.items() if arm in arm_curves}
    figure, all_axes = panels(
        len(arm_curves), height=1.15, extra=0.6, sharex=True, sharey=True
    )
    for axes, arm in zip(all_axes, arm_curves, strict=True):
        axes.set_title(counted(names[arm], len(evidence.runs(arm))))
    count_axes(all_axes, "Epoch")
    value_label(figure, all_axes, quantity)
    return names, figure, all_axes


def _all_terms(arm_curves: Curves) -> list[str]:
    """The terms of all arms, in order of appearance."""
    terms: dict[str, None] = {}
    for term_curves in arm_curves.values():
        terms |= dict.fromkeys(term_curves)
    return list(terms)


def _all_curves(arm_curves: Curves) -> list[np.ndarray]:
    """The curves of all arms and terms, each (epochs, runs)."""
    all_curves: list[np.ndarray] = []
    for term_curves in arm_curves.values():
        all_curves += [curve.to_numpy() for curve in term_curves.values()]
    return all_curves
