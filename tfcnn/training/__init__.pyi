from .config import TrainConfig as TrainConfig
from .evaluate import compile_evaluate as compile_evaluate
from .loop import train as train
from .stop_signals import Stopped as Stopped
