"""What every reader says of itself."""

import pytest

from sweep.imported.readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_a_reader_says_its_format_in_words_and_recognises_no_empty_folder(
    name, tmp_path
):
    reader = READERS[name]
    assert reader.text
    assert not reader.recognises(tmp_path)
    assert not reader.recognises(tmp_path / "gone")
