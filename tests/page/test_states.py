"""Networks of several times, packed in Python and unpacked by the script."""

from __future__ import annotations

import numpy as np

from tfcnn.page.states import packed_states


def test_the_script_unpacks_every_value_s_float16(run_script):
    generator = np.random.default_rng(0)
    shapes = {"conv1/kernel": (3, 3, 1, 4), "conv1/bias": (4,), "dense1/bias": ()}
    states = [
        (step, {path: generator.normal(0, 9**n, of).astype("f4") for path, of in shapes.items()})
        for n, step in enumerate((0, 90, 938))
    ]
    states[1][1]["conv1/bias"][:] = [0, -0.0, 65504, -6e-8]  # The largest and the least float16.
    unpacked = run_script(
        "timeline",
        """async (packedStates) => {
          const states = await module_states.unpackedStates(packedStates);
          return states.map(({step, tensors}) => [step, Object.fromEntries(
            Object.entries(tensors).map(([path, bits]) =>
              [path, packed(module_decode.halves(bits))]))]);
        }""",
        packed_states(states),
    )
    assert [step for step, _ in unpacked] == [0, 90, 938]
    for (_, mine), (_, theirs) in zip(unpacked, states, strict=True):
        assert list(mine) == list(shapes)
        for path in shapes:
            np.testing.assert_array_equal(mine[path], theirs[path].astype("<f2").ravel())
