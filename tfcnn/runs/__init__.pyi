from .checkpoints import load_best as load_best
from .checkpoints import read_states as read_states
from .directory import (
    RunDirectory as RunDirectory,
)
from .directory import (
    load_run as load_run,
)
from .directory import (
    load_run_data as load_run_data,
)
from .directory import (
    read_class_names as read_class_names,
)
from .directory import (
    read_config as read_config,
)
from .directory import (
    save_as_run as save_as_run,
)
from .metrics import EpochMetrics as EpochMetrics
from .metrics import best_epoch as best_epoch
