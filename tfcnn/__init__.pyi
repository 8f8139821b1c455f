from . import ascent as ascent
from . import data as data
from . import distributed as distributed
from . import exchange as exchange
from . import inspection as inspection
from . import model as model
from . import page as page
from . import report as report
from . import runs as runs
from . import training as training
from .runs import load_run as load_run
from .runs import open_run as open_run

__version__: str
