"""What a site lets robots read (RFC 9309)."""

from dataclasses import dataclass, field
from urllib.parse import quote

AGENT = "ragstone"
_ASCII = "".join(chr(code) for code in range(33, 127))


@dataclass
class _Group:
    agents: list[str] = field(default_factory=list)
    rules: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Robots:
    """The rules that hold for us: (pattern, allowed)."""

    rules: list[tuple[str, bool]] = field(default_factory=list)

    def allows(self, path: str) -> bool:
        """Whether a path with its query may be read: the longest pattern decides, and between equals the kind one."""
        matching = [(len(pattern), allowed) for pattern, allowed in self.rules if _matches(pattern, path)]
        return max(matching, default=(0, True))[1]


def parse_robots(content: bytes) -> Robots:
    """The rules of our own groups, or of those for everybody. Lines that are no rules are passed over."""
    groups = _groups(content.decode("utf-8", errors="replace").removeprefix("\ufeff"))
    own = [group for group in groups if AGENT in group.agents]
    ours = own or [group for group in groups if "*" in group.agents]
    return Robots([rule for group in ours for rule in group.rules])


def _groups(text: str) -> list[_Group]:
    groups: list[_Group] = []
    naming = False
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            if not naming:
                groups.append(_Group())
            groups[-1].agents.append(value.lower())
            naming = True
        elif key in {"allow", "disallow"} and groups:
            if value:
                groups[-1].rules.append((quote(value, safe=_ASCII), key == "allow"))
            naming = False
    return groups


def _matches(pattern: str, path: str) -> bool:
    """``*`` stands for anything, ``$`` at the end for the path's end. Linear: each part is sought once."""
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    position = len(first)
    ends = pattern.endswith("$")
    if ends and not parts:
        return len(path) == position
    last = parts.pop() if ends else None
    for part in parts:
        found = path.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return last is None or (path.endswith(last) and len(path) - len(last) >= position)
