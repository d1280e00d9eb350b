"""Files of ours, laid into fal's storage so that its models can read them."""

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from generation.providers.errors import AuthenticationError, RefusedError, UnavailableError
from generation.providers.http import Secrets, api_client, ask, json_of, words_of

CHUNK_BYTES = 256 * 1024
# As fal's own clients do: what is larger goes in parts.
LARGE_BYTES = 90 * 1024**2
PART_BYTES = 10 * 1024**2
# A large file over a slow line; this is the limit of each single step of it.
TIMEOUT = httpx.Timeout(60, connect=10, pool=30)


class Uploads:
    """Uploads in two steps: fal names a place, the bytes go there without our key."""

    def __init__(
        self,
        client: httpx.Client,
        rest_url: str,
        secrets: Secrets,
        *,
        lifecycle: str,
        transport: httpx.BaseTransport | None = None,
        large_bytes: int = LARGE_BYTES,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._client = client
        self._keyless = api_client(headers={}, transport=transport, timeout=TIMEOUT)
        self._rest_url = rest_url
        self._secrets = secrets
        self._headers = {"X-Fal-Object-Lifecycle": lifecycle, "X-Fal-Object-Lifecycle-Preference": lifecycle}
        self._large_bytes = large_bytes
        self._part_bytes = part_bytes

    def publish(self, path: Path, content_type: str) -> str:
        """The address of the uploaded file. Raises UnavailableError or a RefusedError."""
        size = path.stat().st_size
        if size > self._large_bytes:
            upload_url, file_url = self._place("initiate-multipart", path.name, content_type)
            self._put_in_parts(httpx.URL(upload_url), path, content_type)
        else:
            upload_url, file_url = self._place("initiate", path.name, content_type)
            self._send("PUT", upload_url, content_type, content=_chunks(path), size=size)
        return file_url

    def close(self) -> None:
        """Close the connections."""
        self._keyless.close()

    def _place(self, how: str, name: str, content_type: str) -> tuple[str, str]:
        """Where to send the file, and where it will be."""
        response = ask(
            self._client,
            "POST",
            f"{self._rest_url}/storage/upload/{how}?storage_type=fal-cdn-v3",
            secrets=self._secrets,
            headers=self._headers,
            json={"file_name": name, "content_type": content_type},
        )
        if response.status_code in (401, 403):
            raise AuthenticationError(self._secrets.hide(words_of(response)))
        if response.status_code >= 300:
            raise RefusedError(
                self._secrets.hide(f"fal takes no file ({response.status_code}): {words_of(response)}")
            )
        body = json_of(response)
        given = body if isinstance(body, Mapping) else {}
        upload_url, file_url = given.get("upload_url"), given.get("file_url")
        if not (isinstance(upload_url, str) and isinstance(file_url, str)):
            raise UnavailableError("fal named no place for a file.")
        if upload_url.partition(":")[0] != self._rest_url.partition(":")[0]:
            raise RefusedError("fal named a place for a file that is not reached by https.")
        return upload_url, file_url

    def _put_in_parts(self, place: httpx.URL, path: Path, content_type: str) -> None:
        parts = []
        with path.open("rb") as file:
            for number in itertools.count(1):
                part = file.read(self._part_bytes)
                if not part:
                    break
                response = self._send(
                    "PUT", _below(place, str(number)), content_type, content=part, size=len(part)
                )
                body = json_of(response)
                etag = body.get("etag") if isinstance(body, Mapping) else response.headers.get("etag")
                if not etag:
                    raise UnavailableError("fal's storage did not confirm a part of a file.")
                parts.append({"partNumber": number, "etag": etag})
        content = json.dumps({"parts": parts}).encode()
        self._send("POST", _below(place, "complete"), "application/json", content=content, size=len(content))

    def _send(
        self, method: str, url: str, content_type: str, *, content: bytes | Iterator[bytes], size: int
    ) -> httpx.Response:
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        response = ask(self._keyless, method, url, secrets=self._secrets, headers=headers, content=content)
        if response.status_code >= 300:
            raise UnavailableError(
                self._secrets.hide(
                    f"fal's storage did not take a file ({response.status_code}): {words_of(response)}"
                )
            )
        return response


def _below(place: httpx.URL, name: str) -> str:
    """An address below the place, with the place's own query, which holds its permission."""
    return str(place.copy_with(path=f"{place.path.rstrip('/')}/{name}"))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
