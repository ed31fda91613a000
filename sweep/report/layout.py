"""How a report's pages are laid out: columns, notes, decimals and names.

It changes no number, and the files for programs have every column whatever it says.
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
        only_compared: of the metrics, those that arms are compared on.
        notes: see `sweep.spec.schema.ReportSpec`.
        precision: decimals of all metrics, or of each; None: by each number's uncertainty.
        names: metric, arm, component or parameter → what it is called.
        pages: what LaTeX tables are made for.
    """

    columns: tuple[str, ...] = ()
    only_compared: bool = False
    notes: NotesStyle = "full"
    precision: int | Mapping[str, int] | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    pages: Pages = "two_columns"

    def decimals(self, metric: str) -> int | None:
        """Decimals of a metric; None: by each number's uncertainty."""
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
    """The layout that a study file asks for, or somebody at the command line.

    Args:
        report: of the study file.
        profile: goes before what the study file says.
        columns: goes before both.
        notes: likewise.

    Raises:
        UnknownName: no such profile, group of columns or style of notes.
    """
    from_profile: Mapping[str, Any] = {}
    if (wanted := profile or report.profile) is not None:
        from_profile = named(PROFILES, wanted, "report profile")
    file_columns = () if profile is not None else report.columns
    file_notes = None if profile is not None else report.notes
    chosen = _known(columns) or file_columns
    return Layout(
        columns=tuple(chosen or from_profile.get("columns", ())),
        only_compared=not chosen and bool(from_profile.get("only_compared")),
        notes=_style(notes) or file_notes or from_profile.get("notes", "full"),
        precision=report.precision,
        names=report.names,
        pages=report.pages,
    )


def _known(columns: Sequence[str] | None) -> tuple[str, ...]:
    for name in columns or ():
        named(dict.fromkeys(COLUMN_NAMES), name, "group of columns")
    return tuple(columns or ())


def _style(notes: str | None) -> NotesStyle | None:
    if notes is not None:
        named(dict.fromkeys(NOTES_STYLES), notes, "style of notes")
    return cast("NotesStyle | None", notes)
