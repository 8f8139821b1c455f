from .live import LivePart as LivePart
from .live import live_part as live_part
