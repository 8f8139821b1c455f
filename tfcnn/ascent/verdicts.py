"""One word for every filter, from what was found and what real images do."""

FOUND = "found"
WEAK = "weak"
UNREACHED = "unreached"
DEAD = "dead"
FIRES = "fires"
SILENT = "silent"

MEANINGS = {
    FOUND: "no real image scores more than the pattern",
    WEAK: "the pattern or its start fires the filter, but a real image scores more",
    UNREACHED: "a real image fires the filter, no start and no pattern did",
    DEAD: "no real image, no start and no pattern raises the linear output above 0 anywhere",
    FIRES: "the pattern or its start fires the filter; no real images were given",
    SILENT: "no start and no pattern fires the filter; no real images were given",
}

# Small fields have optima that real patches reach too; a climb ends within this share of them.
_TIE = 1e-4


def verdict(
    score: float,
    best_linear: float,
    real_score: float | None,
    real_best_linear: float | None,
) -> str:
    """The verdict on one filter; ``MEANINGS`` says what each word means.

    Args:
      score: The best pattern's score.
      best_linear: The largest linear output anywhere on the maps of all tries.
      real_score: The best real image's score, or None without real images.
      real_best_linear: The largest linear output of any real image, or None.
    """
    if real_score is None or real_best_linear is None:
        return FIRES if best_linear > 0 else SILENT
    if best_linear <= 0:
        return UNREACHED if real_best_linear > 0 else DEAD
    return FOUND if score >= real_score - _TIE * abs(real_score) else WEAK
