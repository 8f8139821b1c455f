"""Asking a server for a sign of life before a long download is tried."""

import http.client
import queue
import threading
import urllib.error
import urllib.request

from tfcnn.data.sources.source import UnavailableError


def check(url: str, seconds: float = 5.0) -> None:
    """Asks the server of ``url`` for its headers, through the machine's proxy if it has one.

    The question is put in a thread of its own, because a name server that does not answer holds
    a connection longer than any time limit of the socket.

    Args:
      url: What to ask for; any HTTP status is a sign of life.
      seconds: How long to wait altogether.

    Raises:
      UnavailableError: There is no answer.
    """
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_ask(url, seconds)), daemon=True).start()
    try:
        complaint = answers.get(timeout=seconds)
    except queue.Empty:
        complaint = f"no answer in {seconds:g} s"
    if complaint:
        raise UnavailableError(f"{url} is out of reach: {complaint}")


def _ask(url: str, seconds: float) -> str:
    """What went wrong, or nothing."""
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=seconds).close()
    except urllib.error.HTTPError:
        return ""
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", error))
    return ""
