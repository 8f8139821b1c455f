"""Measurements side by side with peers. They are run by hand and assert nothing about time."""
