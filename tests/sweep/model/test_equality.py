"""Values compare as a trainer sees them."""

from sweep.model import equality


def test_one_and_one_point_zero_are_the_same_and_true_is_not_one():
    assert equality.same(1, 1.0)
    assert not equality.same(1, True)
    assert equality.same([1, {"a": 2}], (1.0, {"a": 2.0}))
    assert not equality.same([1], [1, 2])
    assert not equality.same({"a": 1}, {"a": True})
