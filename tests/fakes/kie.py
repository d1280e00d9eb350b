"""Kie.ai on a real socket: its jobs API, uploads, download links, balance and callbacks, with every misbehaviour.

All goes well unless a test writes otherwise: into `order_replies` for orders to come, into `question_reply` for all
questions, into `tasks` for what a record says, into `files` for how files are delivered.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

KEY = "kie-key-that-nobody-may-see"
WEBHOOK_KEY = "kie-callback-key-0123456789"
CLIP = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 1200


@dataclass(frozen=True)
class Reply:
    """An answer instead of the usual one. `drops`: end the connection instead. `makes_job`: take the order first."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drops: bool = False
    makes_job: bool = False

    @classmethod
    def code(cls, code: int, words: str, *, status: int = 200, data: Any = None, **headers: str) -> Self:
        """Kie's usual way: HTTP 200, and the truth in the body."""
        return cls(status, {"code": code, "msg": words, "data": data}, headers)


@dataclass
class Files:
    """How files are delivered."""

    content: bytes = CLIP
    have_lapsed: bool = False
    are_halved: bool = False
    redirect_to: str = ""


class KieServer:
    """Runs while its `with` block does."""

    def __init__(self) -> None:
        self.orders: list[Any] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.fresh_links: list[str] = []
        self.order_replies: list[Reply] = []
        self.question_reply: Reply | None = None
        self.files = Files()
        self.credits: Any = 1234.5
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.kie = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def make_task(self, order: dict[str, Any]) -> str:
        with self.lock:
            task_id = f"{len(self.tasks):032x}"
            self.tasks[task_id] = {
                "taskId": task_id,
                "model": order["model"],
                "state": "waiting",
                "param": json.dumps(order),
                "resultJson": "",
                "failCode": None,
                "failMsg": None,
                "costTime": None,
                "createTime": 1767965610929,
                "completeTime": None,
            }
        return task_id

    def succeed(self, task_id: str, **facts: Any) -> None:
        """Let a job end well."""
        result = json.dumps({"resultUrls": [f"{self.url}/files/{task_id}.mp4"]})
        self.tasks[task_id] |= {"state": "success", "resultJson": result, "costTime": 61000} | facts

    def fail(self, task_id: str, code: str, words: str, **facts: Any) -> None:
        """Let a job end badly."""
        self.tasks[task_id] |= {
            "state": "fail",
            "resultJson": None,
            "failCode": code,
            "failMsg": words,
        } | facts

    def callback(self, task_id: str, at: float) -> tuple[dict[str, str], bytes]:
        """The headers and body of the call that Kie makes when a job is over."""
        stamp = str(int(at))
        digest = hmac.digest(WEBHOOK_KEY.encode(), f"{task_id}.{stamp}".encode(), hashlib.sha256)
        record = self.tasks.get(task_id, {"taskId": task_id, "state": "success"})
        headers = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": base64.b64encode(digest).decode()}
        return headers, json.dumps({"code": 200, "msg": "success", "data": record}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64
    kie: KieServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: _Server

    def log_message(self, *_: object) -> None:
        """Silence."""

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path.startswith("/files/"):
            self._file()
        elif not self._is_allowed():
            self._send(Reply.code(401, "You do not have access permissions"))
        elif self.server.kie.question_reply:
            self._send(self.server.kie.question_reply)
        elif path.path == "/api/v1/jobs/recordInfo":
            self._record(parse_qs(path.query).get("taskId", [""])[0])
        elif path.path == "/api/v1/chat/credit":
            self._send(Reply.code(200, "success", data=self.server.kie.credits))
        else:
            self._send(Reply(404, {"status": 404, "error": "Not Found"}))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not self._is_allowed():
            self._send(Reply.code(401, "You do not have access permissions"))
        elif self.path == "/api/v1/jobs/createTask":
            self._order(json.loads(body))
        elif self.path == "/api/v1/common/download-url":
            self._fresh_link(json.loads(body)["url"])
        elif self.path == "/api/file-stream-upload":
            self._upload(body)
        else:
            self._send(Reply(404, {"status": 404, "error": "Not Found"}))

    def _is_allowed(self) -> bool:
        return self.headers.get("authorization") == f"Bearer {KEY}"

    def _order(self, order: Any) -> None:
        kie = self.server.kie
        kie.orders.append(order)
        reply = kie.order_replies.pop(0) if kie.order_replies else None
        if reply is None or reply.makes_job:
            task_id = kie.make_task(order)
            reply = reply or Reply.code(200, "success", data={"taskId": task_id})
        self._send(reply)

    def _record(self, task_id: str) -> None:
        record = self.server.kie.tasks.get(task_id)
        if record is None:
            self._send(Reply.code(422, "recordInfo is null"))
        else:
            self._send(Reply.code(200, "success", data=record))

    def _fresh_link(self, url: str) -> None:
        kie = self.server.kie
        kie.fresh_links.append(url)
        if not url.startswith(f"{kie.url}/files/"):
            self._send(Reply.code(422, "The URL was not made by this service"))
        else:
            self._send(Reply.code(200, "success", data=f"{url}?fresh=1"))

    def _upload(self, body: bytes) -> None:
        name = body.partition(b'filename="')[2].partition(b'"')[0].decode()
        is_whole = all(
            f'name="{field_name}"'.encode() in body for field_name in ("file", "uploadPath", "fileName")
        )
        if not (name and is_whole):
            self._send(Reply(200, {"success": False, "code": 400, "msg": "Missing parameter: uploadPath"}))
            return
        self.server.kie.uploads[name] = body
        address = f"https://tempfile.redpandaai.co/rushes/{name}"
        self._send(Reply(200, {"success": True, "code": 200, "msg": "ok", "data": {"downloadUrl": address}}))

    def _file(self) -> None:
        files = self.server.kie.files
        if files.redirect_to:
            self._send(Reply(302, None, {"Location": files.redirect_to}))
        elif files.have_lapsed and "fresh=1" not in self.path:
            self._send(Reply(403, {"error": "expired"}))
        else:
            self._bytes(200, "video/mp4", files.content, halved=files.are_halved)

    def _send(self, reply: Reply) -> None:
        if reply.drops:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self._bytes(reply.status, "application/json", body, **reply.headers)

    def _bytes(
        self, status: int, content_type: str, body: bytes, *, halved: bool = False, **headers: str
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if halved else body)
        if halved:
            self.close_connection = True
