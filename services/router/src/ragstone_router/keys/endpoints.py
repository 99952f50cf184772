"""Issuing and withdrawing the keys of a tenant, by those who have the scope ``admin``."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from ragstone_contracts.errors import Forbidden, Unavailable
from ragstone_contracts.keys import IssuedKey, Key, KeyChange, KeyList, KeyTerms
from ragstone_kit.identity import Caller
from ragstone_router.dependencies import CallerDependency
from ragstone_router.keys.callers import ADMIN
from ragstone_router.keys.store import KeyStore


class MissingScope(Forbidden):
    code, title = "missing_scope", "The credentials do not carry the scope this needs"


async def _admin(caller: CallerDependency) -> Caller:
    if ADMIN not in caller.identity.scopes:
        raise MissingScope(f"this needs the scope '{ADMIN}'")
    return caller


async def _store(request: Request) -> KeyStore:
    store: KeyStore | None = request.app.state.keys
    if store is None:
        raise Unavailable("this router keeps no keys: it has no database")
    return store


Admin = Annotated[Caller, Depends(_admin)]
Store = Annotated[KeyStore, Depends(_store)]

router = APIRouter(prefix="/v1/keys", tags=["keys"])


@router.post("", status_code=201)
async def issue_key(terms: KeyTerms, admin: Admin, store: Store) -> IssuedKey:
    """The answer is the only one that has the key itself."""
    return await store.issue(admin.identity.tenant, admin.identity.user, terms)


@router.get("")
async def list_keys(admin: Admin, store: Store) -> KeyList:
    return KeyList(keys=await store.of_tenant(admin.identity.tenant))


@router.patch("/{key_id}")
async def change_key(key_id: str, change: KeyChange, admin: Admin, store: Store) -> Key:
    """Disable a key, or enable it again; within two seconds every router knows."""
    return await store.disable(admin.identity.tenant, key_id, change.disabled)


@router.delete("/{key_id}", status_code=204)
async def delete_key(key_id: str, admin: Admin, store: Store) -> None:
    """Withdraw a key for good; what it used stays in the ledger."""
    await store.delete(admin.identity.tenant, key_id)
