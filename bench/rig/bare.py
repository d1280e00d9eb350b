"""The measure of all: the same orders, questions and downloads on bare asyncio, with no database and no check.

    python bench/rig/bare.py ORIGIN ENDPOINT N PAUSE FOLDER

All orders go out at once; each job is asked about every PAUSE seconds until it is over, and its file is written to
FOLDER. Prints the seconds that took. Imports nothing of ours.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from wire import Client


async def job(client: Client, endpoint: str, number: int, pause: float, folder: Path) -> None:
    order = json.dumps({"prompt": f"Wave {number}"}).encode()
    _, answer = await client.call("POST", f"/{endpoint}", order)
    handle = json.loads(answer)
    await asyncio.sleep(random.uniform(0, pause))  # or all would ask at the same moments
    while True:
        _, answer = await client.call("GET", urlsplit(handle["status_url"]).path)
        if json.loads(answer)["status"] == "COMPLETED":
            break
        await asyncio.sleep(pause)
    _, answer = await client.call("GET", urlsplit(handle["response_url"]).path)
    result = json.loads(answer)
    file = result["images"][0] if "images" in result else result["video"]
    _, content = await client.call("GET", urlsplit(file["url"]).path)
    (folder / str(number)).write_bytes(content)


async def main(origin: str, endpoint: str, number: int, pause: float, folder: Path) -> None:
    client = Client(origin, number)
    began = time.monotonic()
    await asyncio.gather(*(job(client, endpoint, each, pause, folder) for each in range(number)))
    print(time.monotonic() - began)
    client.close()


if __name__ == "__main__":
    origin, endpoint, number, pause, folder = sys.argv[1:]
    uvloop.run(main(origin, endpoint, int(number), float(pause), Path(folder)))
