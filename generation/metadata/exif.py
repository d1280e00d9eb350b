"""The prompt and our id of the generation as EXIF, for programs that know nothing else. XMP says it all."""

from PIL import Image

from .description import SOFTWARE, Description

MARK = b"Exif\x00\x00"
_DESCRIPTION, _SOFTWARE, _DETAILS, _VERSION, _OWN_ID = 0x010E, 0x0131, 0x8769, 0x9000, 0xA420


def exif(description: Description, old: bytes = b"") -> bytes:
    """An EXIF block that begins with its mark. What an `old` one says (which way is up, and more) stays."""
    block = Image.Exif()
    if old:
        block.load(old if old.startswith(MARK) else MARK + old)
    block[_SOFTWARE] = SOFTWARE
    if description.prompt:
        # The field is older than Unicode; as UTF-8 it is read right by all that is in use.
        block[_DESCRIPTION] = description.prompt.encode()
    details = block.get_ifd(_DETAILS)
    details.setdefault(_VERSION, b"0232")
    details[_OWN_ID] = description.generation.replace("-", "")
    written: bytes = block.tobytes()
    return written if written.startswith(MARK) else MARK + written
