"""What every program says to ``--help``, to an unknown flag and to a wrong value of each flag."""

from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

import tfcnn

ROOT = pathlib.Path(__file__).parents[2]
DATASET = f"idx:{ROOT / 'tests' / 'data' / 'sample'}"
ARCHITECTURE = "conv(2,5) max(4) flatten dense(10,act=linear)"
# Of a program that reads a run, its data, and draws.
WHERE = {
    "dataset": ["nosuch"],
    "other_data": ["nosuch", ("true", "expected --dataset beside it")],
    "output_dir": [("/dev/null/out", "expected a folder to write to, found /dev/null/out: Not a")],
}
# Program -> flag -> wrong values, each alone or with words that the refusal has to say. None leaves
# the flag out.
WRONG = {
    "ablate": WHERE
    | {"run_dir": ["/no/such/folder"], "layer": ["nosuch"], "replacement": ["nosuch"]},
    "activations": WHERE
    | {
        "run_dir": ["/no/such/folder"],
        "index": ["-1", "999999"],
        "preprocess": ["nosuch"],
        "image": ["/no/such.png"],
    },
    "arithmetic": {
        "arch": [("nosuch", "'nosuch'"), "conv(0,3)", ("conv(8,99)", "conv1")],
        "input_shape": ["28", ("28,28", "expected 3 integers, found 2"), "0,1,1"],
    },
    "attribute": WHERE
    | {
        "run_dir": ["/no/such/folder"],
        "preprocess": ["nosuch"],
        "image": ["/no/such.png"],
        "index": ["-1"],
        "target": ["-1", "99"],
        "methods": ["nosuch", "gradient,nosuch"],
        "layer": ["nosuch"],
    },
    "classes": WHERE | {"run_dir": ["/no/such/folder"], "layer": ["nosuch"], "probe_images": ["1"]},
    "compare": WHERE
    | {
        "run_dirs": ["/no/such/folder,/no/other", "/no/such/folder"],
        "layer": ["nosuch"],
        "pairs": ["0"],
    },
    "dream": WHERE
    | {
        "run_dir": ["/no/such/folder"],
        "preprocess": ["nosuch"],
        "image": ["/no/such.png"],
        "layer": ["nosuch"],
        "filter": ["-1", "99"],
        "index": ["-1", "999999"],
        "frames": ["0"],
    },
    "evaluate": WHERE | {"run_dir": ["/no/such/folder"]},
    "export": {
        "run_dir": ["/no/such/folder"],
        "format": ["nosuch"],
        "path": ["/dev/null/net.npz"],
        "dataset": [],  # Only with quantize it is looked at.
        "other_data": WHERE["other_data"],
        "quantize": ["nosuch", ("int8", "expected --format=tflite beside it, found")],
    },
    "import_weights": {
        "weights": ["/no/such/file.npz", "net.pt", "net.keras", ("net.bin", ".h5 or .keras")],
        "arch": ["nosuch", "flatten dense(9,act=linear)"],
        "map": ["nosuch", "/no/such/map.json", "x=conv1/nosuch"],
        "layout": ["nosuch"],
        "mean": ["x", "1,2"],
        "deviation": ["0", "1,2"],
        "dataset": ["nosuch"],
        "run_dir": ["/dev/null/run"],
    },
    "launch": {"workers": ["0", "65"]},
    "maximize": WHERE
    | {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "filters": ["all", ("0,99", "expected 0 to 1")],
        "objective": [("conv1[0]", "expected no --layer beside it")],
        "reduction": ["nosuch"],
        "recipe": ["nosuch"],
        "steps": ["0"],
        "restarts": ["0"],
        "candidates": ["0", "65537"],
        "seed": ["-1"],
        "checkpoints": ["nosuch"],
    },
    "paste": WHERE
    | {
        "run_dir": ["/no/such/folder"],
        "layer": ["nosuch"],
        "filter": ["-1", "99"],
        "preprocess": ["nosuch"],
        "image": ["/no/such.png"],
        "index": ["-1", "999999"],
        "strength": ["2"],
        "seed": ["-1"],
    },
    # Old runs only have their data looked at.
    "predict": WHERE
    | {
        "dataset": [],
        "run_dir": ["/no/such/folder"],
        "images": ["", "/no/such/file.png"],
        "preprocess": ["nosuch"],
    },
    "plain": {"dataset": ["nosuch", "fashion_mnis"], "epochs": ["0", "x"]},
    "prepare_data": {
        "dataset": ["nosuch", "cifar10"],
        "tfds_dir": ["/dev/null/data", (None, "expected a value, found none")],
    },
    "report": WHERE | {"dataset": [], "run_dir": ["/no/such/folder"]},
    "sweep": {"sweep_dir": ["/dev/null/sweep"], "vary": ["seed"], "fix": ["seed"]},
    "train": {
        "dataset": [
            "nosuch",
            ("idx:/no/such/folder", "/no/such/folder: expected a folder of IDX files"),
            "folder:/no/such/folder",
        ],
        "arch": [
            *("nosuch", ("conv(4)", "conv(4)"), "conv(8,99)"),
            *("flatten dense(9,act=linear)", "conv(8,3)"),
        ],
        "run_dir": [
            ("/dev/null/run", "expected a folder to write to, found /dev/null/run: Not a directory")
        ],
        "resume": [("nosuch", "expected one of"), "must"],
        "checkpoint_steps": ["0"],
        "keep_checkpoints": ["0"],
        "threads": ["0", "1025"],
        "deterministic": ["nosuch"],
        "strategy": ["nosuch"],
        "epochs": [("-1", "expected a whole number from 0, found -1"), "1.5"],
        "frozen": [("conv9/*", "frozen: expected a path such as conv1/kernel"), "*"],
        "initial_weights": [
            ("/no/such/run", "initial_weights: /no/such/run: expected a weights file")
        ],
        "initial_paths": [("conv*", "expected initial weights beside it, found none")],
        "log_norms": ["nosuch"],
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
        "output_dir": ["/dev/null/out"],
        "run_dir": ["/no/such/folder"],
        "layer": [("nosuch", "expected one of conv1, dense1, found 'nosuch'")],
        "checkpoints": ["nosuch"],
    },
}
CASES = [
    (program, flag, *(value if isinstance(value, tuple) else (value, "")))
    for program, by_flag in WRONG.items()
    for flag, values in by_flag.items()
    for value in values
]
# Asks each program in a fork of one interpreter that has imported nothing; a line of JSON for each.
ASK = """
import contextlib, io, json, os, runpy, sys
import experiments.command_line.program, numpy, tqdm

for name in sys.argv[1:]:
    for flag in ("--help", "--zebra=1"):
        sys.stdout.flush()
        if child := os.fork():
            os.waitpid(child, 0)
            continue
        out, err = io.StringIO(), io.StringIO()
        sys.argv[:] = [f"experiments.{name}", flag]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
            except SystemExit as ended:
                code = ended.code
        print(json.dumps([name, flag, code, out.getvalue(), err.getvalue(), list(sys.modules)]))
        sys.stdout.flush()
        os._exit(0)
"""


@pytest.fixture(scope="module")
def answers():
    """(Program, flag) -> exit code, stdout, stderr and the modules that were imported."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, *WRONG], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {(name, flag): said for name, flag, *said in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "finished"
    data = tfcnn.data.load(DATASET)
    network = tfcnn.model.Network(tfcnn.model.parse(ARCHITECTURE), (28, 28, 1))
    config = tfcnn.training.TrainConfig(epochs=1)
    tfcnn.training.train(network, data, config, folder, progress=False)
    return folder


@pytest.fixture(scope="module")
def weights(run_dir):
    """The network's weights in a file to import."""
    tfcnn.exchange.export(tfcnn.load_run(run_dir), "npz", run_dir.parent / "w.npz")
    return run_dir.parent / "w.npz"


def test_no_program_is_left_out():
    programs = {
        path.stem
        for path in (ROOT / "experiments").glob("*.py")
        if "\n    program.run(main" in path.read_text(encoding="utf-8")
    }
    assert programs == set(WRONG)


@pytest.mark.parametrize("program", WRONG)
def test_help_names_an_example_of_the_program_itself_and_its_flags(answers, program):
    code, out, err, _ = answers[program, "--help"]
    assert (code, err) == (0, "")
    assert f"python -m experiments.{program} --" in out.split("Example:")[1]
    flags = set(re.findall(r"^  --(?:\[no\])?(\w+)", out, re.MULTILINE))
    assert flags - {"flagfile"} == set(WRONG[program])  # No flag is left out there.


def test_maximize_offers_every_recipe(answers):
    assert f"<{'|'.join(tfcnn.ascent.RECIPES)}>" in answers["maximize", "--help"][1]


@pytest.mark.parametrize("program", WRONG)
def test_an_unknown_flag_is_refused_in_one_line(answers, program):
    code, out, err, _ = answers[program, "--zebra=1"]
    assert (code, out) == (2, "")
    assert err == f"{program}: --zebra: unknown flag; --help lists the flags\n"


@pytest.mark.parametrize("program", WRONG)
def test_flags_are_read_before_anything_heavy_is_imported(answers, program):
    heavy = {"tensorflow", "matplotlib", "scipy", "tensorflow_datasets"}
    for flag in ("--help", "--zebra=1"):
        assert not heavy & set(answers[program, flag][3])


@pytest.mark.parametrize(("program", "flag", "value", "words"), CASES)
def test_a_wrong_value_is_told_in_one_line(
    run_program, run_dir, weights, tmp_path, program, flag, value, words
):
    flags = {flag: value}
    if program == "train":
        flags = {"dataset": DATASET, "run_dir": tmp_path / "run"} | flags
    elif program == "import_weights":
        needed = {"weights": weights, "arch": ARCHITECTURE, "dataset": DATASET}
        flags = needed | {"run_dir": tmp_path / "run"} | flags
    elif program == "export":
        flags = {"run_dir": run_dir, "format": "npz", "path": tmp_path / "run"} | flags
    elif program == "sweep":
        flags = {"sweep_dir": tmp_path / "run", "vary": "seed=0"} | flags
    elif program == "compare":
        flags = {"run_dirs": f"{run_dir},{shutil.copytree(run_dir, tmp_path / 'other')}"} | flags
    elif program not in ("arithmetic", "launch", "plain", "prepare_data"):
        needs_a_layer = program in ("dream", "maximize", "paste")
        flags = {"run_dir": run_dir} | ({"layer": "conv1"} if needs_a_layer else {}) | flags
        if program == "predict":
            flags = {"images": "a.png"} | flags
    given = [f"--{name}={value}" for name, value in flags.items() if value is not None]
    done = run_program(program, *given)
    assert done.returncode == 2, done.stderr
    assert not done.stdout or program == "import_weights"  # Which tells what it leaves aside.
    [line] = done.stderr.splitlines()
    named = {"resume": "run_dir"}.get(flag) if value == "must" else flag
    assert re.match(rf"{program}: --{named}\b.*: (expected |layer conv1)", line), line
    assert words in line
    assert not (tmp_path / "run").exists()


# Flag -> a place of a run's own that it may not name.
PLACES = {
    "path": "weights.safetensors",
    "output_dir": "checkpoints",
    "run_dir": "checkpoints/new",
    "sweep_dir": "tensorboard",
    "tfds_dir": "plots",
}
WRITING = [
    (program, flag)
    for program, by_flag in WRONG.items()
    for flag in PLACES
    if flag in by_flag and (flag != "run_dir" or program in ("train", "import_weights"))
]


@pytest.mark.parametrize(("program", "flag"), WRITING)
def test_a_runs_own_files_are_no_place_to_write_to(run_program, run_dir, weights, program, flag):
    place = run_dir / PLACES[flag]
    needed = {
        "export": {"run_dir": run_dir, "format": "safetensors"},
        "import_weights": {"weights": weights, "arch": ARCHITECTURE, "dataset": DATASET},
        "train": {"dataset": DATASET},
        "sweep": {"vary": "seed=0"},
        "compare": {"run_dirs": f"{run_dir},another"},
        "prepare_data": {},
        "predict": {"run_dir": run_dir, "images": "a.png"},
    }
    before = {path: path.read_bytes() for path in run_dir.rglob("*") if path.is_file()}
    flags = {**needed.get(program, {"run_dir": run_dir}), flag: place}
    done = run_program(program, *(f"--{name}={value}" for name, value in flags.items()))
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        f"{program}: --{flag}: expected a place that is no run's own, found {place}, which belongs "
        f"to the run in {run_dir}\n",
    )
    assert {path: path.read_bytes() for path in run_dir.rglob("*") if path.is_file()} == before
