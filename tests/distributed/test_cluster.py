from __future__ import annotations

import json
import re

import pytest

from tfcnn.distributed.cluster import Cluster, read_cluster, split_address
from tfcnn.distributed.strategy import strategy_scope
from tfcnn.errors import InputError

TWO = {"worker": ["a:1", "b:2"]}


def config(cluster=TWO, task=("worker", 1)):
    return {"cluster": cluster, "task": {"type": task[0], "index": task[1]}}


def read(values):
    return read_cluster({"TF_CONFIG": values if isinstance(values, str) else json.dumps(values)})


def test_the_form_that_tensorflow_documents():
    assert read(config()) == Cluster(("a:1", "b:2"), 1)
    assert read(config()).name_of(0) == "worker 0 at a:1"


def test_a_chief_is_the_first_worker():
    cluster = {"chief": ["c:3"], **TWO}
    assert read(config(cluster, ("chief", 0))) == Cluster(("c:3", "a:1", "b:2"), 0)
    assert read(config(cluster, ("worker", 1))) == Cluster(("c:3", "a:1", "b:2"), 2)


def test_addresses():
    assert split_address("10.0.0.1:2222") == ("10.0.0.1", 2222)
    assert split_address("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("", "TF_CONFIG: expected JSON such as "),
        ("{", "TF_CONFIG: expected JSON such as "),
        ("[" * 100_000, "TF_CONFIG: expected JSON such as "),
        ([], "TF_CONFIG: cluster: expected an object with a list of workers, found None"),
        ({"cluster": TWO}, "TF_CONFIG: task: expected an object with type and index, found None"),
        (config(task=("ps", 0)), "TF_CONFIG: task.type: expected worker or chief, found 'ps'"),
        (config(task=("chief", 0)), "TF_CONFIG: task.index: expected from 0 to below the number"),
        (config(task=("worker", 2)), "TF_CONFIG: task.index: expected from 0 to below the number"),
        (config(task=("worker", -1)), "TF_CONFIG: task.index: expected from 0 to below the numbe"),
        (config(task=("worker", "0")), "TF_CONFIG: task.index: expected a whole number from 0"),
        (config(task=("worker", True)), "TF_CONFIG: task.index: expected from 0 to below the num"),
        (config({}), "TF_CONFIG: cluster: expected at least one worker, found {}"),
        (config({"ps": ["a:1"], **TWO}), "TF_CONFIG: cluster: expected only chief and worker, fo"),
        (config({"worker": "a:1"}), "TF_CONFIG: cluster.worker: expected a list of host:port, "),
        (config({"worker": ["a:1", 7]}), "TF_CONFIG: cluster.worker[1]: expected host:port with"),
        (config({"worker": ["a", "b:2"]}), "TF_CONFIG: cluster.worker[0]: expected host:port"),
        (config({"worker": ["a:0", "b:2"]}), "TF_CONFIG: cluster.worker[0]: expected host:port"),
        (config({"worker": ["a:x", "b:2"]}), "TF_CONFIG: cluster.worker[0]: expected host:port"),
        (config({"worker": ["a:65536", "b:2"]}), "TF_CONFIG: cluster.worker[0]: expected host:"),
        (config({"worker": ["a:" + "9" * 5000]}), "TF_CONFIG: cluster.worker[0]: expected host:"),
        (config({"worker": ["10.0.0..1:80"]}), "TF_CONFIG: cluster.worker[0]: expected host:po"),
        (config({"worker": ["x" * 64 + ":80"]}), "TF_CONFIG: cluster.worker[0]: expected host:"),
        (config({"worker": ["a:1", "a:1"]}), "TF_CONFIG: cluster: expected every address once"),
        (config({"chief": ["a:1", "b:1"]}), "TF_CONFIG: cluster.chief: expected one address, fou"),
    ],
)
def test_what_is_malformed_is_told_in_one_line(values, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}") as caught:
        read(values)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_without_a_configuration_several_workers_are_refused(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with (
        pytest.raises(InputError, match=r"^TF_CONFIG: .*, found none$"),
        strategy_scope("multi_worker"),
    ):
        pass


def test_an_unknown_strategy_is_refused():
    message = "^strategy: expected one of none, mirrored, multi_worker, found 'many'$"
    with pytest.raises(InputError, match=message), strategy_scope("many"):
        pass
