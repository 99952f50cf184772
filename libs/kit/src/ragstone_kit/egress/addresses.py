"""Which addresses belong to the public internet. What is not known to be public is not."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; one cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # one cloud's platform services, at an address that looks public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
]
_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4 wraps any IPv4 address
        "3fff::/20",
    )
]
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER_BY_NAME = [IPv4Network("169.254.0.0/16"), IPv4Network("168.63.129.16/32"), IPv4Network("100.100.100.200/32")]
_NEVER_BY_NAME_6 = [IPv6Network("fe80::/10"), IPv6Network("fd00:ec2::254/128")]


def parsed(text: str) -> Address:
    """The address, without the wrappings of IPv4 in IPv6 that a host unwraps. Raises ValueError, also for a zone id."""
    if "%" in text:
        raise ValueError("an address with a zone is not one of the internet's")
    return _unwrapped(ip_address(text))


def _unwrapped(address: Address) -> Address:
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address as :func:`parsed` yields it can be reached from anywhere."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)


def is_plain_private(address: Address) -> bool:
    """Whether a host of an intranet may have it: not link-local, multicast or unspecified, and no cloud's metadata."""
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return address.is_loopback
    never = _NEVER_BY_NAME if isinstance(address, IPv4Address) else _NEVER_BY_NAME_6
    return not any(address in network for network in never)
