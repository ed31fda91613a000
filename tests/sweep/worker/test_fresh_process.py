"""A new interpreter for one trial: it finds what `python train.py` would find, and no more."""

import os
import subprocess
import sys

from sweep.worker.fresh_process import interpreter

ASKED = """
import sys

def tell(number):
    print(number, sys.path)
"""


def test_it_calls_the_function_and_its_path_is_that_of_any_other_interpreter(tmp_path):
    (tmp_path / "asked.py").write_text(ASKED)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    plain = [sys.executable, "-P", "-c", "import sys; print(7, sys.path)"]
    said = [
        subprocess.check_output(line, text=True, cwd=tmp_path, env=environment)
        for line in (interpreter("asked", "tell", 7), plain)
    ]
    assert said[0] == said[1]
