"""The rows of a table by their first cell."""


def by_row(table):
    keys = [column.key for column in table.columns]
    return {row[0].text: dict(zip(keys, row, strict=True)) for row in table.rows}
