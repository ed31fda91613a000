"""MkDocs calls this hook: it adds the reference pages, which are made from the code.

Nothing of them is kept in the repository, so that they cannot say anything else than the code.
"""

from __future__ import annotations

import commands_page
import errors_page
import events_page
import macros_page
import study_file_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

# Address of a page → its text.
PAGES = {
    "reference/study-file.md": study_file_page.text,
    "reference/commands.md": commands_page.text,
    "reference/macros.md": macros_page.text,
    "reference/errors.md": errors_page.text,
    "reference/events.md": events_page.text,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add each generated page to the files of the site."""
    for address, text in PAGES.items():
        files.append(File.generated(config, address, content=text()))
    return files
