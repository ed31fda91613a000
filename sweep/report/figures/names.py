"""Display names of metrics, arms and parameters (`report.names`) in figures.

A metric is renamed wherever it is a word of a text. An arm or a parameter is renamed only where it
is a whole label, so that parts of longer names stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from sweep.report.evidence import Evidence
from sweep.report.renaming import in_text

_RUNS = re.compile(r"\s*\(n = \d+\)$")  # at the end of a label


def rename(
    figure: Figure,
    title: str,
    caption: str,
    evidence: Evidence,
    wrap: Callable[[str], str],
) -> tuple[str, str]:
    """Rename all labels of a figure that is not laid out yet.

    Args:
        figure: changed in place.
        title, caption: of the figure.
        evidence: of the study; its layout has the names.
        wrap: wraps a new label to the width of the figure's labels.

    Returns:
        Title and caption with the new names.
    """
    names = evidence.layout.names
    if not names:
        return title, caption
    metrics = {evidence.history.spec.metric.name, *evidence.metrics}
    of_metrics = {name: text for name, text in names.items() if name in metrics}
    of_labels = {_unwrapped(name): wrap(text) for name, text in names.items()}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _rename_ticks(axis, of_labels)
    for artist in figure.findobj(Text):
        if isinstance(artist, Text):  # for type checkers only
            new_text = _renamed(artist.get_text(), of_labels, of_metrics)
            artist.set_text(new_text)
    return _in_text(title, of_metrics), _in_text(caption, of_metrics)


def _rename_ticks(axis: Axis, whole: Mapping[str, str]) -> None:
    """Rename the labels of an axis's ticks."""
    old_texts = [tick.get_text() for tick in axis.get_ticklabels()]
    new_texts = [_renamed(text, whole, {}) for text in old_texts]
    if new_texts != old_texts:
        axis.set_ticklabels(new_texts)


def _renamed(text: str, whole: Mapping[str, str], of_metrics: Mapping[str, str]) -> str:
    """A label with the new name, if it is an arm or a parameter or contains a metric."""
    name, count = text, ""
    runs = _RUNS.search(text)
    if runs is not None:
        name = text[: runs.start()]
        count = runs[0]
    old_labels = re.split(r"\s=\s", name)  # equal arms share a label
    new_labels = [whole.get(_unwrapped(part), part) for part in old_labels]
    if new_labels != old_labels:
        return " = ".join(new_labels) + count
    joined = re.sub(r"(?<=[/_.])\n", "", text)  # a metric that was wrapped
    changed = _in_text(joined, of_metrics)
    return text if changed == joined else changed


def _in_text(text: str, names: Mapping[str, str]) -> str:
    """A text with the new names of the metrics in it."""
    return in_text(text, names) if names else text


def _unwrapped(text: str) -> str:
    """A label without white space, which wrapping changes."""
    return re.sub(r"[\s\u200b]", "", text)
