from .foreign_weights import ImportedNetwork as ImportedNetwork
from .foreign_weights import import_weights as import_weights
from .formats import FORMATS as FORMATS
from .formats import export as export
from .layouts import LAYOUTS as LAYOUTS
from .name_map import read_name_map as read_name_map
from .numpy_network import NumpyNetwork as NumpyNetwork
