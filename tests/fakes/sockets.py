"""A small HTTP server on loopback for the fakes: real sockets, answers that may come late, by half, or never."""

import json
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One call as it came in. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """An answer. `body` is bytes, a path whose file is sent, or anything else as JSON.

    `lost`: the connection ends without an answer. `half`: it ends in the middle of the body. `delay` is in seconds.
    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    lost: bool = False
    half: bool = False


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = False
    fake: "SocketServer"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play."""


class SocketServer:
    """Starts with `with`; `url` is its address, with https when `tls` is given. `answer` is what a fake writes."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._tls = tls
        self._open(0)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"

    def _open(self, port: int) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        if self._tls is not None:
            # The handshake belongs to the connection's own thread, not to the one that accepts.
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def answer(self, request: Request) -> Reply:
        """The answer to one call; called on several threads."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._close()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Inside this block nobody listens: open connections end, new ones are refused."""
        self._close()
        try:
            yield
        finally:
            self._open(self._server.server_address[1])
            self._thread.start()

    def _close(self) -> None:
        self._server.shutdown()
        with self._lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client closed it first
        self._server.server_close()
        self._thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.fake._lock:
            self.server.fake._connections.add(self.connection)

    def finish(self) -> None:
        with self.server.fake._lock:
            self.server.fake._connections.discard(self.connection)
        super().finish()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query={name: values[0] for name, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        self.server.fake.requests.append(request)
        self._send(self.server.fake.answer(request))

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _send(self, reply: Reply) -> None:
        if reply.delay:
            time.sleep(reply.delay)
        if reply.lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(reply.body, Path):
            self._send_file(reply)
            return
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        kind = "application/octet-stream" if isinstance(reply.body, bytes) else "application/json"
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if reply.half else body)
        if reply.half:
            self.close_connection = True

    def _send_file(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Length", str(reply.body.stat().st_size))
        self.end_headers()
        with reply.body.open("rb") as file:
            shutil.copyfileobj(file, self.wfile, 1024 * 1024)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the test reads `requests`."""
