"""JSON with comments."""

import pytest

from sweep.spec.json_file import NotJson, parse


@pytest.mark.parametrize(
    "text, wanted",
    [
        ('{"a": 1}', {"a": 1}),
        ('// first\n{"a": 1, // why\n "b": 2}', {"a": 1, "b": 2}),
        ('{"url": "https://x.y//z"} // end', {"url": "https://x.y//z"}),
        ('["a\\"//b"]', ['a"//b']),
    ],
)
def test_comments_are_left_out_and_texts_are_kept(text, wanted):
    assert parse(text) == wanted


def test_invalid_json_is_refused_with_its_line():
    with pytest.raises(NotJson, match=r"configs\.json:2: is not JSON"):
        parse("[1,\n}", "configs.json")


def test_block_comments_and_trailing_commas_are_ignored_outside_strings():
    text = '[{"a": "x, ]", /* one\ntwo */ "b": [1, 2,],},] // end'
    assert parse(text) == [{"a": "x, ]", "b": [1, 2]}]


def test_lines_behind_a_block_comment_keep_their_numbers():
    with pytest.raises(NotJson, match=":3: is not JSON"):
        parse("/* one\ntwo */\n{oops}")
