"""The page on troubleshooting quotes messages that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pages" / "troubleshooting.md").read_text(encoding="utf-8")
QUOTED = re.findall(r"^### `([^`]+)`", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def source():
    """The text of all modules, string literals joined as Python joins them."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "sweep").rglob("*.py")
    )
    return re.sub(r'"\s*\n\s*f?"', "", text)


def test_it_quotes_messages():
    assert len(QUOTED) > 10


@pytest.mark.parametrize("message", QUOTED)
def test_a_quoted_message_is_in_the_code(message, source):
    assert message in source
