"""The commands of `sweep`, one file each.

`COMMANDS` is their registry, in the order of `sweep --help`; `sweep.cli` adds them to the app.
"""

from __future__ import annotations

from collections.abc import Callable

from sweep.commands import (
    check,
    compare,
    convert,
    dashboard,
    export,
    import_,
    init,
    note,
    plan,
    report,
    resume,
    run,
    schema,
    serve,
    show,
    status,
    try_,
    verify,
)

# Name → function; its signature gives the arguments and options, its docstring the help.
COMMANDS: dict[str, Callable[..., None]] = {
    "run": run.run,
    "resume": resume.resume,
    "plan": plan.plan,
    "check": check.check,
    "convert": convert.convert,
    "init": init.init,
    "schema": schema.schema,
    "try": try_.try_,
    "status": status.status,
    "report": report.report,
    "compare": compare.compare,
    "show": show.show,
    "verify": verify.verify,
    "note": note.note,
    "export": export.export,
    "import": import_.import_,
    "serve": serve.serve,
    "dashboard": dashboard.dashboard,
}
