from .cluster import available_cores as available_cores
from .rendezvous import PeerLostError as PeerLostError
from .strategy import refuse_differences as refuse_differences
from .strategy import strategy_scope as strategy_scope
from .threads import parts_of_a_batch as parts_of_a_batch
from .threads import use_threads as use_threads
from .workers import is_chief as is_chief
