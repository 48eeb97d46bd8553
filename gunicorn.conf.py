"""How gunicorn serves the site, for `make serve` and in production alike.

HOST, PORT and WEB_CONCURRENCY (worker processes) come from the environment.
"""

import os
import socket
import sys
from pathlib import Path

HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = os.environ.get("PORT") or "8000"

bind = f"{HOST}:{PORT}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 8
preload_app = True  # a site that may not run says so once, before any worker starts
keepalive = 5
limit_request_line = 8190
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (heartbeats)
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms'


def refuse_taken_port():
    """Say in a sentence what gunicorn says in five attempts: that the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(PORT)))
        except (OSError, ValueError, OverflowError):
            sys.exit(f"Port {PORT} is taken or not allowed. Choose another: make serve PORT=8001")


def on_starting(server):
    if "GUNICORN_FD" not in os.environ:  # a running server renews itself and keeps its socket
        refuse_taken_port()


def when_ready(server):
    host = "localhost" if HOST in {"127.0.0.1", "0.0.0.0"} else HOST  # noqa: S104
    print(f"\nRVU Edge is at http://{host}:{PORT}/ (Ctrl-C ends it)\n", flush=True)


if __name__ == "__main__":  # `make serve` asks before it does anything else
    refuse_taken_port()
