"""The layout of a report's pages: columns, notes, decimals and names.

It changes no number. The files for programs have every column, whatever the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sweep.errors import named
from sweep.spec import ReportSpec
from sweep.spec.page_settings import (
    COLUMN_NAMES,
    NOTES_STYLES,
    PROFILES,
    NotesStyle,
    Pages,
)


@dataclass(frozen=True)
class Layout:
    """What a page shows.

    Attributes:
        columns: groups of the ablation table's columns that are printed, in order; (): all.
        only_compared: whether only the metrics that arms are compared on are shown.
        notes: see `sweep.spec.schema.ReportSpec`.
        precision: decimals of all metrics, or of each; None: by each number's uncertainty.
        names: metric, arm, component or parameter → the name to show.
        pages: the page format that LaTeX tables are set for.
    """

    columns: tuple[str, ...] = ()
    only_compared: bool = False
    notes: NotesStyle = "full"
    precision: int | Mapping[str, int] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    pages: Pages = "two_columns"

    def decimals(self, metric: str) -> int | None:
        """The decimals of a metric; None: by each number's uncertainty."""
        if isinstance(self.precision, Mapping):
            return self.precision.get(metric)
        return self.precision


def layout_of(
    report: ReportSpec,
    *,
    profile: str | None = None,
    columns: Sequence[str] | None = None,
    notes: str | None = None,
) -> Layout:
    """The layout that the study file asks for, overridden by the command line.

    Args:
        report: of the study file.
        profile: overrides the study file.
        columns: overrides the profile and the study file.
        notes: overrides the profile and the study file.

    Raises:
        UnknownName: no such profile, group of columns or style of notes.
    """
    from_profile: Mapping[str, Any] = {}
    profile_name = profile or report.profile
    if profile_name is not None:
        from_profile = named(PROFILES, profile_name, "report profile")
    file_columns = () if profile is not None else report.columns
    file_notes = None if profile is not None else report.notes
    chosen = _checked_columns(columns) or file_columns
    return Layout(
        columns=tuple(chosen or from_profile.get("columns", ())),
        only_compared=not chosen and bool(from_profile.get("only_compared")),
        notes=_checked_style(notes) or file_notes or from_profile.get("notes", "full"),
        precision=report.precision,
        names=report.names,
        pages=report.pages,
    )


def _checked_columns(columns: Sequence[str] | None) -> tuple[str, ...]:
    for name in columns or ():
        named(dict.fromkeys(COLUMN_NAMES), name, "group of columns")
    return tuple(columns or ())


def _checked_style(notes: str | None) -> NotesStyle | None:
    if notes is not None:
        named(dict.fromkeys(NOTES_STYLES), notes, "style of notes")
    return cast("NotesStyle | None", notes)
