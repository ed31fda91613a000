"""`report.json`: one file with the full content of all tables, for programs.

`tables[i].rows[j]` is a list of cells `{text, values, trials, marks, bold}`, one per entry of
`columns`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import orjson

from sweep.report.table import Document


def render(document: Document) -> Mapping[str, bytes]:
    """`report.json`; numbers that are not finite are null."""
    content: dict[str, Any] = {
        "title": document.title,
        "summary": document.summary,
        "tables": [dataclasses.asdict(table) for table in document.tables],
    }
    option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return {"report.json": orjson.dumps(content, option=option)}
