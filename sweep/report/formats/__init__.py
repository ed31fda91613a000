"""The formats a report is written in: one protocol, one registry.

A format turns a document into files. It escapes every text it did not make itself: names of arms,
parameters and classes come from a study file, and a study file may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sweep.errors import named
from sweep.report.formats import (
    delimited,
    html,
    json,
    latex,
    markdown,
    parquet,
    terminal,
)
from sweep.report.table import Document


class Format(Protocol):
    """What a format's module offers."""

    def render(self, document: Document) -> Mapping[str, bytes]:
        """File name → contents; one file a document, or one a table, as suits the format."""


FORMATS: dict[str, Format] = {
    "markdown": markdown,
    "html": html,
    "latex": latex,
    "csv": delimited,
    "parquet": parquet,
    "json": json,
    "terminal": terminal,
}
# What a report is written in unless formats are named: all but the terminal's own.
DEFAULT_FORMATS = tuple(name for name in FORMATS if name != "terminal")


def format_named(name: str) -> Format:
    """The format of that name.

    Raises:
        UnknownName: no such format.
    """
    return named(FORMATS, name, "report format")
