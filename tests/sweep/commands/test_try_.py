"""`sweep try`: one trial in this process."""

from pathlib import Path

from tests.sweep.commands.invoking import sweep


def test_a_study_file_gives_its_baseline(study_file):
    code, printed = sweep("try", "tiny.yaml")
    assert code == 0
    first, *epochs = printed.strip().splitlines()
    assert (
        first == "trainer.py:train, seed 0: epochs=4, strength=0.2"
        or "strength=0.2" in first
    )
    assert len(epochs) == 4
    assert not Path("results").exists()


def test_a_seed_and_a_value_on_the_command_line_are_taken(study_file):
    _, printed = sweep("try", "tiny.yaml", "--seed", 7, "--set", "epochs=2")
    first, *epochs = printed.strip().splitlines()
    assert "seed 7" in first
    assert len(epochs) == 2


def test_files_are_kept_where_a_folder_is_named(study_file):
    assert sweep("try", "tiny.yaml", "--folder", "kept")[0] == 0
    assert (Path("kept") / "history.jsonl").is_file()


def test_it_repeats_a_trial_of_a_study(finished):
    _, shown = sweep("show", "tiny", 5)
    line = next(line for line in shown.splitlines() if "sweep try" in line)
    config = line.rpartition(" ")[2]
    code, alone = sweep("try", config)
    assert code == 0
    last = alone.strip().splitlines()[-1].split("val/score ")[1].split()[0]
    history = Path(config).with_name("history.jsonl").read_text(encoding="utf-8")
    assert f'"val/score":{last}'[:16] in history.splitlines()[-1]
