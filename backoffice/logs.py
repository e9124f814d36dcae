"""What our log lines leave out."""

import structlog

NO_CONTENT = 204


def only_news(logger, method, event):
    """Drop that a request began, which how it ended says too, and that an open page heard nothing.

    Each open page asks all the time.
    """
    if event.get("event") == "request_started" or event.get("code") == NO_CONTENT:
        raise structlog.DropEvent
    return event
