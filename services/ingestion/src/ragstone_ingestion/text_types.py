"""The media types of text: what a file's extension, its content or its sender says."""

import json
import re

HTML, JSON, JSON_LINES, MAIL = "text/html", "application/json", "application/x-ndjson", "message/rfc822"
CODE, CONFIGURATION = "text/x-source-code", "text/x-configuration"
_CODE_EXTENSIONS = """
    asm awk bas bash bat c cc cjs clj cljs cmd coffee cpp cs css cu cxx dart el elm erl ex exs f90 fish fs fsx gd
    glsl go gradle graphql groovy h hcl hh hlsl hpp hrl hs hxx java jl js jsx kt kts less lisp lua m mjs ml mli mm
    nim nix pas perl php pl pm proto ps1 psm1 py pyi pyx r rb rs sass scala scm scss sh sol sql svelte swift tcl tf
    thrift ts tsx v vb vhd vhdl vim vue zig zsh
"""
BY_EXTENSION = {
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".mdx"), "text/markdown"),
    **dict.fromkeys((".adoc", ".asciidoc"), "text/asciidoc"),
    ".csv": "text/csv",
    **dict.fromkeys((".tsv", ".tab"), "text/tab-separated-values"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), HTML),
    **dict.fromkeys((".json", ".geojson", ".ipynb", ".webmanifest"), JSON),
    **dict.fromkeys((".jsonl", ".ndjson"), JSON_LINES),
    **dict.fromkeys((".eml", ".mht", ".mhtml"), MAIL),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties"), CONFIGURATION),
    **{f".{extension}": CODE for extension in _CODE_EXTENSIONS.split()},
}
BY_DECLARATION = frozenset(BY_EXTENSION.values())
_PAGE = re.compile(r"\A\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]?.*\n(?:[ \t].*\n)*", re.MULTILINE)
_SENT = {"from", "sender", "return-path"}
_TRANSPORTED = {"date", "message-id", "received", "mime-version", "delivered-to", "dkim-signature"}
_SCRIPT = re.compile(r"#!\s*/\S")
_JSON_START = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*[\[{\"\d\]tfn-])")
_CUT_OFF = ("Unterminated string", "Invalid \\")
_CUT_OFF_BYTES = 16
_LEAST_CUT_OFF = 1000


def type_by_content(text: str, extension: str) -> str | None:
    """The media type that the beginning of a text shows beyond doubt.

    What has the extension of a text format is believed to be that, unless it is a page.
    """
    if _PAGE.match(text):
        return HTML
    if extension in BY_EXTENSION:
        return None
    if _is_mail(text):
        return MAIL
    if _SCRIPT.match(text):
        return CODE
    return _json_type(text)


def _is_mail(text: str) -> bool:
    """Whether the text begins with headers, among them one of a sender and one of a post office."""
    names, position = set(), 0
    while match := _HEADER.match(text, position):
        names.add(match[1].lower())
        position = match.end()
    return len(names) > 2 and bool(names & _SENT) and bool(names & _TRANSPORTED)


def _json_type(text: str) -> str | None:
    """JSON or JSON Lines, if the text, which may be cut off, is such as far as it goes."""
    if not _JSON_START.match(text):
        return None
    start = len(text) - len(text.lstrip())
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text, start)
    except json.JSONDecodeError as error:
        cut_off = error.msg.startswith(_CUT_OFF) or error.pos >= len(text) - _CUT_OFF_BYTES
        return JSON if cut_off and len(text) >= _LEAST_CUT_OFF else None
    except RecursionError:
        return JSON
    rest = text[end:]
    if not rest.strip():
        return JSON
    return JSON_LINES if rest[:1] in "\r\n" and _JSON_START.match(rest) else None
