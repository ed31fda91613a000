"""Tables and figures from the log alone; Ray and PyTorch are never imported.

    from sweep import report
    from sweep.history import opening

    evidence = report.gather(opening.read(folder))
    report.save(evidence, folder / "report")  # every table in every format
    rich.print(report.show(evidence))  # the ablation table

Importing this package loads pandas and SciPy, which takes seconds. Commands that must
answer at once import it late.
"""

from sweep.report.compare import compare
from sweep.report.evidence import Evidence, gather
from sweep.report.formats import DEFAULT_FORMATS
from sweep.report.frames import epochs_frame, results_frame, trials_frame
from sweep.report.tracing import trace, verify_table
from sweep.report.writing import TABLES, document, save, show
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
    "trace",
    "trials_frame",
    "verify_table",
]
