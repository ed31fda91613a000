"""Settings of data in picture files: their groups, and the treatment of exact copies."""

from __future__ import annotations

import re
from typing import Literal

GROUPS = (
    "Groups of pictures that stay in one part: pattern:<regular expression with one capture group> "
    "of the file name, or column:<name> of index.csv in the data folder; null: no groups."
)
DUPLICATE_IMAGES = (
    "An image with an exact copy in another part of the split: refuse to train, or"
    " allow."
)
NUM_WORKERS = (
    "Threads that decode image files before training; with image_store mapped and "
    "files, processes."
)
IMAGE_STORE = (
    "Where images of a folder are kept. memory: in each trial; mapped: decoded once to a file that "
    "all trials share; files: decoded by num_workers processes whenever needed."
)

ImageStore = Literal["memory", "mapped", "files"]
DuplicateImages = Literal["refuse", "allow"]


def group_pattern(expression: str) -> re.Pattern[str]:
    """Return the compiled pattern of `groups: pattern:<expression>`.

    Raises:
        ValueError: not a regular expression, or not exactly one capture group.
    """
    try:
        pattern = re.compile(expression)
    except re.error as error:
        raise ValueError(
            f"{expression!r} is not a valid regular expression: {error}"
        ) from error
    if pattern.groups != 1:
        raise ValueError(
            f"{expression!r} has {pattern.groups} capture groups, exactly one names the group: "
            r"for patient07_3.png it is (patient\d+)_"
        )
    return pattern


def check_groups_setting(groups: str | None, data: str, kind: str) -> None:
    """Raise if `groups` is not valid for the data.

    Args:
        groups: the setting.
        data: the setting `data`.
        kind: the kind of `data` that has picture files.

    Raises:
        ValueError: `groups` has another form than the two that exist, or the data have no picture
            files.
    """
    if groups is None:
        return
    if not data.startswith(f"{kind}:"):
        raise ValueError(
            f"groups: only data {kind}:<path> has picture files; data is {data!r}"
        )
    how, _, value = groups.partition(":")
    if how not in ("pattern", "column") or not value:
        raise ValueError(
            f"groups {groups!r}: expected pattern:<regular expression> or column:<name>"
        )
    if how == "pattern":
        group_pattern(value)


def check_image_store_setting(store: str, data: str, kind: str) -> None:
    """Raise if `image_store` is set for data that are not picture files.

    Args:
        store: the setting `image_store`.
        data: the setting `data`.
        kind: the kind of `data` that has picture files.

    Raises:
        ValueError: another store than memory for other data.
    """
    if store != "memory" and not data.startswith(f"{kind}:"):
        raise ValueError(
            f"image_store {store}: only data {kind}:<path> has image files; data is {data!r}: "
            "choose image_store memory"
        )
