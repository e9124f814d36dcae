"""How gunicorn serves the web process, in production and under bin/run alike."""

import os
import sys

wsgi_app = "backoffice.wsgi:application"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 30
graceful_timeout = 20
# An open page asks every 19 seconds, over the connection that it has.
keepalive = 25
# A thread that reckons for long lets the others have their turn after a millisecond, not five.
sys.setswitchinterval(0.001)
# A slow leak never grows old.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
