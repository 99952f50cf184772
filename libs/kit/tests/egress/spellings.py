"""The ways to write an address down that some resolver, somewhere, reads."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from hypothesis import strategies as st

PRIVATE_4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
PRIVATE_6 = ["::/128", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "2001:db8::/32"]
_DIGITS = {"fullwidth": "０１２３４５６７８９", "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "circled": "⓪①②③④⑤⑥⑦⑧⑨"}
_DOTS = ".。．｡"


def private_4() -> st.SearchStrategy[IPv4Address]:
    return st.sampled_from(PRIVATE_4).map(IPv4Network).flatmap(_within_4)


def _within_4(network: IPv4Network) -> st.SearchStrategy[IPv4Address]:
    first, last = int(network[0]), int(network[-1])
    return st.integers(first, last).map(IPv4Address)


def private_6() -> st.SearchStrategy[IPv6Address]:
    return st.sampled_from(PRIVATE_6).map(IPv6Network).flatmap(_within_6)


def _within_6(network: IPv6Network) -> st.SearchStrategy[IPv6Address]:
    return st.integers(int(network[0]), int(network[-1])).map(IPv6Address)


@st.composite
def spelling_of_4(draw: st.DrawFn, address: IPv4Address) -> str:
    """A host part that stands for the address: any base, any number of parts, wrapped in IPv6, in foreign digits."""
    kind = draw(st.sampled_from(["parts", "digits", "wrapped", "dotted"]))
    if kind == "wrapped":
        return f"[{draw(st.sampled_from(wrapped(address)))}]"
    if kind == "digits":
        return draw(_foreign_digits(str(address)))
    if kind == "dotted":
        return str(address) + "." * draw(st.integers(1, 2))
    return draw(_parts(int(address)))


def wrapped(address: IPv4Address) -> list[str]:
    """IPv6 addresses that hold the IPv4 one."""
    number = int(address)
    high, low = number >> 16, number & 0xFFFF
    inverted = number ^ 0xFFFF_FFFF
    return [
        f"::ffff:{address}",
        f"::ffff:{high:x}:{low:x}",
        f"0:0:0:0:0:ffff:{high:x}:{low:x}",
        f"::{address}",
        f"::ffff:0:{high:x}:{low:x}",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:4136:e378:8000:63bf:{inverted >> 16:x}:{inverted & 0xFFFF:x}",
        f"::ffff:{address}%25lo",
        f"::ffff:{address}%lo",
    ]


@st.composite
def _parts(draw: st.DrawFn, number: int) -> str:
    count = draw(st.integers(1, 4))
    leading = [(number >> (24 - 8 * place)) & 0xFF for place in range(count - 1)]
    last = number & (0xFFFF_FFFF >> (8 * (count - 1)))
    return ".".join(draw(_in_some_base(part)) for part in [*leading, last])


@st.composite
def _in_some_base(draw: st.DrawFn, part: int) -> str:
    zeros = "0" * draw(st.integers(0, 3))
    return draw(st.sampled_from([str(part), f"0x{zeros}{part:x}", f"0X{part:X}", f"0{zeros}{part:o}"]))


@st.composite
def _foreign_digits(draw: st.DrawFn, dotted: str) -> str:
    digits, dot = draw(st.sampled_from(sorted(_DIGITS.values()))), draw(st.sampled_from(_DOTS))
    return "".join(dot if char == "." else draw(st.sampled_from([char, digits[int(char)]])) for char in dotted)
