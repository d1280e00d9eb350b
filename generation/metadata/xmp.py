"""The description as an XMP packet, which pictures and clips carry alike, with IPTC's words for what a machine made."""

import re
from xml.sax.saxutils import escape, quoteattr

from .description import SOFTWARE, SOURCE_TYPE, Description

_OWN = "urn:rushes:metadata:1.0:"
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_END = b"</rdf:RDF>"
_HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_SPACES = {
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "rushes": _OWN,
}


def packet(description: Description, old: bytes = b"") -> bytes:
    """A whole packet. What an `old` one says stays, and this is said as well."""
    own = _own_words(description)
    head, found, tail = old.rpartition(_END)
    if found:
        return head + own.encode() + found + tail
    rdf = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{own}</rdf:RDF>'
    return f'{_HEAD}<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>\n<?xpacket end="w"?>'.encode()


def _own_words(description: Description) -> str:
    made = description.made_at.isoformat(timespec="seconds")
    said = [
        ("Iptc4xmpExt:DigitalSourceType", SOURCE_TYPE),
        ("Iptc4xmpExt:AIPromptInformation", description.prompt),
        ("Iptc4xmpExt:AISystemUsed", description.model),
        ("xmp:CreatorTool", SOFTWARE),
        ("xmp:CreateDate", made),
        ("rushes:Model", description.model),
        ("rushes:Provider", description.provider),
        ("rushes:Parameters", description.parameters),
        ("rushes:Seed", description.seed),
        ("rushes:Generation", description.generation),
    ]
    spaces = " ".join(f"xmlns:{short}={quoteattr(address)}" for short, address in _SPACES.items())
    words = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in said if value)
    if description.prompt:
        line = f'<rdf:li xml:lang="x-default">{_text(description.prompt)}</rdf:li>'
        words += f"<dc:description><rdf:Alt>{line}</rdf:Alt></dc:description>"
    return f'<rdf:Description rdf:about="" {spaces}>{words}</rdf:Description>'


def _text(value: str) -> str:
    """Text as XML can hold it: what XML has no way to write is left out."""
    return escape(_ILLEGAL.sub("", value))
