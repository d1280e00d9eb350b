"""Files of ours, laid into fal's storage so that its models can read them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from generation.providers.errors import AuthenticationError, RefusedError, UnavailableError
from generation.providers.http import Secrets, api_client, ask, json_of, words_of

CHUNK_BYTES = 256 * 1024
# A large clip over a slow line; each single write still has the usual limit.
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
    ) -> None:
        self._client = client
        self._keyless = api_client(headers={}, transport=transport, timeout=TIMEOUT)
        self._rest_url = rest_url
        self._secrets = secrets
        self._headers = {"X-Fal-Object-Lifecycle": lifecycle, "X-Fal-Object-Lifecycle-Preference": lifecycle}

    def publish(self, path: Path, content_type: str) -> str:
        """The address of the uploaded file. Raises UnavailableError or a RefusedError."""
        place = self._place(path.name, content_type)
        response = ask(
            self._keyless,
            "PUT",
            place["upload_url"],
            secrets=self._secrets,
            headers={"Content-Type": content_type, "Content-Length": str(path.stat().st_size)},
            content=_chunks(path),
        )
        if response.status_code >= 300:
            raise UnavailableError(
                self._secrets.hide(
                    f"fal's storage did not take a file ({response.status_code}): {words_of(response)}"
                )
            )
        return place["file_url"]

    def close(self) -> None:
        """Close the connections."""
        self._keyless.close()

    def _place(self, name: str, content_type: str) -> Mapping[str, str]:
        response = ask(
            self._client,
            "POST",
            f"{self._rest_url}/storage/upload/initiate?storage_type=fal-cdn-v3",
            secrets=self._secrets,
            headers=self._headers,
            json={"file_name": name, "content_type": content_type},
        )
        if response.status_code in (401, 403):
            raise AuthenticationError(self._secrets.hide(words_of(response)))
        body: Any = json_of(response)
        if response.status_code >= 300:
            raise RefusedError(
                self._secrets.hide(f"fal takes no file ({response.status_code}): {words_of(response)}")
            )
        if not isinstance(body, Mapping) or not all(
            isinstance(body.get(k), str) for k in ("upload_url", "file_url")
        ):
            raise UnavailableError("fal named no place for a file.")
        if body["upload_url"].partition(":")[0] != self._rest_url.partition(":")[0]:
            raise RefusedError("fal named a place for a file that is not reached by https.")
        return {"upload_url": body["upload_url"], "file_url": body["file_url"]}


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
