"""Modules of JavaScript as one script without imports, which a page can hold."""

from __future__ import annotations

import importlib.resources
import re

_IMPORT = re.compile(r'^import (\{[^}]*\}|\* as \w+) from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)


def bundled(entry: str) -> str:
    """The module ``script/ENTRY.js`` behind all that it imports.

    Each module becomes a function that is called once and gives what it exports. Of the language of
    modules only ``import {a, b} from "./x.js"``, ``import * as x from "./x.js"`` and ``export``
    before a function, class or const are read.
    """
    done: dict[str, str] = {}
    _gather(entry, done)
    return "\n".join(['"use strict";', *done.values()])


def _gather(name: str, done: dict[str, str]) -> None:
    """Puts the module behind those that it imports into ``done``, unless it is there."""
    if name in done:
        return
    text = (importlib.resources.files(__package__) / "script" / f"{name}.js").read_text("utf-8")
    for _, needed in _IMPORT.findall(text):
        _gather(needed, done)
    body = _IMPORT.sub(lambda found: f"const {_names(found[1])} = module_{found[2]};", text)
    exported = ", ".join(_EXPORT.findall(body))
    body = _EXPORT.sub("", body)
    done[name] = f"const module_{name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _names(imported: str) -> str:
    return imported.removeprefix("* as ") if imported.startswith("*") else imported
