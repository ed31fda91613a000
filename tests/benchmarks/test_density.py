"""The density of code is counted as its page says."""

from benchmarks.density import Density, of_text

TEXT = '''"""A docstring is one token."""

# a comment is none
squares = [number * number for number in range(3)]


def short():
    return squares
'''


def test_tokens_are_counted_by_lines_that_are_not_blank():
    density = of_text(TEXT, "example.py")
    assert density.filled_lines == 5
    assert density.tokens == 1 + 14 + 5 + 2


def test_comprehensions_are_counted():
    assert of_text(TEXT, "example.py").comprehensions == 1


def test_a_function_of_more_than_fifty_lines_is_named():
    long = "def long():\n" + "    x = 1\n" * 50
    assert of_text(long, "example.py").long_functions == (
        "example.py:1 long (51 lines)",
    )
    assert (
        of_text(long.replace("x = 1", "pass", 1)[:-10], "example.py").long_functions
        == ()
    )


def test_a_line_of_more_than_a_hundred_columns_is_long():
    assert of_text("x = '" + "a" * 100 + "'\n", "example.py").long_lines == 1


def test_files_add_up():
    whole = of_text(TEXT, "a.py") + of_text(TEXT, "b.py")
    assert whole.tokens == 2 * of_text(TEXT, "a.py").tokens
    assert Density().tokens_a_line == 0
