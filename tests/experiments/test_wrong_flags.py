"""A wrong value for each flag of each program: exit code 2, one line that names the flag."""

from __future__ import annotations

import pathlib
import re

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
ARCHITECTURE = "conv(2,5) max(4) flatten dense(10,act=linear)"
OTHER_SCHEDULE = "has no meaning"
WRONG = {
    "ablate": {"run_dir": ["/no/such/folder"], "layer": ["nosuch"], "replacement": ["nosuch"]},
    "activations": {
        "run_dir": ["/no/such/folder"],
        "index": ["-1", "999999"],
        "image": ["/no/such.png"],
    },
    "arithmetic": {"arch": ["nosuch", "conv(0,3)", "conv(8,99)"], "input_shape": ["28", "0,1,1"]},
    "attribute": {
        "run_dir": ["/no/such/folder"],
        "index": ["-1"],
        "target": ["-1", "99"],
        "methods": ["nosuch", "gradient,nosuch"],
        "layer": ["nosuch"],
    },
    "classes": {"run_dir": ["/no/such/folder"], "layer": ["nosuch"], "probe_images": ["1"]},
    "compare": {
        "run_dirs": ["/no/such/folder,/no/other", "/no/such/folder"],
        "layer": ["nosuch"],
        "pairs": ["0"],
    },
    "dream": {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "filter": ["-1", "99"],
        "index": ["-1", "999999"],
        "frames": ["0"],
    },
    "evaluate": {"run_dir": ["/no/such/folder"]},
    "export": {
        "run_dir": ["/no/such/folder"],
        "format": ["nosuch"],
        "path": ["/dev/null/net.npz"],
    },
    "import_weights": {
        "weights": ["/no/such/file.npz", "net.pt"],
        "arch": ["nosuch", "flatten dense(9,act=linear)"],
        "map": ["nosuch", "/no/such/map.json", "x=conv1/nosuch"],
        "layout": ["nosuch"],
        "mean": ["x", "1,2"],
        "deviation": ["0", "1,2"],
        "dataset": ["nosuch"],
        "run_dir": ["/dev/null/run"],
    },
    "launch": {"workers": ["0", "65"]},
    "maximize": {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "filters": ["all", "0,99"],
        "reduction": ["nosuch"],
        "recipe": ["nosuch"],
        "steps": ["0"],
        "restarts": ["0"],
        "candidates": ["0", "65537"],
        "seed": ["-1"],
        "checkpoints": ["nosuch"],
    },
    "paste": {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "filter": ["-1", "99"],
        "strength": ["2"],
        "seed": ["-1"],
    },
    "predict": {
        "run_dir": ["/no/such/folder"],
        "images": ["", "/no/such/file.png"],
        "preprocess": ["nosuch"],
    },
    "prepare_data": {"dataset": ["nosuch"], "tfds_dir": ["/dev/null/data"]},
    "report": {"run_dir": ["/no/such/folder"]},
    "sweep": {"sweep_dir": ["/dev/null/sweep"], "vary": ["seed"], "fix": ["seed"]},
    "train": {
        "dataset": ["nosuch", "idx:/no/such/folder", "folder:/no/such/folder"],
        "arch": ["nosuch", "conv(8,99)", "flatten dense(9,act=linear)", "conv(8,3)"],
        "run_dir": ["/dev/null/run"],
        "resume": ["nosuch", "must"],
        "checkpoint_steps": ["0"],
        "keep_checkpoints": ["0"],
        "threads": ["0", "1025"],
        "deterministic": ["nosuch"],
        "strategy": ["nosuch"],
        "epochs": ["0", "1.5"],
        "batch_size": ["0", "401"],
        "optimizer": ["nosuch"],
        "learning_rate": ["0", "nan"],
        "momentum": ["1"],
        "nesterov": ["nosuch"],
        "schedule": ["nosuch"],
        "warmup": ["1"],
        "decay_rate": ["0.5"],  # Of another schedule.
        "decay_epochs": ["2"],
        "power": ["2"],
        "end_learning_rate": ["-1"],
        "l2": ["-1", "inf"],
        "clip_norm": ["-1"],
        "shift": ["-1"],
        "rotation": ["181"],
        "scaling": ["1"],
        "precision": ["float8"],
        "jit": ["nosuch", "true"],  # The default network has max pools.
        "validation_size": ["-1", "400"],
        "seed": ["-1", "99999999999"],
    },
    "weights": {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "checkpoints": ["nosuch"],
    },
}
CASES = [
    (program, flag, value)
    for program, by_flag in WRONG.items()
    for flag, values in by_flag.items()
    for value in values
]


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "finished"
    data = tfcnn.data.load(DATASET)
    network = tfcnn.model.Network(tfcnn.model.parse(ARCHITECTURE), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=1)
    tfcnn.training.train(network, data, config, folder, progress=False)
    return folder


def test_no_program_is_left_out():
    programs = {
        path.stem
        for path in (ROOT / "experiments").glob("*.py")
        if "\n    program.run(main" in path.read_text(encoding="utf-8")
    }
    assert programs == set(WRONG)


@pytest.mark.parametrize("program", WRONG)
def test_no_flag_is_left_out(run_program, program):
    shown = run_program(program, "--help").stdout
    flags = set(re.findall(r"^  --(?:\[no\])?(\w+)", shown, re.MULTILINE))
    assert flags - {"flagfile"} == set(WRONG[program])


@pytest.mark.parametrize(("program", "flag", "value"), CASES)
def test_a_wrong_value_is_told_in_one_line(run_program, run_dir, tmp_path, program, flag, value):
    flags = {flag: value}
    if program == "train":
        flags = {"dataset": DATASET, "run_dir": tmp_path / "run"} | flags
    elif program == "import_weights":
        weights = {"weights": tmp_path / "w.npz", "arch": ARCHITECTURE, "dataset": DATASET}
        tfcnn.exchange.export(tfcnn.load_run(run_dir), "npz", weights["weights"])
        flags = weights | {"run_dir": tmp_path / "run"} | flags
    elif program == "export":
        flags = {"run_dir": run_dir, "format": "npz", "path": tmp_path / "run"} | flags
    elif program == "sweep":
        flags = {"sweep_dir": tmp_path / "run", "vary": "seed=0"} | flags
    elif program == "compare":
        flags = {"run_dirs": f"{run_dir},{run_dir}/"} | flags
    elif program not in ("arithmetic", "launch", "prepare_data"):
        needs_a_layer = program in ("dream", "maximize", "paste")
        flags = {"run_dir": run_dir} | ({"layer": "conv1"} if needs_a_layer else {}) | flags
        if program == "predict":
            flags = {"images": "a.png"} | flags
    done = run_program(program, *(f"--{name}={value}" for name, value in flags.items()))
    assert done.returncode == 2, done.stderr
    [line] = done.stderr.splitlines()
    named = {"resume": "run_dir"}.get(flag) if value == "must" else flag
    assert re.match(rf"{program}: --{named}\b", line), line
    assert not (tmp_path / "run").exists()
