"""The terminal: narrow ones get blocks of columns; control characters do not get through."""

from rich.console import Console

from sweep.report.formats import FORMATS, terminal
from sweep.report.table import Cell, Column, Table
from tests.sweep.report.formats.hostile import HOSTILE, document


class TestTerminal:
    def test_a_narrow_terminal_gets_the_columns_in_blocks_and_loses_nothing(self):
        columns = (
            Column("arm", "Arm", "left"),
            *(Column(f"m{i}", f"metric {i}") for i in range(6)),
        )
        rows = tuple(
            (Cell(arm), *(Cell(f"0.7{i} ± 0.01") for i in range(6)))
            for arm in ("baseline", "+ focal")
        )
        console = Console(width=44)
        with console.capture() as capture:
            console.print(terminal.table_renderable(Table("t", "T", columns, rows)))
        lines = capture.get().splitlines()
        assert all(len(line) <= 44 for line in lines)
        assert sum(line.startswith("baseline") for line in lines) == 3
        assert all(f"0.7{i} ± 0.01" in capture.get() for i in range(6))

    def test_terminal_output_has_no_control_sequences(self):
        written = FORMATS["terminal"].render(document(HOSTILE))["report.txt"].decode()
        assert "\x1b" not in written
        assert "\u202e" not in written
        assert "[bold red]rich" in written  # rich's own markup is only text
