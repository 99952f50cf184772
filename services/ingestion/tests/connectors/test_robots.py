import pytest

from ragstone_ingestion.connectors.robots import parse_robots


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Ragstone\nDisallow: /b", "/a", True),
        ("User-agent: x\nUser-agent: ragstone # us\nDisallow: /a", "/a", False),
        ("user-agent:*\ndisallow:/a\nallow:/a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?a=b", True),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /*a*b*c", "/xaxbxc", False),
        ("User-agent: *\nDisallow: /*a*b*c", "/xaxcxb", True),
        ("User-agent: *\nDisallow: /*aa$", "/a", True),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC", False),
        ("Disallow: /\nUser-agent: *\nnonsense", "/a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
    ],
)
def test_the_longest_rule_of_our_own_group_decides(rules: str, path: str, allowed: bool) -> None:
    assert parse_robots(rules.encode()).allows(path) is allowed


def test_a_pattern_of_many_stars_is_matched_in_no_time() -> None:
    robots = parse_robots(b"User-agent: *\nDisallow: /" + b"a*" * 5000 + b"b$")
    assert robots.allows("/" + "a" * 20_000)
