"""Credentials: keys and tokens of known make, and long random values that are assigned to a telling name."""

# ruff: noqa: E501  (a pattern is read best on one line)

import math
import re
from collections import Counter

from ragstone_guardrails.port import Objection, Subject, at_every_stage, off_the_loop

_KNOWN = {
    "private_key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:[\s\S]{0,20000}?-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|[\sA-Za-z0-9+/=]*)",
    "aws_access_key": r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}\b",
    "github_token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
    "gitlab_token": r"\bglpat-[\w-]{20,64}",
    "slack_token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}|https://hooks\.slack\.com/services/[\w/]{20,100}",
    "google_api_key": r"\bAIza[\w-]{35}(?![\w-])",
    "stripe_key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,99}\b",
    "model_api_key": r"\bsk-(?:proj-|ant-|or-|svcacct-)?[\w-]{20,200}(?![\w-])",
    "npm_token": r"\bnpm_[A-Za-z0-9]{36}\b",
    "hugging_face_token": r"\bhf_[A-Za-z]{34}\b",
    "jwt": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{10,}",
    "password_in_url": r"(?<=://)[^\s/:@'\"]{1,64}:[^\s/@'\"]{3,128}(?=@[\w.-])",
}  # fmt: skip
_PATTERN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _KNOWN.items()))
_ASSIGNED = re.compile(
    r"(?i)\b[\w.-]{0,40}(?:secret|token|api[_-]?key|access[_-]?key|private[_-]?key|passw(?:or)?d|pwd|credential|bearer)[\w.-]{0,20}"
    r"['\"]?\s{0,3}(?:[:=]{1,2}|=>|\s)\s{0,3}['\"]?(?P<value>[A-Za-z0-9+/=_!@#$%^&*.-]{16,200})(?![\w])"
)
_LEAST_ENTROPY = 3.5


def _bits(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())


def _looks_random(value: str) -> bool:
    kinds = sum(bool(re.search(pattern, value)) for pattern in ("[a-z]", "[A-Z]", "[0-9]"))
    return kinds >= 2 and bool(re.search("[0-9]", value)) and _bits(value) >= _LEAST_ENTROPY


def _search(subject: Subject) -> list[Objection]:
    text = subject.visible.text
    spans = [(match.lastgroup or "", *match.span(), 0.98) for match in _PATTERN.finditer(text)]
    known = [(start, end) for _, start, end, _ in spans]
    for match in _ASSIGNED.finditer(text):
        start, end = match.span("value")
        if _looks_random(match["value"]) and not any(start < last and first < end for first, last in known):
            spans.append(("assigned_secret", start, end, 0.7))
    found = [
        Objection(reason, *subject.visible.original(start, end), score, f"[{reason}]")
        for reason, start, end, score in spans
    ]
    return sorted(found, key=lambda one: one.start)


class SecretsGuard:
    """Masks credentials wherever text goes on to a model, a tool or a reader."""

    name = "secrets"
    actions = at_every_stage("modify")

    async def check(self, subject: Subject) -> list[Objection]:
        return await off_the_loop(_search, subject)
