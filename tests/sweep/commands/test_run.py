"""`sweep run`: from a study file to tables, and the exit codes on the way."""

from pathlib import Path

from tests.sweep.commands.conftest import TRAINER
from tests.sweep.commands.invoking import run_to_the_end, sweep


def trials():
    return sorted(Path("results/tiny/trials").iterdir())


def test_it_ends_with_the_ablation_table_and_the_paths_it_wrote(study_file):
    code, printed = run_to_the_end()
    assert code == 0
    assert "strong" in printed
    assert "baseline" in printed
    assert "results/tiny/report" in printed
    assert Path("results/tiny/report/report.md").is_file()


def test_every_trial_leaves_its_folder(finished):
    assert len(trials()) == 4 + 2 * 3
    for folder in trials():
        files = {path.name for path in folder.iterdir()}
        assert files >= {"config.json", "command.txt", "history.jsonl"}


def test_a_second_run_is_refused_and_says_how_to_go_on(finished):
    code, message = run_to_the_end()
    assert code == 3
    assert "sweep resume" in message


def test_one_line_starts_a_study_or_goes_on_with_it(study_file):
    line = ("run", "tiny.yaml", "--engine", "serial", "--resume")
    assert sweep(*line)[0] == 0
    before = len(trials())
    assert sweep(*line)[0] == 0
    assert len(trials()) == before


def test_a_profile_and_a_value_on_the_command_line_change_the_study(study_file):
    chosen = (
        "--profile",
        "quick",
        "--set",
        "ablation.seeds=[5]",
        "--results",
        "elsewhere",
    )
    assert sweep("run", "tiny.yaml", "--engine", "serial", *chosen)[0] == 0
    folders = list(Path("elsewhere/tiny/trials").iterdir())
    assert len(folders) == 2 + 2 * 1
    for folder in folders:
        assert (
            len((folder / "history.jsonl").read_text(encoding="utf-8").splitlines())
            == 1
        )


def test_failed_trials_end_with_1_and_are_no_results(study_file):
    broken = TRAINER.replace(
        "score = ", "score = 1 / 0 if config['strength'] > 0.7 else "
    )
    Path("trainer.py").write_text(broken, encoding="utf-8")
    code, printed = run_to_the_end()
    assert code == 1
    assert "ZeroDivisionError" in printed
    assert "trials failed" in printed


def test_an_unknown_engine_is_a_usage_error(study_file):
    code, message = sweep("run", "tiny.yaml", "--engine", "slurm")
    assert code == 2
    assert "serial" in message
