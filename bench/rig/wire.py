"""The least HTTP that a client needs, on bare asyncio streams. Imports nothing of ours: the rig's scripts use it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

type Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Talks to one origin over at most `connections` kept connections."""

    def __init__(self, origin: str, connections: int) -> None:
        parts = urlsplit(origin)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self._room = asyncio.Semaphore(connections)
        self._idle: list[Connection] = []

    async def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The status and the body of the answer. A connection that the other side has closed is replaced once."""
        async with self._room:
            kept = self._idle.pop() if self._idle else None
            if kept is not None:
                try:
                    return await self._on(kept, method, path, body, headers)
                except (OSError, EOFError):
                    kept[1].close()
            fresh = await asyncio.open_connection(self.host, self.port, limit=2**20)
            return await self._on(fresh, method, path, body, headers)

    async def _on(
        self,
        connection: Connection,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str] | None,
    ) -> tuple[int, bytes]:
        reader, writer = connection
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Content-Length: {len(body)}",
        ]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        answer = await reader.readexactly(length) if length else b""
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append(connection)
        return int(head.split(b" ", 2)[1]), answer

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
