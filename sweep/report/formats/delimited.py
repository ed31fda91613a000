"""CSV (RFC 4180, UTF-8), one file per table, numbers at full precision.

Each shown number becomes its parts (`test/f1.mean`, `test/f1.sd`, …) and its trials
(`test/f1.trials`). A text that a spreadsheet would run as a formula gets a leading apostrophe, as
OWASP advises; `unescape` removes it.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping

from sweep.report.table import Document, Table, Value

_FORMULA = re.compile(r"^\s*[=+\-@\t\r\n\0'＝＋－＠]")


def render(document: Document) -> Mapping[str, bytes]:
    """`<table>.csv` for every table."""
    return {
        f"{table.name}.csv": table_text(table).encode() for table in document.tables
    }


def table_text(table: Table) -> str:
    """One table: a header, and one line per row."""
    out = io.StringIO(newline="")
    records = table.records()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(map(escape, table.keys(records)))
    writer.writerows(map(_write, record.values()) for record in records)
    return out.getvalue()


def escape(text: str) -> str:
    """A text that no spreadsheet runs as a formula.

    The NUL character, which CSV readers do not accept, becomes `␀`.
    """
    text = text.replace("\0", "␀")
    return f"'{text}" if _FORMULA.match(text) else text


def unescape(text: str) -> str:
    """The text that `escape` escaped."""
    return text[1:] if text.startswith("'") else text


def _write(value: Value) -> str:
    """A value as text; empty for None and NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(value) if isinstance(value, str) else repr(value)
