"""What one more trial costs in a study of some size."""

from benchmarks import growth


def test_the_sampler_takes_a_part_of_what_a_trial_costs():
    whole, of_the_sampler = growth.measure(100, "tpe", "none", trials=3)
    assert 0 < of_the_sampler < whole
