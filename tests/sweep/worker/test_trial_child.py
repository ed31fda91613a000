"""What a new process does to become one trial: it parts from its template and prints to
its file."""

from tests.sweep.worker.heard import messages


def test_what_the_import_printed_stands_in_the_output_of_the_first_trial_alone(
    begin, tmp_path
):
    own = tmp_path / "own.py"
    own.write_text("print('imported')\n" + own.read_text())
    for number in range(2):
        assert messages(begin("good"))[-1].kind == "end"
        output = (tmp_path / f"trial{number}" / "output.txt").read_text()
        assert output == "--- attempt 1\n" + ("imported\n" if number == 0 else "")


def test_a_trial_leads_a_session_of_its_own_under_its_own_name(begin, tmp_path):
    heard = messages(begin("says_who_it_is"))
    assert heard[-1].kind == "end", heard[-1].failure
    assert (tmp_path / "trial0" / "who").read_text() == "trial-0 leads: True"


def test_ctrl_c_and_the_environment_are_as_in_a_script_of_ones_own(
    begin, tmp_path, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    heard = messages(begin("says_what_it_has"))
    assert heard[-1].kind == "end", heard[-1].failure
    assert (tmp_path / "trial0" / "has").read_text() == "3 True []"
