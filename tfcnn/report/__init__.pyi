from .ablation import ablation_table as ablation_table
from .ablation import draw_ablation as draw_ablation
from .activations import draw_activations as draw_activations
from .attributions import draw_attributions as draw_attributions
from .classes import draw_class_patterns as draw_class_patterns
from .classes import draw_lookalikes as draw_lookalikes
from .classes import probe_table as probe_table
from .comparison import (
    comparison_table as comparison_table,
)
from .comparison import (
    draw_comparison as draw_comparison,
)
from .comparison import (
    spread_table as spread_table,
)
from .drawing.fonts import number_words as number_words
from .drawing.png import note_on_pictures as note_on_pictures
from .drawing.png import read_description as read_description
from .drawing.tiles import draw_image_grid as draw_image_grid
from .drawing.words import filter_words as filter_words
from .drawing.words import rounded as rounded
from .drawing.words import rounded_or_dash as rounded_or_dash
from .evaluation import (
    class_table as class_table,
)
from .evaluation import (
    confusion_table as confusion_table,
)
from .evaluation import (
    draw_confusions as draw_confusions,
)
from .evaluation import draw_reliability as draw_reliability
from .evidence_sheet import draw_evidence_sheets as draw_evidence_sheets
from .film_strip import draw_birth as draw_birth
from .filter_cards import write_filter_cards as write_filter_cards
from .found import draw_found as draw_found
from .kernels import (
    correlations_with_first as correlations_with_first,
)
from .kernels import (
    draw_kernel_strip as draw_kernel_strip,
)
from .kernels import (
    draw_kernels as draw_kernels,
)
from .learning_curves import draw_learning_curves as draw_learning_curves
from .page import write_page as write_page
from .page import write_report as write_report
from .pairs import draw_pairs as draw_pairs
from .pasting import draw_pasting as draw_pasting
from .pasting import moves_table as moves_table
from .pattern_grids import draw_filter_grid as draw_filter_grid
from .pattern_grids import draw_restarts as draw_restarts
from .patterns_table import (
    pattern_rows as pattern_rows,
)
from .patterns_table import (
    pattern_table as pattern_table,
)
from .patterns_table import (
    write_pattern_csv as write_pattern_csv,
)
from .patterns_table import (
    write_pattern_json as write_pattern_json,
)
from .predictions import draw_decision as draw_decision
from .predictions import draw_hardest as draw_hardest
from .predictions import draw_predictions as draw_predictions
from .predictions import prediction_table as prediction_table
from .tables import Table as Table
from .tables import geometry_table as geometry_table
from .tables import sweep_table as sweep_table
from .tables import weights_table as weights_table
