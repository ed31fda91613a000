"""`sweep verify`: exit code 0 when all is as it was, 1 with what is not."""

from sweep import study
from tests.sweep.commands.invoking import sweep


def test_a_study_as_it_was_left_is_sound(finished):
    code, printed = sweep("verify", "tiny")
    assert code == 0
    assert "all checksums and numbers correct" in printed


def test_an_altered_table_is_found(finished):
    table = finished / "report" / "ablation.csv"
    altered = table.read_text(encoding="utf-8").replace("strong", "stronger")
    table.write_text(altered, encoding="utf-8")
    code, printed = sweep("verify", "tiny")
    assert code == 1
    assert "stronger" in printed


LAYOUT = """
report:
  metrics: [test/score]
  columns: [metrics, change, runs]
  names: {test/score: "Score", strong: "Strong"}
  notes: separate
  pages: one_column
"""


def test_a_report_with_a_layout_of_its_own_is_made_again_to_the_byte(study_file):
    text = study_file.read_text(encoding="utf-8")
    study_file.write_text(
        text.replace("report: {metrics: [test/score]}", LAYOUT), encoding="utf-8"
    )
    study.run("tiny.yaml", engine="serial", listen=lambda history, event: None)
    for options in ((), ("--profile", "paper")):
        code, printed = sweep("report", "tiny", "--no-figures", *options)
        assert code == 0, printed
        assert "Strong" in printed
        code, printed = sweep("verify", "tiny")
        assert code == 0, printed
        assert "files of the report" in printed
