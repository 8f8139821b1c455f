from .cards import FilterCards as FilterCards
from .findings import Findings as Findings
from .live import LivePart as LivePart
from .live import live_part as live_part
from .states import State as State
