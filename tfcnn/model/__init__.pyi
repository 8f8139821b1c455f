from .architecture import Architecture as Architecture
from .architecture import parse as parse
from .geometry import LayerGeometry as LayerGeometry
from .geometry import geometry as geometry
from .network import Network as Network
from .zoo import ZOO as ZOO
from .zoo import find as find
