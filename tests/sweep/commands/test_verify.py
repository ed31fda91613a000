"""`sweep verify`: exit code 0 when all is as it was, 1 with what is not."""

from tests.sweep.commands.invoking import sweep


def test_a_study_as_it_was_left_is_sound(finished):
    code, printed = sweep("verify", "tiny")
    assert code == 0
    assert "every checksum and number right" in printed


def test_an_altered_table_is_found(finished):
    table = finished / "report" / "ablation.csv"
    altered = table.read_text(encoding="utf-8").replace("strong", "stronger")
    table.write_text(altered, encoding="utf-8")
    code, printed = sweep("verify", "tiny")
    assert code == 1
    assert "stronger" in printed
