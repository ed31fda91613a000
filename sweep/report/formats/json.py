"""JSON: one file with everything the tables know, for a program or another page: `report.json`.

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
    """`report.json`; a number that is not finite is null."""
    content: dict[str, Any] = {
        "title": document.title,
        "summary": document.summary,
        "tables": [dataclasses.asdict(table) for table in document.tables],
    }
    return {
        "report.json": orjson.dumps(
            content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    }
