"""What a program writes to a terminal: letters that it knows, and nothing that controls it."""

import logging

from tfcnn.shown_names import shown


class _ShownLines(logging.Formatter):
    """A note of the library as one line, whatever the files are called that it tells of."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return shown(super().format(record))


def make_plain() -> None:
    """Lets the library's notes to stderr hold nothing that controls a terminal."""
    if logging.lastResort:  # Which writes what nobody else takes to stderr.
        logging.lastResort.setFormatter(_ShownLines())
