"""A small study that has ended, for the page."""

import pytest

from sweep.study import Study


@pytest.fixture
def finished(bench, workers):
    """A study with a search, run in this process."""
    done = bench()
    done.run(workers())
    return Study(done.folder)
