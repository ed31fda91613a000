"""Tables and figures from the log alone, without ray and torch.

    from sweep import report
    from sweep.history import opening
    report.write(opening.read(folder), folder / "report")       # every table in every format
    rich.print(report.terminal(opening.read(folder)))           # the ablation table

Importing this package loads pandas, SciPy and statsmodels (seconds); commands that answer at once
import it late.
"""

from sweep.report.compare import compare
from sweep.report.evidence import Evidence, gather
from sweep.report.formats import DEFAULT_FORMATS
from sweep.report.frames import epochs_frame, results_frame, trials_frame
from sweep.report.tracing import trace, verify_table
from sweep.report.writing import TABLES, document, save, show, write
from sweep.report.writing import render as terminal
from sweep.report.writing import tables as build_tables

__all__ = [
    "DEFAULT_FORMATS",
    "TABLES",
    "Evidence",
    "build_tables",
    "compare",
    "document",
    "epochs_frame",
    "gather",
    "results_frame",
    "save",
    "show",
    "terminal",
    "trace",
    "trials_frame",
    "verify_table",
    "write",
]
