from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import tensorflow as tf

from tfcnn.errors import InputError
from tfcnn.runs import checkpoints
from tfcnn.runs.progress import Progress
from tfcnn.training.optimizers import Momentum

PROGRESS = Progress(step=42, images=64, loss=1 / 3, correct=60)


@pytest.fixture
def state(small_network):
    optimizer = Momentum(small_network.weights)
    for index, slot in enumerate(optimizer.slots.values()):
        slot.assign(tf.fill(slot.shape, index + 0.5))
    return tf.train.Checkpoint(network=small_network, optimizer=optimizer)


def all_values(state):
    network, slots = state.network, state.optimizer.slots
    return {p: v.numpy() for p, v in {**network.weights, **network.state, **slots}.items()}


def wipe(state):
    network, slots = state.network, state.optimizer.slots
    for variable in {**network.weights, **network.state, **slots}.values():
        variable.assign(tf.fill(variable.shape, -7.0))


def test_restoring_brings_back_every_variable_and_the_progress(tmp_path, state):
    before = all_values(state)
    path = checkpoints.save(tmp_path / "checkpoints", state, PROGRESS)
    assert path == tmp_path / "checkpoints" / "step-00000042"
    wipe(state)
    assert checkpoints.restore(path, state) == PROGRESS
    after = all_values(state)
    assert len(before) == 4 + 2 + 4
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)


def test_checkpoints_are_found_oldest_first(tmp_path, state):
    for step in (100_000_000, 99_999_999, 3):
        checkpoints.save(tmp_path, state, Progress(step=step))
    (tmp_path / ".partial-step-00000099").mkdir()
    (tmp_path / "step-7").mkdir()
    (tmp_path / "notes.txt").touch()
    steps = ["step-00000003", "step-99999999", "step-100000000"]
    assert [path.name for path in checkpoints.find(tmp_path)] == steps
    assert checkpoints.find(tmp_path / "nowhere") == []


def test_saving_a_step_again_replaces_it_and_a_crash_is_not_in_the_way(tmp_path, state):
    checkpoints.save(tmp_path, state, PROGRESS)
    (tmp_path / ".partial-step-00000042").mkdir()
    (tmp_path / ".partial-step-00000042" / "rubbish").touch()
    wipe(state)
    path = checkpoints.save(tmp_path, state, PROGRESS)
    assert "rubbish" not in {file.name for file in path.iterdir()}
    checkpoints.prune(tmp_path, 1, set())
    assert list(tmp_path.iterdir()) == [path]
    checkpoints.restore(path, state)
    assert np.all(all_values(state)["dense1/bias"] == -7)


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["progress.json", "state.index", "state.data-00000-of-00001"])
@pytest.mark.parametrize("harm", [flip_a_bit, lambda path: path.unlink()], ids=["bit", "missing"])
def test_a_damaged_file_is_named(tmp_path, state, name, harm):
    path = checkpoints.save(tmp_path, state, PROGRESS)
    harm(path / name)
    wipe(state)
    with pytest.raises(InputError) as caught:
        checkpoints.restore(path, state)
    assert str(caught.value).startswith(f"{path / name}: expected ")
    assert "\n" not in str(caught.value)
    assert np.all(all_values(state)["dense1/bias"] == -7)  # Nothing was read.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON"),
        ("[]", "expected a JSON object"),
        ("{}", "expected the files' SHA-256"),
        ('{"files": {}}', "expected the files' SHA-256"),
        ('{"files": {"../../passwd": "00"}}', r"expected names of files, found '../../passwd'"),
        ('{"files": {"passwd": "00"}}', "/passwd: expected a file of a checkpoint, found no such"),
        ('{"files": {"a\\nb": "00"}}', r"expected names of files, found 'a\\nb'"),
        ('{"files": {"": "00"}}', "expected names of files, found ''"),
    ],
)
def test_a_wrong_manifest_is_refused(tmp_path, state, text, message):
    path = checkpoints.save(tmp_path, state, PROGRESS)
    (path / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        checkpoints.restore(path, state)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_tensorflow_could_read_has_a_checksum(tmp_path, state):
    path = checkpoints.save(tmp_path, state, PROGRESS)
    (path / "state.data-00001-of-00002").write_bytes(b"")
    with pytest.raises(InputError, match=r"00002: expected its SHA-256 in manifest.json, found"):
        checkpoints.restore(path, state)


def rewrite_progress(path, progress):
    """As somebody would who also corrects the checksum."""
    (path / "progress.json").write_text(json.dumps(progress))
    manifest = json.loads((path / "manifest.json").read_text())
    digest = hashlib.sha256((path / "progress.json").read_bytes()).hexdigest()
    manifest["files"]["progress.json"] = digest
    (path / "manifest.json").write_text(json.dumps(manifest))


def test_wrong_progress_is_refused(tmp_path, state):
    path = checkpoints.save(tmp_path, state, PROGRESS)
    progress = json.loads((path / "progress.json").read_text()) | {"step": "42"}
    rewrite_progress(path, progress)
    with pytest.raises(InputError, match=r"progress\.json: step: expected a number, found '42'"):
        checkpoints.restore(path, state)
    rewrite_progress(path, progress | {"step": 43})
    with pytest.raises(InputError, match=r"step-00000042: expected step 43 in the folder's name"):
        checkpoints.restore(path, state)


def test_another_networks_state_is_refused_in_one_line(tmp_path, state, small_network):
    less = tf.train.Checkpoint(network=small_network)
    path = checkpoints.save(tmp_path, less, PROGRESS)
    with pytest.raises(InputError) as caught:
        checkpoints.restore(path, state)
    assert str(caught.value).startswith(f"{path}: expected this network's state, found ")
    assert "\n" not in str(caught.value)
