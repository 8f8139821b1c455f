"""One word for every filter, from what was found and what real images do."""

MEANINGS = {
    "found": "no real image scores more than the pattern",
    "weak": "the pattern or its start fires the filter, but a real image scores more",
    "unreached": "a real image fires the filter, no start and no pattern did",
    "dead": "no real image, no start and no pattern raises the linear output above 0 anywhere",
    "fires": "the pattern or its start fires the filter; no real images were given",
    "silent": "no start and no pattern fires the filter; no real images were given",
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
        return "fires" if best_linear > 0 else "silent"
    if best_linear <= 0:
        return "unreached" if real_best_linear > 0 else "dead"
    return "found" if score >= real_score - _TIE * abs(real_score) else "weak"
