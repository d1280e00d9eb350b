"""Files of a result on their way into our storage: stream to disk, check, probe, keep."""

import logging

from django.conf import settings
from django.utils import timezone

from generation import media, storage
from generation.catalogue import UnknownModelError, catalogue
from generation.differences import differences
from generation.media import MediaInfo
from generation.media_types import MEDIA_TYPES, media_of
from generation.models import Generation, Output
from generation.posters import TELL_AGAIN
from generation.providers.base import Provider, RemoteFile

logger = logging.getLogger(__name__)


def bring_in(generation: Generation, provider: Provider, files: tuple[RemoteFile, ...]) -> list[Output]:
    """Copy each file of a result into our storage; returns unsaved rows. May be repeated: keys stay the same.

    Raises UnavailableError (ask again), FileRefusedError or BrokenMediaError (the file is not what was ordered).
    """
    brought = [_bring_one(generation, provider, file, index) for index, file in enumerate(files)]
    outputs = [output for output, _ in brought]
    _compare(generation, outputs, [info for _, info in brought])
    return outputs


def _compare(generation: Generation, outputs: list[Output], found: list[MediaInfo]) -> None:
    """Say on each file how it differs from what was ordered. It is kept whatever it is."""
    try:
        spec = catalogue().find(generation.model)
    except UnknownModelError:
        logger.warning(
            "%s: the catalogue no longer has %s to compare with.", generation.key, generation.model
        )
        return
    for output, sentences in zip(outputs, differences(spec, generation.request, found), strict=True):
        output.differences = list(sentences)


def _bring_one(
    generation: Generation, provider: Provider, file: RemoteFile, index: int
) -> tuple[Output, MediaInfo]:
    expected = {kind for kind in MEDIA_TYPES if media_of(kind) == generation.media}
    with (
        provider.stream(file) as chunks,
        storage.receive(chunks, max_bytes=settings.MAX_RESULT_BYTES, expected=expected) as received,
    ):
        info = media.probe(received.path)
        key = storage.save(received, storage.output_key(generation.key, index, received.content_type))
        output = Output(
            generation=generation,
            index=index,
            key=key,
            poster_due_at=timezone.now() + TELL_AGAIN,
            content_type=received.content_type,
            size_bytes=received.size_bytes,
            sha256=received.sha256,
            width=info.width or None,
            height=info.height or None,
            seconds=info.seconds,
            fps=info.fps,
            codec=info.codec,
            has_audio=info.has_audio,
            is_flagged=file.is_flagged,
        )
        return output, info
