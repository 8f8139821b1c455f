"""A run goes on with the choices that it was begun with, or says which differ."""

from __future__ import annotations

import dataclasses
import json

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from tfcnn.errors import InputError
from tfcnn.model import Network, parse
from tfcnn.runs import Run
from tfcnn.runs.directory import describe_run
from tfcnn.runs.recorder import Recorder
from tfcnn.training import TrainConfig

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
NAMES = ("architecture", "input_shape", "dataset", "training", "name", "checksums", "epochs")


@pytest.mark.parametrize(
    ("choices", "difference"),
    [
        ({"learning_rate": 0.01}, "training.learning_rate=0.08, found 0.01"),
        ({"seed": 1}, "training.seed=0, found 1"),
        (
            {"optimizer": "adam"},
            "training.optimizer='momentum', found 'adam'; training.momentum=0.9, found None; "
            "training.nesterov=True, found None",
        ),
        (
            {"schedule": "constant"},
            "training.schedule='cosine', found 'constant'; "
            "training.end_learning_rate=0.0, found None",
        ),
        ({"epochs": 1}, "training.epochs=2, found 1"),
        ({"epochs": 3, "l2": 0.0}, "training.l2=0.0005, found 0.0"),
        ({"seed": 1, "l2": 0.0}, "training.l2=0.0005, found 0.0; training.seed=0, found 1"),
    ],
)
def test_a_changed_choice_is_refused_with_the_difference(
    tmp_path, recorder_of, choices, difference, refusal
):
    recorder_of(tmp_path).start("auto")
    before = (tmp_path / "config.json").read_bytes()
    assert refusal(recorder_of(tmp_path, **choices)) == (
        f"run_dir: {tmp_path} was begun with {difference}: use the same or another folder"
    )
    assert (tmp_path / "config.json").read_bytes() == before


def test_another_data_set_or_network_is_refused(tmp_path, recorder_of, refusal):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["dataset"]["checksums"]["train-labels-idx1-ubyte"] = "00"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "dataset.checksums.train-labels-idx1-ubyte='00', " in refusal(recorder_of(tmp_path))
    config["architecture"] = "flatten dense(10,act=linear)"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "architecture='flatten dense(10,act=linear)', " in refusal(recorder_of(tmp_path))


def test_epochs_may_grow(tmp_path, recorder_of):
    recorder_of(tmp_path).start("auto")
    recorder_of(tmp_path, epochs=7).start("auto")
    assert json.loads((tmp_path / "config.json").read_text())["training"]["epochs"] == 7


def test_a_config_that_is_not_ours_is_refused(tmp_path, recorder_of, refusal):
    for text in ("{", "[]", '{"training": {"epochs": "2"}}', '{"training": null}'):
        (tmp_path / "config.json").write_text(text)
        assert str(tmp_path) in refusal(recorder_of(tmp_path))


def test_epochs_of_another_type_are_refused(tmp_path, recorder_of, refusal):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["training"]["epochs"] = "2"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "was begun with training.epochs='2', found 3" in refusal(recorder_of(tmp_path, epochs=3))


def test_a_folder_of_ones_own_may_be_named_in_another_way(tmp_path, recorder_of, refusal):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    config["dataset"]["name"] = "idx:../elsewhere/digits"  # With the same checksums.
    (tmp_path / "config.json").write_text(json.dumps(config))
    recorder_of(tmp_path).start("auto")
    found = json.loads((tmp_path / "config.json").read_text())
    assert found["dataset"]["name"].startswith("idx:/")  # Where they are now.
    config["dataset"]["name"] = "mnist"
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert "was begun with dataset.name='mnist', found 'idx:" in refusal(recorder_of(tmp_path))


def test_a_strangers_config_cannot_flood_the_terminal(tmp_path, recorder_of, refusal):
    recorder_of(tmp_path).start("auto")
    config = json.loads((tmp_path / "config.json").read_text())
    nested = {}
    for _ in range(40):
        nested = {"n": nested, "x": 1}
    config |= {f"{'k' * 1000}{number}": "v" * 1000 for number in range(1000)} | {"deep": nested}
    (tmp_path / "config.json").write_text(json.dumps(config))
    message = refusal(recorder_of(tmp_path))
    assert message.endswith(" more: use the same or another folder")
    assert len(message) < 3000


@pytest.mark.fuzz
@given(st.data())
def test_any_config_is_read_or_refused_in_one_line(tmp_path_factory, sample, run_choices, data):
    run_dir = tmp_path_factory.mktemp("fuzz")
    network = Network(parse("flatten dense(10,act=linear)"), (28, 28, 1))
    description = describe_run(network, sample, dataclasses.asdict(TrainConfig(**run_choices)))
    if data.draw(st.booleans()):
        changed = json.loads(json.dumps(description))
        place = data.draw(st.sampled_from([changed, changed["dataset"], changed["training"]]))
        place[data.draw(st.sampled_from(NAMES) | st.text(max_size=9))] = data.draw(JSON)
        content = json.dumps(changed).encode()
    else:
        content = bytearray(json.dumps(description).encode())
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    (run_dir / "config.json").write_bytes(content)
    for read in (
        lambda: Run(run_dir).class_names,
        lambda: Recorder(run_dir, network, tf.train.Checkpoint(), description, 1).start("auto"),
    ):
        try:
            read()
        except InputError as error:
            assert len(str(error).splitlines()) == 1
            assert len(str(error)) < 2_000
            assert str(run_dir) in str(error)
