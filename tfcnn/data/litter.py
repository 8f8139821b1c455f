"""What systems and programs leave in folders unasked, which is no part of anybody's data."""

import pathlib

_NAMES = frozenset(
    (
        *("__macosx", "icon\r"),  # Beside what macOS packs; a folder's icon.
        *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"),
        *("lost+found", "@eadir", "__pycache__"),
    )
)


def is_litter(path: pathlib.Path) -> bool:
    """Whether a file or folder is passed over for its name; those that begin with a dot are."""
    return path.name.startswith(".") or path.name.lower() in _NAMES
