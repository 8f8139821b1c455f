"""Strangers' files of HDF5: nothing outside them is read, no more memory taken than is needed."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from tfcnn.errors import InputError
from tfcnn.exchange import apart, import_weights, keras_files
from tfcnn.model import parse

SMALL = parse("flatten dense(2,act=linear)")
KERNEL, BIAS = np.ones((4, 2), np.float32), np.array([3, 4], np.float32)
PLACE = "layers/dense/vars"


def refusal(path):
    with pytest.raises(InputError) as caught:
        import_weights(path, SMALL, (2, 2, 1))
    assert len(str(caught.value).splitlines()) == 1
    start = f"weights: {path}: "
    assert str(caught.value).startswith(start)
    return str(caught.value).removeprefix(start)


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "net.h5"


def write(path, kernel=None):
    """A file whose kernel is put there by ``kernel``, called with its group."""
    with h5py.File(path, "w") as file:
        group = file.create_group(PLACE)
        group["1"] = BIAS
        (kernel or (lambda group: group.create_dataset("0", data=KERNEL)))(group)


def test_what_lies_in_the_file_is_read(path):
    write(path)
    tensors = import_weights(path, SMALL, (2, 2, 1)).network.tensors()
    np.testing.assert_array_equal(tensors["dense1/kernel"], KERNEL)
    np.testing.assert_array_equal(tensors["dense1/bias"], BIAS)


def in_another_file(group):
    beside = os.path.join(os.path.dirname(group.file.filename), "other.h5")  # noqa: PTH118, PTH120
    with h5py.File(beside, "w") as other:
        other["kernel"] = KERNEL
    return beside


def external_link(group):
    group["0"] = h5py.ExternalLink(in_another_file(group), "/kernel")


def soft_link(group):
    group.file["elsewhere"] = KERNEL
    group["0"] = h5py.SoftLink("/elsewhere")


def virtual(group):
    layout = h5py.VirtualLayout(KERNEL.shape, np.float32)
    layout[:] = h5py.VirtualSource(in_another_file(group), "kernel", KERNEL.shape)
    group.create_virtual_dataset("0", layout)


def raw_bytes_of_another_file(group):
    raw = f"{group.file.filename}.raw"
    KERNEL.tofile(raw)
    group.create_dataset("0", KERNEL.shape, np.float32, external=[(raw, 0, KERNEL.nbytes)])


def packed(group):
    group.create_dataset("0", data=KERNEL, compression="gzip")


def in_chunks(group):
    group.create_dataset("0", data=KERNEL, chunks=(2, 2))


@pytest.mark.parametrize(
    ("kernel", "said"),
    [
        (external_link, "a link to another place at 'layers/dense/vars/0'"),
        (soft_link, "a link to another place at 'layers/dense/vars/0'"),
        (virtual, "values that do not lie in the file as they are: "),
        (raw_bytes_of_another_file, "values that do not lie in the file as they are: "),
        (packed, "values that do not lie in the file as they are: "),
        (in_chunks, "values that do not lie in the file as they are: "),
    ],
)
def test_what_lies_elsewhere_is_refused(path, kernel, said):
    write(path, kernel)
    assert refusal(path).startswith(f"expected an h5 file of Keras, found {said}")


def test_links_in_the_older_kind_are_refused_too(path, tmp_path):
    write(tmp_path / "other.h5")
    for target in (h5py.ExternalLink(str(tmp_path / "other.h5"), "/"), h5py.SoftLink("/x")):
        with h5py.File(path, "w") as file:
            file["x/d"] = KERNEL
            file["model_weights"] = target
        assert "a link to another place at 'model_weights'" in refusal(path)
        with h5py.File(path, "w") as file:
            file["x/d"] = KERNEL
            file.attrs["layer_names"] = ["d"]
            file["d"] = target
        assert "a link to another place at 'd'" in refusal(path)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.array([b"a", b"b"]), "bytes8 (2,)"),
        (np.ones((4, 2), np.int32), "int32 (4, 2)"),
        (np.ones((4, 2), np.complex64), "complex64 (4, 2)"),
    ],
)
def test_other_types_are_not_read(path, values, found):
    write(path, lambda group: group.create_dataset("0", data=values))
    assert "expected a tensor for dense1/kernel" in refusal(path)


def test_objects_are_not_read(path):
    kind = h5py.vlen_dtype(np.float32)
    write(path, lambda group: group.create_dataset("0", (4, 2), kind))
    assert "expected a tensor for dense1/kernel" in refusal(path)


def test_values_that_were_never_written_are_not_zeros(path):
    write(path, lambda group: group.create_dataset("0", (4, 2), np.float32))
    assert refusal(path).endswith("vars/0': expected an array, found none of its values")


def test_groups_without_end_are_refused(path):
    write(path, lambda group: group.__setitem__("again", group.parent))
    assert "more than 10000 groups, or 16 in one another" in refusal(path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["d"] * 1001, "layer_names that is no list of at most 1000"),
        ("d", "layer_names that is no list of at most 1000"),
        ([1.0], "layer_names that holds no texts"),
        (["e"], "nothing at 'e'"),
        (["d"], "no weight_names"),
    ],
)
def test_lists_of_names_are_checked(path, names, said):
    with h5py.File(path, "w") as file:
        file.create_group("d")
        file.attrs["layer_names"] = names
    assert refusal(path) == f"expected an h5 file of Keras, found {said}"


def test_lists_of_names_in_pieces_are_bounded_too(path):
    with h5py.File(path, "w") as file:
        for piece in range(3):
            file.attrs[f"layer_names{piece}"] = ["d"] * 400
    assert refusal(path).endswith("found more than 1000 layer_names")


def test_names_in_pieces_are_read(path):
    """As Keras writes what is longer than an attribute may be."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names0"], file.attrs["layer_names1"] = ["flatten"], ["d"]
        file.create_group("flatten").attrs["weight_names"] = []
        group = file.create_group("d")
        group.attrs["weight_names0"], group.attrs["weight_names1"] = ["kernel"], ["bias"]
        group["kernel"], group["bias"] = KERNEL, BIAS
    assert set(import_weights(path, SMALL, (2, 2, 1)).names.values()) == {"d/kernel", "d/bias"}


@pytest.mark.parametrize("rows", [2**31, 2**50])
def test_a_size_that_is_only_said_takes_no_memory(path, rows):
    write(path, lambda group: group.create_dataset("0", (rows, 2), np.float32))
    tracemalloc.start()
    try:
        for read in (keras_files.read_h5, functools.partial(apart.read, ".h5")):
            assert read(path.read_bytes(), "f", 2**26).tensors[f"{PLACE}/0"].shape == (rows, 2)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    assert "expected a tensor for dense1/kernel of shape (4, 2)" in refusal(path)


def test_all_tensors_together_are_bounded(path):
    """Many names for the same bytes."""

    def kernel(group):
        group.create_dataset("0", data=KERNEL)
        for number in range(9):
            group.file[f"more/vars/{number}"] = group["0"]

    write(path, kernel)
    tensors = apart.read(".h5", path.read_bytes(), "f", 4 * KERNEL.nbytes).tensors
    refused = 0
    for tensor in tensors.values():
        try:
            tensor.read()
        except InputError as error:
            assert "expected smaller arrays, found more than" in str(error)
            refused += 1
    assert refused == 11 - 4


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "HDF5 ends with code -11"),
        ("import sys; sys.exit(1)", "HDF5 ends with code 1"),
        ("", "HDF5 ends with code 0"),
    ],
)
def test_a_file_at_which_hdf5_ends_is_refused(path, monkeypatch, program, said):
    write(path)
    run = subprocess.run
    command = [sys.executable, "-c", program]
    monkeypatch.setattr(subprocess, "run", lambda _, **options: run(command, **options))
    assert refusal(path) == f"expected a file of Keras, found one at which {said}"


def test_a_file_at_which_hdf5_does_not_end_is_refused(path, monkeypatch):
    write(path)

    def ends_never(command, **options):
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(subprocess, "run", ends_never)
    assert refusal(path).endswith("found one that takes more than 30 seconds")


@pytest.mark.parametrize("suffix", [".h5", ".keras", ".pth"])
def test_files_larger_than_any_network_of_these_layers_are_refused(tmp_path, suffix):
    path = tmp_path / f"net{suffix}"
    with path.open("wb") as file:
        file.truncate(2**40)
    assert refusal(path) == f"expected at most {2**26 + 32 * 12} bytes, found more"


def archive(path, config, weights):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("config.json", config)
        file.writestr("model.weights.h5", weights)
    return path


def described(*layers):
    configs = [{"class_name": "Any", "config": layer} for layer in layers]
    return json.dumps({"class_name": "Sequential", "config": {"name": "n", "layers": configs}})


def test_an_archive_unpacks_to_no_more_than_is_needed(path, tmp_path):
    write(path)
    whole, zeros = path.read_bytes(), bytes(2**27)
    said = f"expected a keras file, found more than {2**26 + 32 * 12} bytes in "
    kept = archive(tmp_path / "a.keras", described(), zeros)
    assert refusal(kept) == f"{said}model.weights.h5"
    kept = archive(tmp_path / "b.keras", zeros, whole)
    assert refusal(kept) == f"{said}config.json"
    good = archive(tmp_path / "c.keras", described(), whole)
    assert import_weights(good, SMALL, (2, 2, 1)).names["dense1/bias"] == f"{PLACE}/1"


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_channels_first_are_refused(path, tmp_path, suffix):
    write(path)
    config = described({"name": "c", "data_format": "channels_first"})
    if suffix == ".h5":
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = config
    else:
        path = archive(tmp_path / "net.keras", config, path.read_bytes())
    assert refusal(path).endswith(", found channels_first in 'c' instead of channels_last")


@pytest.mark.parametrize("config", ["", "[", "[]", "1", '{"config": 1}', "[" * 10**5, '{"a": NaN}'])
def test_a_description_of_any_kind_is_no_error_of_its_own(path, tmp_path, config):
    write(path)
    kept = archive(tmp_path / "net.keras", config, path.read_bytes())
    try:
        names = import_weights(kept, SMALL, (2, 2, 1)).names
    except InputError as error:
        assert str(error).startswith(f"weights: {kept}: expected a keras file, found ")
    else:
        assert names["dense1/kernel"] == f"{PLACE}/0"


def test_the_order_of_the_description_holds_where_the_numbers_say_nothing(path, tmp_path):
    """Two layers of one shape in groups of other names, in either order."""
    with h5py.File(path, "w") as file:
        for number, name in enumerate(("alpha", "beta")):
            group = file.create_group(f"layers/{name}/vars")
            group.attrs["name"] = f"own_{name}"
            group["0"], group["1"] = np.full((4, 4), number, np.float32), np.zeros(4, np.float32)
    text = "flatten dense(4) dense(4,act=linear)"
    for order in (("alpha", "beta"), ("beta", "alpha")):
        config = described(*({"name": f"own_{name}"} for name in order))
        kept = archive(tmp_path / "net.keras", config, path.read_bytes())
        names = import_weights(kept, parse(text), (2, 2, 1)).names
        assert [names[f"dense{i}/kernel"] for i in (1, 2)] == [f"layers/{n}/vars/0" for n in order]
    for config in (described(), described({"name": "own_alpha"}, {"name": "own_alpha"})):
        kept = archive(tmp_path / "net.keras", config, path.read_bytes())
        with pytest.raises(InputError, match="expected a name map that says which of dense1, dens"):
            import_weights(kept, parse(text), (2, 2, 1))


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_what_is_cut_off_is_refused(path, tmp_path, suffix):
    write(path)
    if suffix == ".keras":
        path = archive(tmp_path / "net.keras", described(), path.read_bytes())
    whole = path.read_bytes()
    read = {".h5": keras_files.read_h5, ".keras": keras_files.read_archive}[suffix]
    for length in range(0, len(whole), len(whole) // 40):
        with pytest.raises(InputError, match=r"^f: expected a[^\n]*$"):
            read(whole[:length], "f", 2**26)
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path).startswith("expected a")


def test_what_is_no_file_of_its_kind_is_refused(tmp_path):
    for suffix in (".h5", ".weights.h5", ".keras"):
        path = tmp_path / f"net{suffix}"
        assert refusal(path) == "expected a file, found no such file"
        path.mkdir()
        assert refusal(path).startswith("expected a file, found ")
        path.rmdir()
        path.write_bytes(b"no such thing")
        assert refusal(path).startswith("expected a")
        if suffix != ".keras":
            with h5py.File(path, "w") as file:
                file["a"] = KERNEL
            assert refusal(path).endswith("found neither layer_names nor vars")
