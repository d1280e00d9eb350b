"""What the person who ordered can do about an error, by the code that a failed generation keeps.

Codes are those of the error tree, our own words for a bad end, and fal's types of errors (its documents list them).
"""

from functools import cache

from generation.providers.errors import ContentRejectedError, InvalidRequestError, ProviderError

USUAL = "Change the prompt or the settings, or order the same again: a new try often goes well."

_AGAIN = "This was the provider's own trouble, not the order's. Order the same again, now or in a while."
_PICTURE = "Choose another picture: the provider could not work with this one."
_FILE = "Choose another file, or give it in a form, length and size that the model takes."
_VALUE = InvalidRequestError.advice

_BY_WORD = {
    "no_media": "Nothing usable came back. Change the prompt or the seed and order again.",
    "no_media_generated": "Nothing usable came back. Change the prompt or the seed and order again.",
    "unusable_file": "Order the same again. If it comes back broken once more, choose another model.",
    "timed_out": "It took longer than the provider allows. Order it again, shorter or smaller if you can.",
    "mock_failure": "The mock provider fails some orders on purpose. Order the same again.",
    "content_policy_violation": ContentRejectedError.advice,
    "generation_timeout": "It took longer than the provider allows. Order it again, shorter or smaller if you can.",
    "internal_server_error": _AGAIN,
    "internal_error": _AGAIN,
    "downstream_service_error": _AGAIN,
    "downstream_service_unavailable": _AGAIN,
    "request_timeout": _AGAIN,
    "startup_timeout": _AGAIN,
    "image_too_small": "Choose a larger picture: this one has too few pixels for the model.",
    "image_too_large": "Choose a smaller picture: this one has too many pixels for the model.",
    "image_load_error": _PICTURE,
    "face_detection_error": "Choose a picture or clip in which one face is clearly seen.",
    "file_download_error": "The provider could not fetch a file of this order. Order again, or upload the file here.",
    "file_too_large": "Choose a smaller file: this one is more than the model takes.",
    "feature_not_supported": "The model does not do this. Change the settings, or choose another model.",
    "bad_request": _VALUE,
    "missing": _VALUE,
    "multiple_of": _VALUE,
    "one_of": _VALUE,
}
_BY_BEGINNING = {
    "runner_": _AGAIN,
    "http_5": _AGAIN,
    "greater_than": _VALUE,
    "less_than": _VALUE,
    "sequence_too_": _VALUE,
    "value_error": _VALUE,
    "audio_duration_too_": _FILE,
    "video_duration_too_": _FILE,
    "unsupported_": _FILE,
}


def advice_for(code: str) -> str:
    """One or two sentences; the usual ones for a code that is not known, '' where there is no code."""
    if not code:
        return ""
    known = _of_tree() | _BY_WORD
    for beginning, words in _BY_BEGINNING.items():
        if code.startswith(beginning):
            return known.get(code, words)
    return known.get(code, USUAL)


@cache
def _of_tree() -> dict[str, str]:
    """The advice of each error of ours."""
    return {error.code: error.advice for error in _family(ProviderError)}


def _family(error: type[ProviderError]) -> list[type[ProviderError]]:
    return [error, *(each for child in error.__subclasses__() for each in _family(child))]
