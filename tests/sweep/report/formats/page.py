"""An HTML page, read as a browser would."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """Rows of cell texts, every tag and attribute of an HTML page."""

    def __init__(self, text: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._cell: list[str] | None = None
        self._sup = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self._cell = []
        elif tag == "sup":
            self._sup = True

    def handle_endtag(self, tag):
        if tag == "td":
            self.rows[-1].append("".join(self._cell))
            self._cell = None
        elif tag == "sup":
            self._sup = False

    def handle_data(self, data):
        if self._cell is not None and not self._sup:
            self._cell.append(data)


def one_line(text: str) -> str:
    """White space is layout in HTML and Markdown: compare what is seen."""
    return " ".join(text.split())
