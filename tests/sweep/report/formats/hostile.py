"""Tables whose names are markup of every format, for the tests of all formats."""

from sweep.report.table import Cell, Column, Document, Figure, Note, Table

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1:A9)",
    "\\input{/etc/passwd} \\write18{id} $x^2_3$ 100% #1 ~ & {a}",
    "| a | b |\n---|---\n# heading\n[link](javascript:alert(1))",
    "`code` **bold** _it_ ~~no~~ &lt;",
    "[bold red]rich[/bold red] \x1b[31mred\x1b[0m \u202egnp.exe",
    "tab\tand, comma; quote\" apostrophe' back\\slash",
    "λ=½ 漢字 🎉 ü",
    "'quoted",
    "  padded  ",
]


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


def table(names: list[str]) -> Table:
    columns = (
        Column("name", "Name", "left"),
        Column("=f1", "F1 ↑ <b>"),
        Column("on", "On", "center"),
        Column("detail", "Detail", detail=True),
    )
    rows = tuple(
        (
            Cell(name, {"": name}, marks=("a",) if i == 0 else ()),
            Cell(
                "0.71 ± 0.10",
                {"mean": 0.7123456789012345, "sd": 0.1},
                (3, 4),
                bold=i == 1,
            ),
            Cell("✓" if i % 2 else "", {"": bool(i % 2)}),
            Cell(str(i), {"": i}),
        )
        for i, name in enumerate(names)
    )
    return Table(
        "hostile",
        "Title <i>&",
        columns,
        rows,
        (Note("a", names[0]), Note("", names[-1])),
    )


def document(names: list[str]) -> Document:
    return Document(names[0], tuple(names), (table(names),), (Figure(names[0], PIXEL),))
