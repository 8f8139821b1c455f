"""Thin programs: flags in, library calls, paths of the results out. No algorithm lives here."""
