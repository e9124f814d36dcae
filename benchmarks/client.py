"""A signed-in browser, as far as a server can tell: requests over one connection."""

import http.client
import re
import time
from dataclasses import dataclass
from urllib.parse import urlencode

# Django compares the cookie with the header; it need not have come from Django.
CSRF = "benchmark" + "0" * 23
HTMX = {"HX-Request": "true"}


@dataclass
class Answer:
    status: int
    body: bytes
    ms: float  # from the first byte asked to the last byte read


class Client:
    """Talks to one web server of ours on this machine."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def get(self, path: str, session: str, **headers: str) -> Answer:
        return self.ask("GET", path, session, None, headers)

    def post(self, path: str, session: str, fields: dict | None = None, **headers: str) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": CSRF}
        return self.ask("POST", path, session, urlencode(fields or {}), form | headers)

    def ask(
        self, method: str, path: str, session: str, body: str | None, headers: dict[str, str]
    ) -> Answer:
        cookies = {"Cookie": f"sessionid={session}; csrftoken={CSRF}"}
        began = time.perf_counter()
        response = self._response(method, path, body, cookies | headers)
        content = response.read()
        return Answer(response.status, content, (time.perf_counter() - began) * 1000)

    def _response(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        try:
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closes what was idle too long; a browser connects again as well.
            self.connection.close()
            self.connection.request(method, path, body, headers)
            return self.connection.getresponse()

    def close(self) -> None:
        self.connection.close()


def expect(answer: Answer, *statuses: int) -> Answer:
    """A figure of an error page would be worth nothing."""
    if answer.status not in statuses:
        text = re.sub(r"<[^>]+>|\s+", " ", answer.body.decode(errors="replace"))
        raise RuntimeError(f"answered {answer.status}: {' '.join(text.split())[:300]}")
    return answer
