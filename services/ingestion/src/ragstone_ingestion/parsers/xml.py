"""XML that may declare nothing: no entity multiplies, no entity reaches for a file."""

from typing import cast
from xml.etree.ElementTree import Element

from lxml import etree  # type: ignore[import-untyped]

from ragstone_ingestion.errors import CorruptDocument

__all__ = ["Element", "attribute", "local_name", "parse_xml", "refuse_declarations"]


def parse_xml(content: bytes) -> Element:
    """The root element. Raises CorruptDocument for XML that is broken or declares entities of its own."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=True
    )
    refuse_declarations(content)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CorruptDocument(f"the file's XML is broken: {error}") from error
    return cast(Element, root)


def refuse_declarations(content: bytes) -> None:
    """Raises CorruptDocument when entities are declared, in whatever encoding."""
    if b"<!ENTITY" in content.replace(b"\x00", b""):
        raise CorruptDocument("the file's XML declares entities")


def local_name(element: Element) -> str:
    """The element's name without its namespace; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """The attribute of that name in whichever namespace."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), None)
