"""The keys of `report` that lay pages out: what they may be, and what refuses the rest."""

import pytest

from sweep.report.columns import COLUMNS
from sweep.spec import ReportSpec
from sweep.spec.page_settings import COLUMN_NAMES, PROFILES, decimals


def test_the_groups_of_columns_are_those_of_the_table_in_its_order():
    assert tuple(COLUMNS) == COLUMN_NAMES


@pytest.mark.parametrize("profile", PROFILES)
def test_a_page_profile_sets_keys_of_the_study_file(profile):
    keys = {
        key: value for key, value in PROFILES[profile].items() if key != "only_compared"
    }
    assert ReportSpec.model_validate(keys)


@pytest.mark.parametrize("value", [3, 0, {"test/f1": 3}, None])
def test_decimals_are_one_number_or_one_for_each_metric(value):
    assert decimals(value) == value


@pytest.mark.parametrize(
    "value", [-1, 11, True, "3", 2.0, {"test/f1": "3"}, ["test/f1"]]
)
def test_invalid_decimals_are_refused_with_what_is_allowed(value):
    with pytest.raises(ValueError, match="neither a number of decimals from 0 to 10"):
        decimals(value)
