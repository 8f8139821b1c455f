"""A training in a Jupyter kernel that a person interrupts: the kernel and what it holds stay."""

from __future__ import annotations

import os
import pathlib

import pytest
from jupyter_client.manager import start_new_kernel

ROOT = pathlib.Path(__file__).parents[3]
SECONDS = 600  # Bounds a hang; nothing passes or fails by it.

# After its first steps a training waits until somebody opens the named pipe.
_PREPARE = """
import tfcnn
from tfcnn.training import trainer

trainer.STEPS_A_CALL = 4
waits, advance = [True], trainer.Trainer.advance

def advance_and_wait(self, *arguments, **options):
    taken = advance(self, *arguments, **options)
    if waits:
        waits.clear()
        print("under way", flush=True)
        open({pipe!r}).close()
    return taken

trainer.Trainer.advance = advance_and_wait
data = tfcnn.data.load("idx:tests/data/sample")
net = tfcnn.model.Network(tfcnn.model.parse("flatten dense(10,act=linear)"), (28, 28, 1))
config = tfcnn.training.TrainConfig(epochs=2, batch_size=32)
kept = "still here"
"""
_TRAIN = "history = tfcnn.training.train(net, data, config, {run_dir!r})"


class Notebook:
    """A kernel and what it sends."""

    def __init__(self):
        self.manager, self._client = start_new_kernel(
            startup_timeout=SECONDS, cwd=str(ROOT), env=os.environ | {"PYTHONPATH": str(ROOT)}
        )

    def start(self, code):
        self._cell, self._text = self._client.execute(code), ""

    def wait_for(self, text):
        """Waits until the cell has printed ``text``."""
        while text not in self._text:
            message = self._client.get_iopub_msg(timeout=SECONDS)
            assert message["msg_type"] != "error", message["content"]
            self._text += message["content"].get("text", "")
        self._text = self._text.partition(text)[2]

    def end(self):
        """Waits until the cell has ended: what it printed since, and its error, name and value."""
        reply = self._client.get_shell_msg(timeout=SECONDS)
        while reply["parent_header"].get("msg_id") != self._cell:
            reply = self._client.get_shell_msg(timeout=SECONDS)
        content, message = reply["content"], {"content": {}}
        while message["content"].get("execution_state") != "idle" or (
            message["parent_header"].get("msg_id") != self._cell
        ):
            message = self._client.get_iopub_msg(timeout=SECONDS)
            self._text += message["content"].get("text", "")
        error = (content["ename"], content["evalue"]) if content["status"] == "error" else None
        return self._text, error

    def run(self, code):
        self.start(code)
        return self.end()

    def close(self):
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def pipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("pipe") / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture(scope="module")
def notebook(pipe):
    started = Notebook()
    try:
        assert started.run(_PREPARE.format(pipe=str(pipe)))[1] is None
        yield started
    finally:
        started.close()


@pytest.fixture
def training(notebook, tmp_path):
    """A cell whose training has done its first steps and waits; gives its code."""
    code = _TRAIN.format(run_dir=str(tmp_path / "run"))
    notebook.run("waits.append(True)")
    notebook.start(code)
    notebook.wait_for("under way")
    return code


def _interrupt(notebook):
    notebook.manager.interrupt_kernel()
    notebook.wait_for("SIGINT: stops after the steps under way; a second one at once")


def _ends(notebook, training):
    """Runs the cell again, to its end; gives what it prints."""
    printed, error = notebook.run(training)
    assert error is None
    said = notebook.run("print(kept, history[-1].step, net.weights['dense1/bias'].shape)")
    assert said == ("still here 26 (10,)\n", None)
    return printed


def test_one_interrupt_saves_and_raises(notebook, training, pipe, tmp_path):
    _interrupt(notebook)
    pipe.open("w").close()
    assert notebook.end()[1] == ("Stopped", "stopped by SIGINT")
    assert (tmp_path / "run" / "checkpoints" / "step-00000004").exists()
    assert "goes on after step 4, in epoch 1" in _ends(notebook, training)


def test_a_second_interrupt_leaves_the_kernel_alive(notebook, training, tmp_path):
    _interrupt(notebook)
    notebook.manager.interrupt_kernel()
    assert notebook.end()[1] == ("KeyboardInterrupt", "a second SIGINT")
    saved = [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()]
    assert saved == ["step-00000000"]
    _ends(notebook, training)
