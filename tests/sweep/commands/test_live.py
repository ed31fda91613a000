"""A session that a command runs: its engine; what is printed at its end is in `test_run`."""

import pytest

from sweep.commands.arguments import Engine
from sweep.commands.live import run_live


@pytest.mark.parametrize(
    "engine, debug, name",
    [
        (Engine.RAY, False, "ray"),
        (Engine.SERIAL, False, "serial"),
        (Engine.RAY, True, "debug"),
    ],
)
def test_a_debugger_has_the_trainer_in_this_process_whatever_the_engine(
    engine, debug, name
):
    named = []

    def begin(engine_name, view):
        named.append(engine_name)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_live(begin, engine, debug=debug)
    assert named == [name]
