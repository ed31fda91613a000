"""Hashes of checkpoints packed to 40 bytes each read as the mapping they were made of."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.checkpoint_hashes import Hashes, packed

digests = st.binary(max_size=8).map(lambda data: hashlib.sha256(data).hexdigest())


@given(st.dictionaries(st.integers(0, 2**40), digests, min_size=1, max_size=6))
def test_packed_hashes_are_the_mapping_in_its_order(hashes):
    found = packed(hashes)
    assert isinstance(found, Hashes)
    assert list(found.items()) == list(hashes.items())
    assert found == hashes
    assert repr(found) == repr(hashes)
    epochs, bytes_of_all = found.to_bytes()
    assert (len(epochs), len(bytes_of_all)) == (8 * len(hashes), 32 * len(hashes))


@pytest.mark.parametrize("odd", ["", "ab", "A" * 64, "g" * 64, "0" * 63])
def test_what_is_no_sha_256_in_lower_case_stays_as_it_is(odd):
    hashes = {0: "0" * 64, 1: odd}
    assert packed(hashes) is hashes


def test_an_epoch_without_a_hash_is_a_key_error():
    with pytest.raises(KeyError, match="7"):
        packed({0: "0" * 64})[7]
