"""Where a study may run: an address and a storage are looked at before anything is written."""

import pytest

from sweep.errors import UnknownName, UsageError
from sweep.session.run_target import check, head


def test_an_unknown_engine_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"did you mean 'serial'\?"):
        check("seriall", None, None)


def test_ray_client_is_refused_with_what_to_do_instead():
    with pytest.raises(UsageError) as refused:
        check("ray", "ray://head:10001", None)
    assert "ray start --address=head:6379 --num-cpus=0" in str(refused.value)
    assert "ray job submit --address http://head:8265" in str(refused.value)


@pytest.mark.parametrize(
    "address", ["http://head:8265", "head:port", ":6379", "head:0", "head:99999", ""]
)
def test_an_invalid_address_is_refused_with_an_example(address):
    with pytest.raises(UsageError, match=r"10\.0\.0\.5:6379"):
        check("ray", address, None)


def test_the_serial_engine_refuses_an_address():
    with pytest.raises(UsageError, match="leave out one of them"):
        check("serial", "auto", None)


@pytest.mark.parametrize(
    "address", ["10.0.0.5", "10.0.0.5:7000", "[fe80::1]:6379", "localhost"]
)
def test_a_port_may_be_left_out(address):
    host = address.removesuffix(":7000").removesuffix(":6379").strip("[]")
    assert head(address) == (host, 7000 if "7000" in address else 6379)


def test_the_cluster_that_this_machine_is_a_node_of_needs_no_host():
    assert head("auto") is None


@pytest.mark.parametrize(
    "storage, why",
    [
        ("memory://runs", "in this process's memory"),
        ("nowhere://runs", "another protocol"),
    ],
)
def test_a_storage_that_workers_cannot_reach_is_refused(storage, why):
    with pytest.raises(UsageError, match=why):
        check("ray", None, storage)


def test_valid_addresses_and_storages_are_accepted(tmp_path):
    check("ray", None, None)
    check("ray", "head:6379", str(tmp_path))
    check("serial", None, str(tmp_path))
