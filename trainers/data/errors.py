"""What is wrong with a data set: found before training starts, named with its path and the layout that is expected."""

from __future__ import annotations


class DataMissing(FileNotFoundError):
    """A data set, or a file of it, is not where the configuration says; the message gives the expected layout."""


class DataCorrupt(ValueError):
    """A data set is there but is not what its layout promises; the message names the file and what is wrong."""
