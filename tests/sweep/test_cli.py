"""The command line as a newcomer meets it: help, version, exit codes, messages."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

import sweep as package
from sweep import cli, errors
from sweep.commands import COMMANDS
from tests.sweep.commands.invoking import sweep


class TestHelp:
    def test_they_are_listed_in_its_order(self):
        listed = sweep("--help")[1].partition("Commands:")[2].split("\n")
        assert [line.split()[0] for line in listed if line.strip()] == list(COMMANDS)

    def test_the_version_is_the_packages(self):
        assert sweep("--version") == (0, f"sweep {package.__version__}\n")

    def test_help_answers_at_once(self):
        """Under 0.5 s on an idle machine; on a busy one, against starting Python itself."""

        def fastest(*arguments):
            seconds = []
            for _ in range(5):
                began = time.perf_counter()
                subprocess.run(
                    [sys.executable, *arguments], capture_output=True, check=True
                )
                seconds.append(time.perf_counter() - began)
            return min(seconds)

        bare = fastest("-c", "import asyncio, json, decimal")
        assert fastest("-m", "sweep.cli", "--help") < max(0.5, 6 * bare)


class TestLoading:
    """A command loads what it needs: each of these takes longer than all of the rest."""

    NOT_NEEDED = (
        "matplotlib",
        "optuna",
        "pandas",
        "ray",
        "scipy.stats",
        "sklearn",
        "torch",
    )

    @pytest.mark.parametrize("words", [["check", "study.yaml"], ["status"]])
    def test_a_command_that_only_reads_loads_no_library_of_reports(self, home, words):
        program = (
            "import sys; from sweep import cli\n"
            f"sys.argv = {['sweep', *words]!r}\n"
            "try: cli.main()\n"
            f"finally: print('loaded:', sorted(set({self.NOT_NEEDED!r}) & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=home, capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == "loaded: []", done.stderr

    @pytest.mark.parametrize(
        "modules, not_needed",
        [
            (
                # what `sweep run` imports before Ray starts
                "sweep.commands.live, sweep.study, sweep.starting",
                ("pandas", "sweep.report", "scipy.special", "scipy.optimize"),
            ),
            # what each worker starts for its trials
            ("sweep.worker.template_process", ("numpy", "scipy", "sweep.spec")),
        ],
    )
    def test_a_run_loads_nothing_that_its_first_trial_would_wait_for(
        self, modules, not_needed
    ):
        program = (
            f"import sys, {modules}\n"
            f"print(sorted(set({not_needed!r}) & set(sys.modules)))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True
        )
        assert done.stdout.split() == ["[]"], done.stderr

    def test_no_garbage_is_looked_for_when_a_command_has_ended(self):
        """Python does that at its end, which takes 0.4 s after a run."""
        program = (
            "import atexit, gc, sys; from sweep import cli\n"
            "atexit.register(lambda: print(gc.get_freeze_count() > 1000))\n"
            "sys.argv = ['sweep', '--version']; cli.main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True
        )
        assert done.stdout.splitlines()[-1] == "True", done.stderr


class TestErrors:
    @pytest.fixture
    def ended(self, monkeypatch, capsys):
        """`ended(error)`: exit code and standard error of a command that raises it."""

        def run(error):
            def fail():
                raise error

            monkeypatch.setattr(cli, "app", fail)
            with pytest.raises(SystemExit) as end:
                cli.main()
            return end.value.code, capsys.readouterr().err

        return run

    @pytest.mark.parametrize(
        ("error", "code"),
        [
            (errors.UsageError("no"), 2),
            (errors.StudyLocked("no"), 3),
            (errors.CannotWrite("no"), 4),
        ],
    )
    def test_an_error_ends_with_its_exit_code_and_the_tools_name(
        self, ended, error, code
    ):
        assert ended(error) == (code, "sweep: no\n")

    def test_a_pipe_that_was_closed_is_no_error(self, ended):
        assert ended(BrokenPipeError()) == (0, "")

    def test_any_other_error_is_not_hidden(self, ended):
        with pytest.raises(ZeroDivisionError):
            ended(ZeroDivisionError())


class TestBadInput:
    MISTAKES = """
trainer: clip
metric: {name: val/balanced_acuracy, goal: maximize}
parameters:
  epochs: 3
  epochs: 4
  loss_type: {values: [standard, focl]}
  focal_gamma: {min: 4.0, max: 0.5, when: {loss_typ: focal}}
  learning_rate: {min: 1e-3, max: 1e-2, role: nuisanse}
searhc: {method: tpe}
search: {method: tpe, trials: many}
"""

    def test_all_mistakes_are_listed_at_once_with_file_line_and_nearest_name(
        self, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        Path("bad.yaml").write_text(self.MISTAKES, encoding="utf-8")
        code, message = sweep("run", "bad.yaml")
        assert code == 2
        for line, words in [
            (3, "val/balanced_accuracy"),
            (6, "epochs"),
            (7, "focal"),
            (8, "loss_type"),
            (9, "nuisance"),
            (10, "search"),
            (11, "many"),
        ]:
            mentions = [
                text
                for text in message.split("bad.yaml:")
                if text.startswith(f"{line}:")
            ]
            assert any(words in text for text in mentions), (
                f"line {line} should mention {words!r}:\n{message}"
            )

    def test_nothing_is_written(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("bad.yaml").write_text(self.MISTAKES, encoding="utf-8")
        sweep("run", "bad.yaml")
        assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]

    def test_file_and_line_stand_first_where_editors_look_for_them(self, tmp_path):
        (tmp_path / "bad.yaml").write_text(self.MISTAKES, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "sweep", "check", "bad.yaml"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith("bad.yaml:3: ")
