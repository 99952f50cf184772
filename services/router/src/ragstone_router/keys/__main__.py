"""``python -m ragstone_router.keys``: issue, list and withdraw virtual keys. How a deployment gets its first.

The keys are kept in the database of ``RAGSTONE_ROUTER__DATABASE_URL``.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from pydantic import BaseModel, SecretStr, ValidationError

from ragstone_contracts.errors import InvalidRequest, RagstoneError
from ragstone_contracts.keys import KeyList, KeyTerms
from ragstone_contracts.usage import Allowance
from ragstone_kit.database import Database
from ragstone_router.keys.store import KeyStore
from ragstone_router.settings import RouterSettings

Work = Callable[[KeyStore, argparse.Namespace], Awaitable[BaseModel]]


async def _issue(store: KeyStore, said: argparse.Namespace) -> BaseModel:
    limits = dict(one.partition("=")[::2] for one in said.limit)
    terms = KeyTerms(
        name=said.name,
        models=said.model,
        groups=said.group,
        admin=said.admin,
        limits=Allowance.model_validate(limits),
        expires_at=said.expires and said.expires.timestamp(),
    )
    return await store.issue(said.tenant, said.user, terms)


async def _list(store: KeyStore, said: argparse.Namespace) -> BaseModel:
    return KeyList(keys=await store.of_tenant(said.tenant))


async def _disable(store: KeyStore, said: argparse.Namespace) -> BaseModel:
    return await store.disable(said.tenant, said.id, True)


async def _enable(store: KeyStore, said: argparse.Namespace) -> BaseModel:
    return await store.disable(said.tenant, said.id, False)


async def _delete(store: KeyStore, said: argparse.Namespace) -> BaseModel:
    await store.delete(said.tenant, said.id)
    return await _list(store, said)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ragstone router keys", description="Virtual keys of the router")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    issue = _command(commands, "issue", _issue, "a new key, which is printed this once")
    issue.add_argument("name")
    issue.add_argument("--user", required=True)
    issue.add_argument("--group", action="append", default=[])
    issue.add_argument("--model", action="append", help="one that may be asked for; all of them by default")
    issue.add_argument("--limit", action="append", default=[], metavar="usd_per_month=50")
    issue.add_argument("--expires", type=_day, metavar="2027-01-31")
    issue.add_argument("--admin", action="store_true", help="may issue and withdraw keys of the tenant")
    _command(commands, "list", _list, "the keys of a tenant")
    for name, work in (("disable", _disable), ("enable", _enable), ("delete", _delete)):
        _command(commands, name, work, f"{name} a key").add_argument("id")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, work: Work, says: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=says)
    command.add_argument("--tenant", required=True)
    command.set_defaults(work=work)
    return command


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def _done(said: argparse.Namespace) -> BaseModel:
    settings = RouterSettings.model_validate({"internal_secret": SecretStr("-" * 32)})
    if settings.database_url is None:
        raise InvalidRequest("RAGSTONE_ROUTER__DATABASE_URL says where keys are kept")
    database = Database(settings.database_url)
    try:
        store = KeyStore(database)
        await store.open()
        answer: BaseModel = await said.work(store, said)
        return answer
    finally:
        await database.close()


def main() -> None:
    said = _parser().parse_args()
    try:
        answer = asyncio.run(_done(said))
    except RagstoneError as error:
        raise SystemExit(f"{error.code}: {error.detail}") from error
    except ValidationError as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(answer.model_dump_json(indent=2, exclude_none=True) + "\n")


if __name__ == "__main__":
    main()
