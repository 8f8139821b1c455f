"""Which tensor of a foreign file is which of ours."""

from __future__ import annotations

from tfcnn.arguments import checked
from tfcnn.errors import InputError, wrong
from tfcnn.json_files import read_json


@checked
def read_name_map(text: str) -> dict[str, str]:
    """Reads a name map: a tensor's name in the foreign file -> its path in this project.

    Args:
      text: Pairs between commas, such as ``0.weight=conv1/kernel,0.bias=conv1/bias``, or the path
        of a file ``*.json`` with an object, such as ``{"0.weight": "conv1/kernel"}``.

    Raises:
      InputError: It is neither; the message begins with ``name_map``.
    """
    if text.endswith(".json"):
        try:
            values = read_json(text)
        except InputError as error:
            raise InputError(f"name_map: {error}") from None
        if not all(isinstance(path, str) for path in values.values()):
            raise wrong(f"name_map: {text}", "texts as values", "others")
        return values
    pairs = [pair.rpartition("=") for pair in text.split(",") if pair.strip()]
    if not all(name.strip() and path.strip() for name, _, path in pairs):
        raise wrong(
            "name_map", "a file .json or pairs such as 0.weight=conv1/kernel", repr(text[:60])
        )
    names = [name.strip() for name, _, _ in pairs]
    if len(set(names)) < len(names):
        raise wrong("name_map", "each name once", repr(text[:60]))
    return {name: path.strip() for name, (_, _, path) in zip(names, pairs, strict=True)}
