"""The folder of a run: what a training writes, and reading it back."""

import lazy_loader

# The names stand in __init__.pyi; each module is imported when one of its names is asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
