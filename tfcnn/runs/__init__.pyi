from .directory import RunDirectory as RunDirectory
from .directory import refuse_own_files as refuse_own_files
from .directory import save_as_run as save_as_run
from .metrics import EpochMetrics as EpochMetrics
from .metrics import best_epoch as best_epoch
from .run import Run as Run
from .run import load_run as load_run
from .run import open_run as open_run
