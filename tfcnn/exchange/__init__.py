"""Networks on their way out to other tools, and weights from other tools on their way in."""

import lazy_loader

# The names stand in __init__.pyi; each module is imported when one of its names is asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
