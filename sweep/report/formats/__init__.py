"""The formats that a report is written in: one protocol, one registry.

A format turns a document into files. It escapes every text from outside: names of arms, parameters
and classes come from a study file, which may not be trusted.
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
    """The protocol of a format's module."""

    def render(self, document: Document) -> Mapping[str, bytes]:
        """File name → contents: one file per document or one per table."""


FORMATS: dict[str, Format] = {
    "markdown": markdown,
    "html": html,
    "latex": latex,
    "csv": delimited,
    "parquet": parquet,
    "json": json,
    "terminal": terminal,
}
# All formats except the terminal's.
DEFAULT_FORMATS = tuple(name for name in FORMATS if name != "terminal")


def format_named(name: str) -> Format:
    """The format with that name.

    Raises:
        UnknownName: no such format.
    """
    return named(FORMATS, name, "report format")
