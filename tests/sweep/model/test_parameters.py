"""A parameter exists under any condition unless it names one."""

from sweep.model.domains import Constant
from sweep.model.parameters import Parameter


def test_a_parameter_has_no_condition_and_no_task_values_unless_given():
    parameter = Parameter("epochs", Constant(20), "fixed")
    assert parameter.when == {}
    assert parameter.task_values == {}
