"""Names become addresses here, once for each connection, and every address is checked before any is used."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from ragstone_contracts.errors import Unavailable
from ragstone_kit.egress.addresses import Address, is_plain_private, is_public, parsed
from ragstone_kit.egress.errors import EgressRefused
from ragstone_kit.egress.rules import EgressRules

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port. Raises OSError when there are none."""


async def system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class CheckedResolver(AbstractResolver):
    """Hands a connection only addresses that the rules allow: one that is not refuses them all."""

    def __init__(self, rules: EgressRules, resolver: Resolver) -> None:
        self._rules = rules
        self._resolver = resolver

    async def addresses(self, host: str, port: int) -> list[str]:
        """Addresses of a checked host that may be connected to. Raises EgressRefused; Unavailable if it has none."""
        try:
            found = await self._resolver(host, port)
        except OSError as error:
            raise Unavailable(f"the name {host} cannot be looked up") from error
        if not found:
            raise Unavailable(f"the name {host} has no address")
        return [self.checked(host, address) for address in found]

    def checked(self, host: str, address: str) -> str:
        """The address itself. Raises EgressRefused when requests for the host may not go there."""
        try:
            allowed = self._allows(host, parsed(address))
        except ValueError:
            allowed = False
        if not allowed:
            raise EgressRefused("private_address", f"{host} is not an address of the public internet")
        return address

    def _allows(self, host: str, address: Address) -> bool:
        if is_public(address) or any(address in network for network in self._rules.private_networks):
            return True
        return host in self._rules.private_hosts and is_plain_private(address)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [_result(host, port, address) for address in await self.addresses(host, port)]

    async def close(self) -> None:
        """Holds nothing."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=socket.IPPROTO_TCP, flags=socket.AI_NUMERICHOST
    )
