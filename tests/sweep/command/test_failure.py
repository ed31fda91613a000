"""Why a program failed, read from the end of its output."""

import pytest

from sweep.command.failure import plain_lines, reason

TRACE = """\
epoch 1
Traceback (most recent call last):
  File "train.py", line 3, in <module>
    fit()
  File "train.py", line 2, in fit
    raise ValueError("no data")
ValueError: no data
"""
FOOTER = (
    "wandb: \nwandb: 🚀 View run x at: https://…\nwandb: Find logs at: wandb/run/logs\n"
)


@pytest.mark.parametrize(
    "output, why",
    [
        (TRACE, "ValueError: no data"),
        (TRACE + FOOTER, "ValueError: no data"),
        (TRACE.replace("ValueError: no", "\x1b[31mValueError\x1b[0m: no"), "ValueError: no data"),
        (TRACE + TRACE.replace("no data", "no memory"), "ValueError: no memory"),
        ("omegaconf.errors.ConfigKeyError: no lr\n" + FOOTER, "omegaconf.errors.ConfigKeyError: no lr"),
        ("usage: t.py\nt.py: error: unrecognized --x\n", "usage: t.py | t.py: error: unrecognized --x"),
        (FOOTER, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_exceptions_line_is_the_reason_else_the_last_lines(output, why):
    assert reason(plain_lines(output)) == why
