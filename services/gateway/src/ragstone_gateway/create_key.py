"""``python -m ragstone_gateway.create_key TENANT USER``: an API key, printed once. How a deployment gets its first."""

import argparse
import asyncio
import sys

from ragstone_contracts.identity import Identity
from ragstone_gateway import api_keys
from ragstone_gateway.api_keys import SCOPES, ApiKeys
from ragstone_gateway.settings import GatewaySettings
from ragstone_kit.database import Database


async def create_key(database_url: str, identity: Identity) -> str:
    """Store a new key for the identity and return it."""
    database = Database(database_url)
    try:
        await database.create_tables(api_keys.metadata)
        return (await ApiKeys(database).create(identity)).key
    finally:
        await database.close()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m ragstone_gateway.create_key", description=__doc__)
    parser.add_argument("tenant")
    parser.add_argument("user")
    parser.add_argument("--group", action="append", default=[], help="may be given several times")
    parser.add_argument("--scope", action="append", choices=SCOPES, help="by default all of them")
    given = parser.parse_args(arguments)
    identity = Identity(tenant=given.tenant, user=given.user, groups=given.group, scopes=given.scope or SCOPES)
    settings = GatewaySettings()  # type: ignore[call-arg]  # the environment fills what has no default
    sys.stdout.write(asyncio.run(create_key(settings.database_url, identity)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
