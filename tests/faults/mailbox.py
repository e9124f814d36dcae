"""A mail server of the tests' own, which can be held just before or just after it accepts."""

import socketserver
import threading
from collections import Counter
from contextlib import suppress
from email import message_from_bytes

BEFORE_ACCEPTING, AFTER_ACCEPTING = "before accepting", "after accepting"


class Mailbox(socketserver.ThreadingTCPServer):
    """Counts what it has accepted, by Message-ID. Serves from `with` on."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.accepted = Counter()
        self.held_at, self.held, self.let_go = None, threading.Event(), threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *problem):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def hold(self, stage):
        """Let the next conversation that gets so far wait there, until `release`."""
        self.held.clear()
        self.let_go.clear()
        self.held_at = stage

    def release(self):
        self.held_at = None
        self.let_go.set()

    def pause(self, stage, sender):
        """Whoever is held hears from us every second, and so does not lose patience."""
        if self.held_at == stage:
            self.held.set()
            while not self.let_go.wait(1):
                sender.say("250-one moment")


class Conversation(socketserver.StreamRequestHandler):
    """Just enough SMTP for one message of one sender."""

    def handle(self):
        with suppress(ConnectionError):  # the sender was killed
            self.say("220 mailbox")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self.say("354 go on")
                    message = b"".join(iter(self.rfile.readline, b".\r\n"))
                    self.server.pause(BEFORE_ACCEPTING, self)
                    if self.sender_has_gone():
                        return
                    self.server.accepted[message_from_bytes(message)["Message-ID"]] += 1
                if verb == b"QUIT":
                    self.server.pause(AFTER_ACCEPTING, self)
                    return
                self.say("250 fine")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def sender_has_gone(self):
        self.connection.setblocking(False)
        try:
            return self.connection.recv(1) == b""
        except BlockingIOError:
            self.connection.setblocking(True)
            return False
