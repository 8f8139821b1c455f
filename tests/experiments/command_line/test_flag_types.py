"""What the name of a file says of the flags."""

from __future__ import annotations

import pytest
from absl import flags

from experiments.command_line import flag_types


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
        (["--seed=0", "--strength=0.25", "--filters=0,7"], "_some_strength0.25"),
        (["--recipe=conv1/linear"], "_conv1_linear"),
        (["--recipe=robust"], ""),
        (["--methods=occlusion,gradient", "--recipe=plain"], "_plain_occlusion_gradient"),
    ],
)
def test_a_name_says_what_differs_from_the_default(holders, given, name):
    registry, flags_in_order = holders
    registry(["program", *given])
    assert flag_types.named_choices(flags_in_order, recipe="robust") == name
