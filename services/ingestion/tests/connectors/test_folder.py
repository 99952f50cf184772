import os
import time
from pathlib import Path

import pytest

from ragstone_contracts.errors import RagstoneError

from .conftest import World, counts, move, platform_of, put_file


def allowed(folder: Path) -> dict[str, list[str]]:
    return {"connector_roots": [str(folder.parent)]}


@pytest.mark.requirement("ING-11")
async def test_a_folder_is_followed_and_what_did_not_change_is_not_read(disk: World, folder: Path) -> None:
    for name in ("a.md", "b.txt", "deep/c.txt", "d.txt"):
        put_file(folder, name, f"The stone of {name}.")
    put_file(folder, ".hidden/e.txt", "no")
    async with platform_of(disk, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)})
        assert connector.state == "new"
        first = await platform.synced(connector)
        assert (first.state, counts(first)) == ("in_step", {"listed": 4, "added": 4})
        assert set(await platform.documents()) == {"src/a.md", "src/b.txt", "src/deep/c.txt", "src/d.txt"}

        platform.taken.clear()
        assert counts(await platform.synced(connector)) == {"listed": 4, "unchanged": 4}
        assert platform.taken == []

        put_file(folder, "b.txt", "Another stone.", age=50)
        (folder / "a.md").rename(folder / "renamed.md")
        (folder / "deep" / "c.txt").unlink()
        changed = await platform.synced(connector)
        assert counts(changed) == {"listed": 3, "added": 1, "changed": 1, "unchanged": 1, "deleted": 2}
        assert sorted(platform.taken) == ["src/b.txt", "src/renamed.md"]
        documents = await platform.documents()
    assert set(documents) == {"src/b.txt", "src/d.txt", "src/renamed.md"}
    assert "Another stone." in documents["src/b.txt"]


async def test_a_file_changed_this_moment_is_compared_by_content(disk: World, folder: Path) -> None:
    path = put_file(folder, "a.txt", "A stone.", age=0)
    moment = time.time()
    async with platform_of(disk, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)})
        await platform.synced(connector)
        path.write_text("B stone.")
        os.utime(path, (moment, moment))
        assert counts(await platform.synced(connector)) == {"listed": 1, "changed": 1}
        assert counts(await platform.synced(connector)) == {"listed": 1, "unchanged": 1}
        assert await platform.documents() == {"src/a.txt": "B stone."}


async def test_a_file_with_a_new_time_and_the_same_content_is_no_work(disk: World, folder: Path) -> None:
    put_file(folder, "a.txt", "A stone.")
    async with platform_of(disk, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)})
        await platform.synced(connector)
        put_file(folder, "a.txt", "A stone.", age=10)
        assert counts(await platform.synced(connector)) == {"listed": 1, "unchanged": 1}
        assert len(platform.taken) == 2
        assert counts(await platform.synced(connector)) == {"listed": 1, "unchanged": 1}
        assert len(platform.taken) == 2


@pytest.mark.requirement("ING-11")
async def test_a_folder_that_is_away_or_suddenly_empty_deletes_nothing(disk: World, folder: Path) -> None:
    for number in range(3):
        put_file(folder, f"{number}.txt", f"Stone {number}.")
    async with platform_of(disk, max_attempts=1, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)})
        await platform.synced(connector)
        move(folder, folder.with_name("away"))
        away = await platform.synced(connector)
        assert away.sync is not None
        assert away.sync.error is not None
        assert (away.state, away.sync.error.code) == ("failed", "source_unavailable")
        put_file(folder, ".keep", "")
        emptied = await platform.synced(connector)
        assert (emptied.state, counts(emptied)) == ("incomplete", {"held_back": 3})
        assert len(await platform.documents()) == 3
        confirmed = await platform.synced(connector, confirm_deletions=True)
        assert (confirmed.state, counts(confirmed)) == ("in_step", {"deleted": 3})
        assert await platform.documents() == {}


@pytest.mark.requirement("SEC-3")
async def test_links_that_leave_the_folder_are_not_followed(disk: World, folder: Path, tmp_path: Path) -> None:
    secret = put_file(tmp_path, "secret.txt", "The secret stone.")
    put_file(tmp_path / "outside", "inner.txt", "The outer stone.")
    put_file(folder, "a.txt", "A stone.")
    (folder / "out.txt").symlink_to(secret)
    (folder / "outside").symlink_to(tmp_path / "outside")
    (folder / "inside.txt").symlink_to(folder / "a.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.txt").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.txt")
    async with platform_of(disk, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)})
        await platform.synced(connector)
        assert set(await platform.documents()) == {"src/a.txt", "src/inside.txt"}
        assert await platform.reasons(connector) == {
            "out.txt": "outside_root",
            "dangling.txt": "unreadable",
            "pipe.txt": "not_a_file",
        }


@pytest.mark.requirement("SEC-3")
async def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_read(
    disk: World, folder: Path, tmp_path: Path
) -> None:
    secret = put_file(tmp_path, "secret.txt", "The secret stone.")
    put_file(folder, "a.txt", "A stone.")
    put_file(folder, "deep/b.txt", "B stone.")
    put_file(tmp_path / "outside", "b.txt", "The secret stone.")
    async with platform_of(disk, **allowed(folder)) as platform:
        real = platform.ingestion.uploads.take

        async def swap(*arguments: object) -> object:
            platform.ingestion.uploads.take = real  # type: ignore[method-assign]
            (folder / "deep").rename(folder / "old")
            (folder / "deep").symlink_to(tmp_path / "outside")
            (folder / "z.txt").unlink()
            (folder / "z.txt").symlink_to(secret)
            return await real(*arguments)  # type: ignore[arg-type]

        put_file(folder, "z.txt", "Z stone.")
        platform.ingestion.uploads.take = swap  # type: ignore[assignment, method-assign]
        connector = await platform.connect("folder", {"path": str(folder)})
        await platform.synced(connector)
        assert await platform.documents() == {"src/a.txt": "A stone."}
        assert await platform.reasons(connector) == {"deep/b.txt": "outside_root", "z.txt": "outside_root"}


@pytest.mark.requirement("SEC-3")
async def test_folders_outside_the_roots_are_refused_whether_they_exist_or_not(disk: World, folder: Path) -> None:
    (folder.parent / "link").symlink_to("/etc")
    inside = str(folder.parent)
    paths = ["/etc", "/no/such", "relative", f"{inside}/../../", f"{inside}/link", "", "/a\x00b", f"{inside}x"]
    async with platform_of(disk, **allowed(folder)) as platform:
        for path in paths:
            with pytest.raises(RagstoneError) as raised:
                await platform.connect("folder", {"path": path})
            assert (raised.value.status, raised.value.code) == (422, "root_not_allowed")


async def test_without_roots_no_folder_is_read(disk: World, folder: Path) -> None:
    async with platform_of(disk) as platform:
        with pytest.raises(RagstoneError) as raised:
            await platform.connect("folder", {"path": str(folder)})
    assert raised.value.code == "root_not_allowed"


async def test_roots_of_a_tenant_and_of_a_file_are_roots(disk: World, folder: Path, tmp_path: Path) -> None:
    listed = tmp_path / "roots"
    roots = {"connector_roots": [str(folder.parent / "{tenant}")], "connector_roots_file": listed}
    (folder.parent / "t").mkdir()
    async with platform_of(disk, **roots) as platform:
        await platform.connect("folder", {"path": str(folder.parent / "t")}, "one")
        with pytest.raises(RagstoneError):
            await platform.connect("folder", {"path": str(folder)}, "two")
        listed.write_text(f"\n{folder}\n")
        await platform.connect("folder", {"path": str(folder)}, "three")


async def test_what_cannot_be_taken_is_skipped_with_a_reason_and_not_read_again(disk: World, folder: Path) -> None:
    put_file(folder, "a.txt", "A stone.")
    put_file(folder, "empty.txt", "")
    put_file(folder, "large.txt", "stone " * 1000)
    put_file(folder, "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200, "far down")
    (folder / "program.bin").write_bytes(b"\x00\x01\x02" * 100)
    os.utime(folder / "program.bin", (1000, 1000))
    async with platform_of(disk, **allowed(folder)) as platform:
        connector = await platform.connect("folder", {"path": str(folder)}, filters={"max_bytes": 5000})
        first = await platform.synced(connector)
        assert (first.state, counts(first)) == ("in_step", {"listed": 5, "added": 1, "skipped": 4})
        assert first.sync is not None
        expected = {"empty_document": 1, "too_large": 1, "unsupported_type": 1, "unusable_name": 1}
        assert first.sync.reasons == expected
        platform.taken.clear()
        second = await platform.synced(connector)
        assert (counts(second), platform.taken) == ({"listed": 5, "unchanged": 1, "skipped": 4}, [])
        skipped = await platform.client.list_connector_items(platform.caller, connector.id, state="skipped", limit=3)  # type: ignore[arg-type]
        rest = await platform.client.list_connector_items(
            platform.caller,
            connector.id,
            state="skipped",  # type: ignore[arg-type]
            cursor=skipped.next_cursor,
        )
        assert (len(skipped.items), len(rest.items), rest.next_cursor) == (3, 1, None)


async def test_globs_say_what_is_taken_and_what_they_stop_naming_is_deleted(disk: World, folder: Path) -> None:
    for name in ("a.md", "b.txt", "drafts/c.md", "deep/d.md"):
        put_file(folder, name, f"The stone of {name}.")
    async with platform_of(disk, **allowed(folder)) as platform:
        filters = {"include": ["*.md"], "exclude": ["drafts/*"]}
        connector = await platform.connect("folder", {"path": str(folder)}, filters=filters)
        assert counts(await platform.synced(connector)) == {"listed": 2, "added": 2}
        assert set(await platform.documents()) == {"src/a.md", "src/deep/d.md"}
