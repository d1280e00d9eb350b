"""Kie.ai on a real socket: its jobs API, uploads, download links, balance and callbacks.

All goes well unless a test writes otherwise: into `order_replies` for orders to come (a lost answer is an order taken),
into `question_reply` for all questions, into `tasks` for what a record says, into `file_reply` and `have_lapsed` for
how files are delivered.
"""

import base64
import hashlib
import hmac
import json
import threading
import time
from typing import Any

from tests.fakes.sockets import Reply, Request, SocketServer

KEY = "kie-key-that-nobody-may-see"
WEBHOOK_KEY = "kie-callback-key-0123456789"
CLIP = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 1200
UPLOAD_FIELDS = ("file", "uploadPath", "fileName")


def says(code: int, words: str, data: Any = None, **headers: str) -> Reply:
    """Kie's usual way: HTTP 200, and the truth in the body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, {"code": code, "msg": words, "data": data}, named)


class FakeKie(SocketServer):
    """`orders` are the bodies of all orders that came in; `tasks` the jobs that were made of them."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: list[Any] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.fresh_links: list[str] = []
        self.order_replies: list[Reply] = []
        self.question_reply: Reply | None = None
        self.file_reply: Reply | None = None
        self.have_lapsed = False
        self.clip = CLIP
        self.credits: Any = 1234.5
        self._writing = threading.Lock()

    def settings(self) -> dict[str, Any]:
        """The product's settings that lead here."""
        return {
            "KIE_API_KEY": KEY,
            "KIE_BASE_URL": self.url,
            "KIE_MEDIA_HOSTS": [self.url],
            "KIE_WEBHOOK_KEY": WEBHOOK_KEY,
        }

    def answer(self, request: Request) -> Reply:
        if request.path.startswith("/files/"):
            return self._file(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return says(401, "You do not have access permissions")
        if request.path == "/api/v1/jobs/createTask":
            return self._order(request.json)
        if self.question_reply is not None:
            return self.question_reply
        match request.method, request.path:
            case "GET", "/api/v1/jobs/recordInfo":
                return self._record(request.query.get("taskId", ""))
            case "GET", "/api/v1/chat/credit":
                return says(200, "success", self.credits)
            case "POST", "/api/v1/common/download-url":
                return self._fresh_link(request.json["url"])
            case "POST", "/api/file-stream-upload":
                return self._upload(request.body)
        return Reply(404, {"status": 404, "error": "Not Found"})

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

    def _order(self, order: Any) -> Reply:
        with self._writing:
            self.orders.append(order)
            reply = self.order_replies.pop(0) if self.order_replies else None
            if reply is not None and not reply.lost:
                return reply
            task_id = f"{len(self.tasks):032x}"
            self.tasks[task_id] = _new_record(task_id, order)
        return reply or says(200, "success", {"taskId": task_id})

    def _record(self, task_id: str) -> Reply:
        record = self.tasks.get(task_id)
        return says(422, "recordInfo is null") if record is None else says(200, "success", record)

    def _fresh_link(self, url: str) -> Reply:
        self.fresh_links.append(url)
        if not url.startswith(f"{self.url}/files/"):
            return says(422, "The URL was not made by this service")
        return says(200, "success", f"{url}?fresh=1")

    def _upload(self, body: bytes) -> Reply:
        name = body.partition(b'filename="')[2].partition(b'"')[0].decode()
        missing = [field for field in UPLOAD_FIELDS if f'name="{field}"'.encode() not in body]
        if missing:
            return Reply(200, {"success": False, "code": 400, "msg": f"Missing parameter: {missing[0]}"})
        self.uploads[name] = body
        address = f"https://tempfile.redpandaai.co/rushes/{name}"
        return Reply(200, {"success": True, "code": 200, "msg": "ok", "data": {"downloadUrl": address}})

    def _file(self, request: Request) -> Reply:
        if self.have_lapsed and "fresh" not in request.query:
            return Reply(403, {"error": "expired"})
        return self.file_reply or Reply(200, self.clip, {"Content-Type": "video/mp4"})


def _new_record(task_id: str, order: Any) -> dict[str, Any]:
    return {
        "taskId": task_id,
        "model": order["model"],
        "state": "waiting",
        "param": json.dumps(order),
        "resultJson": "",
        "failCode": None,
        "failMsg": None,
        "costTime": None,
        "createTime": int(time.time() * 1000),
        "completeTime": None,
    }
