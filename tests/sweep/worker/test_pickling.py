"""A state written the short way is read by torch as if torch had written it: same
tensors, sharing and all the rest."""

import io
import zipfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.worker import pickling

DTYPES = [
    *(
        torch.float64,
        torch.float32,
        torch.float16,
        torch.bfloat16,
        torch.complex64,
        torch.complex128,
    ),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    *(
        torch.uint16,
        torch.uint32,
        torch.uint64,
        torch.float8_e4m3fn,
    ),  # which torch describes in another way
]


def through(state, save=pickling.save):
    file = io.BytesIO()
    save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def raw(tensor):
    """The tensor's bytes, since NaN is not equal to itself and some types know no equality."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).tolist()


def same(found, wanted):
    if not isinstance(wanted, torch.Tensor):
        children = wanted if isinstance(wanted, list | tuple) else ()
        if isinstance(wanted, dict):
            assert list(found) == list(wanted)
            return all(same(found[key], wanted[key]) for key in wanted)
        if children:
            return len(found) == len(wanted) and all(map(same, found, wanted))
        return type(found) is type(wanted) and found == wanted
    assert (
        type(found),
        found.dtype,
        found.shape,
        found.stride(),
        found.storage_offset(),
        found.requires_grad,
    ) == (
        *(
            type(wanted),
            wanted.dtype,
            wanted.shape,
            wanted.stride(),
            wanted.storage_offset(),
            wanted.requires_grad,
        ),
    )
    return raw(found) == raw(wanted)


@st.composite
def tensors(draw):
    dtype = draw(st.sampled_from(DTYPES))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))  # 0-d and empty ones too
    seed = draw(st.integers(0, 2**16))
    count = torch.Size([4, *shape]).numel() * dtype.itemsize
    drawn = torch.randint(
        0,
        256,
        (count,),
        dtype=torch.uint8,
        generator=torch.Generator().manual_seed(seed),
    )
    whole = (drawn % 2 if dtype is torch.bool else drawn).view(dtype).reshape(4, *shape)
    piece = draw(
        st.sampled_from(
            [
                lambda t: t[0],
                lambda t: t[1],
                lambda t: t.transpose(0, -1),
                lambda t: t[::2],
            ]
        )
    )
    return piece(whole)


LEAVES = (
    tensors()
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
)
STATES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)


@given(STATES)
@settings(deadline=None, max_examples=150)
def test_every_state_comes_back_as_it_was(state):
    assert same(through(state), state)


@given(tensors())
@settings(deadline=None, max_examples=50)
def test_a_tensor_comes_back_as_from_a_file_that_torch_alone_wrote(tensor):
    assert same(through(tensor), through(tensor, torch.save))


def test_tensors_that_share_their_memory_are_written_once_and_share_it_again():
    weight = torch.arange(5000.0)
    state = {
        "tied": weight,
        "again": weight,
        "row": weight.view(50, 100)[3],
        "columns": weight.view(50, 100).t(),
    }
    file = io.BytesIO()
    pickling.save(state, file)
    assert file.tell() < 1.5 * weight.nbytes
    found = through(state)
    found["tied"].zero_()
    assert not any(tensor.any() for tensor in found.values())


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.eye(3).to_sparse_csr(),
        lambda: torch.quantize_per_tensor(torch.rand(4), 0.1, 3, torch.qint8),
    ],
    ids=["sparse", "compressed", "quantised"],
)
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
@pytest.mark.filterwarnings(
    "ignore:TypedStorage is deprecated"
)  # torch, of what torch reads
def test_sparse_and_quantised_tensors_are_saved_by_torch(make):
    tensor = make()
    found = through([tensor])[0]
    assert (found.layout, found.dtype) == (tensor.layout, tensor.dtype)
    whole = [
        t.dequantize() if t.is_quantized else t.to_dense() for t in (found, tensor)
    ]
    assert torch.equal(*whole)


def test_attributes_of_special_tensors_are_restored():
    parameter = torch.nn.Parameter(torch.rand(2))
    leaf = torch.rand(2, requires_grad=True)
    conjugated = torch.rand(2, dtype=torch.complex64).conj()
    negative = torch.rand(2, dtype=torch.complex64).conj().imag
    assert negative.is_neg()
    assert conjugated.is_conj()
    found = through([parameter, leaf, conjugated, negative])
    assert isinstance(found[0], torch.nn.Parameter)
    assert found[1].requires_grad
    assert all(map(torch.equal, found, [parameter, leaf, conjugated, negative]))


def test_an_optimizer_that_reads_its_state_back_steps_to_the_same_bits():
    def make():
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.BatchNorm1d(5))
        return model, torch.optim.AdamW(model.parameters(), fused=True)

    def step(model, optimizer):
        optimizer.zero_grad()
        model(torch.linspace(-1, 1, 21).view(3, 7)).square().sum().backward()
        optimizer.step()

    model, optimizer = make()
    step(model, optimizer)
    other, its = make()
    saved = through({"model": model.state_dict(), "optimizer": optimizer.state_dict()})
    other.load_state_dict(saved["model"]), its.load_state_dict(saved["optimizer"])
    for _ in range(3):
        step(model, optimizer), step(other, its)
    assert all(
        map(torch.equal, model.state_dict().values(), other.state_dict().values())
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_tensors_of_a_gpu_are_read_on_a_cpu_and_on_the_gpu():
    state = {"weight": torch.rand(3, 4, device="cuda").t(), "step": torch.tensor(3.0)}
    file = io.BytesIO()
    pickling.save(state, file)
    for place in ("cpu", None):
        file.seek(0)
        found = torch.load(file, map_location=place, weights_only=True)
        assert torch.equal(found["weight"].cpu(), state["weight"].cpu())
        assert found["weight"].device.type == (place or "cuda")


def test_the_file_is_a_whole_zip_archive_as_torch_writes_it():
    file = io.BytesIO()
    pickling.save({"a": torch.rand(3)}, file)
    assert zipfile.ZipFile(file).testzip() is None
