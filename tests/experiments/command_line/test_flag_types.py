"""What the name of a file says of the flags."""

from __future__ import annotations

import ast
import hashlib
import pathlib

import pytest
from absl import flags

from experiments.command_line import flag_types, program


@pytest.fixture
def holders(monkeypatch):
    """Five flags of a registry of their own."""
    registry = flags.FlagValues()
    monkeypatch.setattr(flags, "FLAGS", registry)

    def own(define):
        return lambda *arguments, **options: define(*arguments, flag_values=registry, **options)

    monkeypatch.setattr(flags, "DEFINE", own(flags.DEFINE))
    return registry, [
        own(flags.DEFINE_string)("recipe", None, ""),
        flag_types.define_integers("filters", None, ""),
        own(flags.DEFINE_list)("methods", None, ""),
        flag_types.define_number("strength", 0.5, ""),
        flag_types.define_integer("seed", 0, ""),
    ]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ([], ""),
        (["--seed=0", "--strength=0.5"], ""),
        (["--seed=3"], "_seed3"),
        (["--seed=0", "--strength=0.25", "--filters=0,7"], "_filters0-7_strength0.25"),
        (["--recipe=conv1/linear"], "_conv1_linear"),
        (["--filters=0,1,2,3,7,9,10,8"], "_filters0to3-7-9-10-8"),
        (["--filters=12"], "_filters12"),
        # Which agree in their first six digits.
        (["--seed=1234567", "--strength=0.1234567"], "_strength0.1234567_seed1234567"),
        (["--seed=1234568", "--strength=1e-7"], "_strength1e-07_seed1234568"),
        (["--recipe=robust"], ""),
        (["--methods=occlusion,gradient", "--recipe=plain"], "_plain_occlusion_gradient"),
    ],
)
def test_a_name_says_what_differs_from_the_default(holders, given, name):
    registry, flags_in_order = holders
    registry(["program", *given])
    assert flag_types.named_choices(flags_in_order, recipe="robust") == name


def test_very_many_numbers_are_told_by_a_checksum(holders):
    """Of them as they are typed in short; SHA-256 by hashlib."""
    registry, flags_in_order = holders
    names = set()
    for last in (58, 60):
        numbers = [*range(0, 40, 2), last]
        registry(["program", f"--filters={','.join(map(str, numbers))}"])
        digits = hashlib.sha256(f"filters{'-'.join(map(str, numbers))}".encode()).hexdigest()[:8]
        names.add(flag_types.named_choices(flags_in_order))
        assert f"_21_filters_{digits}" in names
    assert len(names) == 2


# What --dataset is, the library reads, which knows where a path stands in it.
TEXTS = ("flags.DEFINE_string", "flags.DEFINE_list", "flags.DEFINE_multi_string")
NO_PATHS = {
    "arch",
    "dataset",
    "fix",
    "frozen",
    "initial_paths",
    "layer",
    "methods",
    "objective",
    "vary",
}


def test_texts_that_are_no_paths_are_known_so_that_every_path_has_its_type():
    found = set()
    for path in pathlib.Path(program.__file__).parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in TEXTS:
                found.add(ast.literal_eval(node.args[0]))
    assert found <= NO_PATHS


def test_a_path_is_read_as_a_shell_does(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RUNS", "/srv/runs")
    for text, path in (("~/x", f"{tmp_path}/x"), ("$RUNS/x", "/srv/runs/x"), ("a~b/$", "a~b/$")):
        assert flag_types.PathParser().parse(text) == path
    assert flag_types._PathsParser().parse("~/a,b,~/c") == f"{tmp_path}/a,b,{tmp_path}/c"


def test_the_home_of_nobody_is_no_folder_of_that_name():
    for parser in (
        flag_types.PathParser(),
        flag_types._PathsParser(),
    ):
        with pytest.raises(ValueError, match="expected the home directory of a user, found no"):
            parser.parse("~nobody-of-this-name/x")
