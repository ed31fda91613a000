"""`python -m sweep`, the same as `sweep`."""

import sys
from pathlib import Path

# `python -m` puts the working folder first on the path: a file of the user's there, `statistics.py`
# say, would be imported in place of a library that we use.
_HERE = Path.cwd()
_IS_OURS = Path(__file__).parents[1] == _HERE
if sys.path[0] in ("", str(_HERE)) and not sys.flags.safe_path and not _IS_OURS:
    del sys.path[0]

from sweep.cli import main  # noqa: E402  (not before)

if __name__ == "__main__":
    main()
