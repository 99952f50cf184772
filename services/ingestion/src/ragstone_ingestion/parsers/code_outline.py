"""Where definitions begin in source code of any common language.

A definition begins at a line that stands as far left as its neighbours and says so: ``def``, ``class``, ``func``,
``CREATE TABLE``, a name before parentheses and a brace, a ``[section]``, a ``key:``. It goes on to what stands as far
left again. Comments, decorators and attributes right above belong to it. Long ones are parted at what they hold.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MODIFIERS = (
    r"(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|sealed|async|override|virtual"
    r"|partial|open|data|unsafe|extern(?:\s+\"C\")?|inline|pub(?:\([^)]*\))?|const|readonly|synchronized|native|extension"
    r"|suspend|case|implicit|constexpr|template\s*<[^>]*>|friend|explicit)\s+)*"
)
_KEYWORDS = (
    r"class|interface|enum(?:\s+class)?|struct|union|trait|impl(?:<[^>]*>)?|object|record|protocol|extension|namespace|module|mod"
    r"|def|fn|func(?:\s*\([^)]*\))?|fun|function\*?|sub|proc|type|macro_rules!|annotation|actor|defmodule|defp"
)
_NAME = r"[A-Za-z_$][\w$.:<>?!=-]*"
_STATEMENTS = (
    "if|for|while|switch|return|else|catch|with|do|using|foreach|lock|match|elif|unless|until|new|throw|await|assert|yield|not"
    "|and|or|in|insert|values|from|select|where|raise|print|echo|delete|goto|case|import|primary|foreign|unique|go|defer"
)
CODE = (
    re.compile(rf"(?!namespace\b.*;$){_MODIFIERS}(?:{_KEYWORDS})\s+(?:self\.)?(?P<name>{_NAME}(?:\s+for\s+{_NAME})?)"),
    # SQL
    re.compile(
        r"(?:create|alter)\s+(?:or\s+replace\s+)?(?:\w+\s+){0,3}?(?:table|view|function|procedure|index|trigger|type|schema)\s+"
        r"(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"`\[\]]+)",
        re.IGNORECASE,
    ),
    # const name = (...) => / function
    re.compile(
        rf"(?:export\s+)?(?:const|let|var)\s+(?P<name>{_NAME})\s*(?::[^=]+)?=\s*(?:async\s+)?(?:function\b|\(|\w+\s*=>)"
    ),
    # type name(...     of C and its heirs
    re.compile(
        rf"(?!(?:{_STATEMENTS})\b){_MODIFIERS}(?:[\w$:<>,\[\]*&?.~]+\s+)+[*&]*(?P<name>~?{_NAME})\s*\([^;=]*$", re.I
    ),
    # name(...) {       of methods and shells
    re.compile(rf"(?!(?:{_STATEMENTS})\b){_MODIFIERS}(?P<name>{_NAME})\s*\([^;]*\{{$"),
)
"""What opens a definition in programs."""
SECTIONS = (
    re.compile(r"\[{1,2}(?P<name>[^\[\]]+)\]{1,2}\s*(?:[#;].*)?$"),
    re.compile(r"(?P<name>[\w./\"'-]+):\s*(?:[|>&!][-+\w]*)?\s*(?:#.*)?$"),
)
"""What opens a section of a configuration: ``[name]``, or ``key:`` with what is nested below."""
_COMMENT = re.compile(r"\s*(?:#(?!\[)|//|/\*|\*|--|;;|%%)")
_ABOVE = re.compile(r"\s*(?:@\w|\[\w|#\[)")
"""Decorators and attributes, which belong to what is below them, as comments do."""
_GOES_ON = re.compile(
    r"\s*(?:[{})\]]|\$\$|(?:end|fi|done|esac|else|elif|except|finally|catch|rescue|ensure|begin|as|where)\b)",
    re.IGNORECASE,
)
_PARTED_FROM = 60
"""Lines from which on a definition is parted at the definitions within it."""
_MAX_LEVEL = 3
_NAME_LENGTH = 120
_LINE_LENGTH = 500


@dataclass(frozen=True)
class Definition:
    """Lines of code; ``name`` is None for what defines nothing."""

    name: str | None
    lines: Sequence[str]
    level: int = 1


@dataclass(frozen=True)
class Outline:
    """Parts lines of code by what its patterns say opens a definition."""

    patterns: Sequence[re.Pattern[str]]

    def definitions_of(self, lines: Sequence[str], level: int = 1) -> Iterator[Definition]:
        """The definitions in order; together they hold every line once."""
        start, name = 0, None
        for bound, following in self._bounds(lines):
            if any(map(str.strip, lines[start:bound])):
                yield from self._parted(Definition(name, lines[start:bound], level))
            start, name = bound, following
        yield from self._parted(Definition(name, lines[start:], level))

    def _bounds(self, lines: Sequence[str]) -> Iterator[tuple[int, str | None]]:
        """Where the outermost definitions begin and, with None for a name, where one has ended."""
        margin = min((_indent(line) for line in lines if line.strip() and not _GOES_ON.match(line)), default=0)
        last, above, within, body, outer = 0, None, False, False, ""
        for index, line in enumerate(lines):
            if not line.strip():
                continue
            if (_indent(line) > margin and not _COMMENT.match(line)) or _GOES_ON.match(line):
                body, above = True, above if _ABOVE.match(outer) else None
                continue
            outer = line
            if _COMMENT.match(line) or (_ABOVE.match(line) and self._name_of(line) is None):
                above = index if above is None else above
            else:
                start, name = index if above is None else above, self._name_of(line)
                if name is not None or (within and body):
                    yield max(start, last), name
                    last, within, body = index, name is not None, False
                above = None

    def _parted(self, definition: Definition) -> Iterator[Definition]:
        """The definition, or its head and what it holds when it is long."""
        within: list[Definition] = []
        if definition.name and len(definition.lines) >= _PARTED_FROM and definition.level < _MAX_LEVEL:
            opening = next(index for index, line in enumerate(definition.lines) if self._opens(line)) + 1
            within = list(self.definitions_of(definition.lines[opening:], definition.level + 1))
        if not any(one.name for one in within):
            yield definition
            return
        head = definition.lines[:opening]
        if within[0].name is None:
            head, within = [*head, *within[0].lines], within[1:]
        yield Definition(definition.name, head, definition.level)
        yield from within

    def _opens(self, line: str) -> bool:
        return not _COMMENT.match(line) and self._name_of(line) is not None

    def _name_of(self, line: str) -> str | None:
        stripped = line.strip()[:_LINE_LENGTH]
        found = next((match for pattern in self.patterns if (match := pattern.match(stripped))), None)
        return found["name"].strip(" \"'`:{<(=")[:_NAME_LENGTH] or None if found else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
