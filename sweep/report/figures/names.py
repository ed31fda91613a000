"""What a study file calls its metrics, arms and parameters (`report.names`), in figures
as in tables.

A metric is renamed wherever it stands as a word; an arm or a parameter where it is a whole label,
so that no part of a longer name is taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text

from sweep.report.evidence import Evidence
from sweep.report.renaming import in_text

_RUNS = re.compile(r"\s*\(n = \d+\)$")  # behind a label


def rename(
    figure: Figure,
    title: str,
    caption: str,
    evidence: Evidence,
    wrap: Callable[[str], str],
) -> tuple[str, str]:
    """Rename all labels of a figure that is not laid out yet.

    Args:
        figure: is changed.
        title, caption: that stand beside it.
        evidence: of the study; its layout has the names.
        wrap: a new label as it is drawn.

    Returns:
        Title and caption under the new names.
    """
    names = evidence.layout.names
    if not names:
        return title, caption
    metrics = {evidence.history.spec.metric.name, *evidence.metrics}
    of_metrics = {name: text for name, text in names.items() if name in metrics}
    whole = {_unwrapped(name): wrap(text) for name, text in names.items()}
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _rename_ticks(axis, whole)
    for artist in figure.findobj(Text):
        if isinstance(artist, Text):  # `findobj` does not tell type checkers so
            artist.set_text(_renamed(artist.get_text(), whole, of_metrics))
    return _in_text(title, of_metrics), _in_text(caption, of_metrics)


def _rename_ticks(axis: Axis, whole: Mapping[str, str]) -> None:
    before = [each.get_text() for each in axis.get_ticklabels()]
    after = [_renamed(text, whole, {}) for text in before]
    if after != before:
        axis.set_ticklabels(after)


def _renamed(text: str, whole: Mapping[str, str], of_metrics: Mapping[str, str]) -> str:
    runs = _RUNS.search(text)
    own, behind = (text, "") if runs is None else (text[: runs.start()], runs[0])
    labels = re.split(r"\s=\s", own)  # arms that coincide share a label
    found = [whole.get(_unwrapped(each), each) for each in labels]
    if found != labels:
        return " = ".join(found) + behind
    joined = re.sub(r"(?<=[/_.])\n", "", text)  # a metric that was wrapped
    changed = _in_text(joined, of_metrics)
    return text if changed == joined else changed


def _in_text(text: str, names: Mapping[str, str]) -> str:
    return in_text(text, names) if names else text


def _unwrapped(text: str) -> str:
    """A label without the white space that wrapping changes."""
    return re.sub(r"[\s\u200b]", "", text)
