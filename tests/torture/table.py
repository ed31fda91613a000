"""The figures of a torture, for people."""

from __future__ import annotations

import statistics

from rich.table import Table

from tests.torture.torture import Books


def rows(books: Books) -> list[tuple[str, str]]:
    """What was done and what came of it, one figure a row."""
    done, counts, lasted = books.done, books.counts, sorted(books.lasted)
    gone = (
        f"median {statistics.median(lasted):.1f} s, longest {lasted[-1]:.1f} s"
        if lasted
        else "none"
    )
    return [
        ("drivers killed with SIGKILL", str(done["kills"])),
        (
            "… while the session was starting or resuming",
            str(done["kills while starting"]),
        ),
        (
            "… together with everything else, the watchdog included",
            str(done["power cuts"]),
        ),
        (
            "processes of trials killed under a living driver",
            str(done["trial process"]),
        ),
        (
            "template processes killed under a living driver",
            str(done["template process"]),
        ),
        ("workers killed under a living driver", str(done["worker process"])),
        ("raylets killed under a living driver", str(done["raylets"])),
        ("nodes removed from a cluster", str(done["nodes"])),
        ("studies brought to their end", str(counts["studies"])),
        ("trials planned", str(counts["planned"])),
        ("trials lost", str(counts["planned"] - counts["finished"])),
        ("laws broken (see below)", str(len(books.violations))),
        ("epochs trained", str(counts["epochs"])),
        ("epochs trained again", str(counts["epochs again"])),
        (
            "trials whose last checkpoint was compared with an uninterrupted training",
            str(counts["weights compared"]),
        ),
        ("… that differ in any bit", str(counts["weights different"])),
        (
            "ablation tables compared with the uninterrupted study",
            str(counts["tables compared"]),
        ),
        ("… that differ in any byte", str(counts["tables different"])),
        ("time until no process of a driver that ended or was killed is left", gone),
        ("temporary folders left behind", str(counts["folders left"])),
        ("time it took", f"{books.seconds / 60:.0f} min"),
    ]


def of(books: Books) -> Table:
    """The same as a table for a terminal."""
    drawn = Table("", "", title="Torture", show_header=False)
    for name, value in rows(books):
        drawn.add_row(name, value)
    return drawn
