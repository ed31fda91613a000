"""Every file of a report, made from the evidence and the options alone.

`sweep report` writes them; `sweep verify` makes them again and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sweep.history.history import History
from sweep.report import cross_validation
from sweep.report.evidence import Evidence
from sweep.report.formats import DEFAULT_FORMATS, format_named
from sweep.report.layout import Layout, layout_of
from sweep.report.writing import document

FIGURES = "figures"


@dataclass(frozen=True)
class Options:
    """The options of a report: all that it depends on besides the log.

    Attributes:
        tables: names in `sweep.report.TABLES`; None: all that have something to show.
        formats: names in `sweep.report.formats.FORMATS`.
        metrics: columns; None: those of the study file.
        figures: whether figures are drawn.
        profile, columns, notes: layout of the pages; None: as in the study file. See
            `sweep.report.layout.layout_of`.
    """

    tables: tuple[str, ...] | None = None
    formats: tuple[str, ...] = DEFAULT_FORMATS
    metrics: tuple[str, ...] | None = None
    figures: bool = True
    profile: str | None = None
    columns: tuple[str, ...] | None = None
    notes: str | None = None

    def plain(self) -> dict[str, Any]:
        """The options as a mapping, as the log stores them."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Options:
        """The options from what `plain` returned.

        Raises:
            KeyError, TypeError: the mapping has another form.
        """
        tables, metrics, columns = (
            plain["tables"],
            plain["metrics"],
            plain.get("columns"),
        )
        return cls(
            tables=None if tables is None else tuple(tables),
            formats=tuple(plain["formats"]),
            metrics=None if metrics is None else tuple(metrics),
            figures=bool(plain["figures"]),
            profile=plain.get("profile"),
            columns=None if columns is None else tuple(columns),
            notes=plain.get("notes"),
        )

    def layout(self, history: History) -> Layout:
        """The layout of a study's pages.

        Raises:
            UnknownName: see `layout_of`.
        """
        report = history.spec.report
        return layout_of(
            report, profile=self.profile, columns=self.columns, notes=self.notes
        )


def contents(
    evidence: Evidence,
    options: Options,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, bytes]:
    """File name (relative to the report's folder) → contents; tables first.

    Args:
        evidence: gathered with `options.metrics` and `options.layout`.
        progress: see `sweep.report.figures.drawings`.

    Raises:
        UnknownName: see `sweep.report.write`.
    """
    formats = [format_named(name) for name in options.formats]
    drawn: dict[str, Any] = {}
    files: dict[str, bytes] = cross_validation.contents(evidence)
    embedded: Any = ()
    if options.figures:
        from sweep.report import figures  # Matplotlib takes a second to load

        drawn = figures.drawings(evidence, progress=progress, formats=figures.WRITTEN)
        for name, data in figures.contents(drawn).items():
            files[f"{FIGURES}/{name}"] = data
        embedded = figures.embedded(drawn)
    content = document(evidence, options.tables, embedded)
    tables: dict[str, bytes] = {}
    for table_format in formats:
        tables |= table_format.render(content)
    return tables | files


def options_of(plain: Mapping[str, Any]) -> Options:
    """The options that a log record holds; the defaults if it holds none of this form."""
    try:
        return Options.from_plain(plain)
    except (KeyError, TypeError):
        return Options()
