"""Prepared media in the database and on the disk: made, granted, fetched, let go. On SQLite and PostgreSQL."""

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.errors import Conflict, TransientError
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.media import jobs, service, store
from app.media.models import MediaAsset, MediaFetch, MediaGrant
from app.media.preparing import PreparedMedia, drop_media, inspect_images, prepare_images
from app.media.problems import ImageSource
from app.resources import Resources
from tests.media import samples

OWNER = "post-1"


def images(origin, count: int, start: int = 0) -> list[ImageSource]:
    for number in range(start, start + count):
        origin.files[f"/{number}.jpg"] = samples.numbered(number)
    return [ImageSource(origin.url(f"/{number}.jpg"), f"alt {number}") for number in range(start, start + count)]


async def assets_of(resources: Resources, owner_id: str = OWNER) -> list[MediaAsset]:
    async with resources.read() as session:
        return list(await service.list_assets(session, owner_id))


async def grant(resources: Resources, owner_id: str = OWNER) -> str:
    async with resources.transaction() as session:
        return await service.grant_media(session, owner_id)


async def tokens(resources: Resources) -> list[str]:
    async with resources.read() as session:
        return list((await session.exec(select(MediaGrant.token))).all())


def files_of(resources: Resources) -> list[Path]:
    return sorted(path for path in resources.media_dir.rglob("*") if path.is_file())


def age(path: Path, seconds: float = store.ORPHAN_SECONDS + 60) -> None:
    os.utime(path, (time.time() - seconds, time.time() - seconds))


def age_all(paths: list[Path], seconds: float = store.ORPHAN_SECONDS + 60) -> None:
    for path in paths:
        age(path, seconds)


async def test_pictures_are_stored_with_their_rows(workplace, origin):
    prepared = await prepare_images(workplace, OWNER, [*images(origin, 2), ImageSource(origin.url("/gone.jpg"))])
    assert [problem.code for problem in prepared.problems] == ["fetch_not_found"]
    assert prepared.lines == [prepared.problems[0].line]
    assets = await assets_of(workplace)
    assert [(asset.position, asset.alt) for asset in assets] == [(0, "alt 0"), (1, "alt 1")]
    assert [asset.id for asset in assets] == [asset.id for asset in prepared.assets]
    for asset in assets:
        path = workplace.media_dir / asset.path
        assert path.stat().st_size == asset.size
        assert (asset.width, asset.height, asset.content_type) == (64, 48, "image/jpeg")
    assert files_of(workplace) == sorted(workplace.media_dir / asset.path for asset in assets)


async def test_preparing_again_replaces_the_former_pictures(workplace, origin):
    await prepare_images(workplace, OWNER, images(origin, 3))
    await prepare_images(workplace, "post-2", images(origin, 1))
    await prepare_images(workplace, OWNER, images(origin, 2, start=10))
    assert [asset.alt for asset in await assets_of(workplace)] == ["alt 10", "alt 11"]
    assert [asset.alt for asset in await assets_of(workplace, "post-2")] == ["alt 0"]


async def test_what_the_caller_settles_is_written_together_with_the_rows(workplace, origin):
    async def settle(session, prepared):
        session.add(MediaGrant(token=f"settled-{len(prepared.assets)}", owner_id=OWNER))

    await prepare_images(workplace, OWNER, images(origin, 2), settle=settle)
    assert await tokens(workplace) == ["settled-2"]


async def test_a_caller_that_lost_the_post_leaves_the_former_pictures_in_place(workplace, origin):
    class LeaseLostError(Exception):
        pass

    async def settle(_session, _prepared):
        raise LeaseLostError

    await prepare_images(workplace, OWNER, images(origin, 1))
    with pytest.raises(LeaseLostError):
        await prepare_images(workplace, OWNER, images(origin, 2, start=5), settle=settle)
    (asset,) = await assets_of(workplace)
    assert asset.alt == "alt 0"
    assert (workplace.media_dir / asset.path).is_file()


async def test_two_workers_at_once_leave_one_whole_set(workplace, origin):
    sets = [images(origin, 2, start=number * 10) for number in range(4)]
    results = await asyncio.gather(
        *(prepare_images(workplace, OWNER, chosen) for chosen in sets), return_exceptions=True
    )
    assert all(isinstance(result, (PreparedMedia, Conflict)) for result in results)
    first, second = await assets_of(workplace)
    assert int(second.alt.removeprefix("alt ")) == int(first.alt.removeprefix("alt ")) + 1


async def test_a_problem_says_whether_it_may_pass(bench, origin):
    origin.files |= {"/busy.jpg": 503, "/page.jpg": b"<html>"}
    sources = [ImageSource(origin.url(path)) for path in ("/busy.jpg", "/gone.jpg", "/page.jpg")]
    prepared = await prepare_images(bench, OWNER, sources)
    passing = [(problem.is_transient, problem.is_not_there_yet) for problem in prepared.problems]
    assert passing == [(True, False), (True, True), (False, False)]


async def test_text_that_postgresql_does_not_take_is_mended(workplace, origin):
    (image,) = images(origin, 1)
    await prepare_images(workplace, OWNER, [ImageSource(image.url, "a\x00b")])
    assert [asset.alt for asset in await assets_of(workplace)] == ["ab"]


async def test_a_preview_keeps_nothing(bench, origin):
    gathered = await inspect_images(bench, [*images(origin, 2), ImageSource(origin.url("/gone.jpg"))])
    assert (len(gathered.pictures), len(gathered.problems)) == (2, 1)
    assert files_of(bench) == []
    assert list((bench.media_dir / "tmp").iterdir()) == []


async def test_an_unusable_media_folder_may_be_tried_again(bench, origin):
    bench.media_dir.parent.mkdir(parents=True, exist_ok=True)
    bench.media_dir.write_text("not a folder")
    with pytest.raises(TransientError) as error:
        await prepare_images(bench, OWNER, images(origin, 1))
    assert error.value.code == "media_disk_full"


async def test_a_disk_that_fails_while_keeping_leaves_no_rows(bench, origin, monkeypatch):
    def replace(_self, _target):
        raise OSError(28, "No space left on device")

    await prepare_images(bench, OWNER, images(origin, 1))
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(TransientError):
        await prepare_images(bench, OWNER, images(origin, 2, start=5))
    assert [asset.alt for asset in await assets_of(bench)] == ["alt 0"]


async def test_addresses_stand_under_the_public_address_and_count_from_one(bench):
    assert service.public_urls(bench.settings, "token", 2) == [
        "http://127.0.0.1:8000/media/token/1.jpg",
        "http://127.0.0.1:8000/media/token/2.jpg",
    ]


async def test_every_grant_is_a_token_of_its_own_that_finds_the_pictures(workplace, origin):
    await prepare_images(workplace, OWNER, images(origin, 2))
    await prepare_images(workplace, "post-2", images(origin, 1))
    first, second = await grant(workplace), await grant(workplace)
    assert first != second
    assert min(len(first), len(second)) >= 43
    async with workplace.read() as session:
        for token in (first, second):
            found = [await service.find_asset(session, token, number) for number in (1, 2, 3, 0)]
            assert [asset and asset.alt for asset in found] == ["alt 0", "alt 1", None, None]
        assert await service.find_asset(session, "unknown", 1) is None


async def test_a_lost_preparation_s_fetches_are_told_apart_by_token_and_ours_left_out(workplace):
    start = utcnow()
    async with workplace.transaction() as session:
        session.add_all(MediaGrant(token=token, owner_id=OWNER) for token in "abc")
    for number, (token, is_ours) in enumerate([("a", False), ("b", False), ("a", True), ("c", False), ("a", False)]):
        at = start + timedelta(seconds=number)
        fetch = MediaFetch(token=token, position=number, method="GET", status=200, is_ours=is_ours, at=at)
        await service.log_fetch(workplace, fetch)
    async with workplace.read() as session:
        assert [f.position for f in await service.list_fetches(session, ["a", "b"])] == [0, 1, 4]
        assert [f.position for f in await service.list_fetches(session, ["a"], include_ours=True)] == [0, 2, 4]
        assert list(await service.list_fetches(session, [])) == []


async def test_nothing_is_served_under_a_token_that_is_being_taken_back(workplace):
    token = await grant(workplace)
    fetch = MediaFetch(token=token, position=0, method="GET", status=200)
    async with workplace.transaction() as session:
        assert list(await service.list_fetches(session, [token])) == []
        await service.revoke_media(session, [token])
        asking = asyncio.create_task(service.log_fetch(workplace, fetch))
        await asyncio.sleep(0.2)
    assert await asking is False
    async with workplace.read() as session:
        assert list(await service.list_fetches(session, [token])) == []


async def retire(resources: Resources, owner_id: str, **delta: float) -> None:
    async with resources.transaction() as session:
        await service.retire_media(session, owner_id, utcnow() + timedelta(**delta))


async def test_media_past_its_time_is_swept_with_tokens_files_and_log(workplace, origin):
    await prepare_images(workplace, OWNER, images(origin, 2))
    await prepare_images(workplace, "kept", images(origin, 1))
    gone, kept = await grant(workplace), await grant(workplace, "kept")
    for token in (gone, kept):
        await service.log_fetch(workplace, MediaFetch(token=token, position=0, method="GET", status=200))
    await retire(workplace, OWNER, seconds=-1)
    await retire(workplace, "kept", days=7)
    age_all(files_of(workplace))
    assert await service.sweep_media(workplace) == 2
    assert await service.sweep_media(workplace) == 0
    assert await assets_of(workplace) == []
    assert await tokens(workplace) == [kept]
    (asset,) = await assets_of(workplace, "kept")
    assert files_of(workplace) == [workplace.media_dir / asset.path]
    async with workplace.read() as session:
        assert [fetch.token for fetch in (await session.exec(select(MediaFetch))).all()] == [kept]


async def test_media_that_was_never_granted_waits_for_as_long_as_it_takes(bench, origin):
    await prepare_images(bench, OWNER, images(origin, 1))
    age_all(files_of(bench), seconds=90 * 86400)
    assert await service.sweep_media(bench) == 0
    assert len(files_of(bench)) == 1


async def test_media_that_was_never_granted_goes_when_its_post_ends(bench, origin):
    await prepare_images(bench, OWNER, images(origin, 1))
    await retire(bench, OWNER, seconds=-1)
    age_all(files_of(bench))
    assert await service.sweep_media(bench) == 1
    assert files_of(bench) == []


async def test_media_that_was_about_to_go_can_be_kept(workplace, origin):
    await prepare_images(workplace, OWNER, images(origin, 1))
    await grant(workplace)
    await retire(workplace, OWNER, seconds=-1)
    async with workplace.transaction() as session:
        await service.keep_media(session, OWNER)
    token = await grant(workplace)
    age_all(files_of(workplace))
    assert await service.sweep_media(workplace) == 0
    async with workplace.read() as session:
        assert await service.find_asset(session, token, 1) is not None


async def test_dropped_and_replaced_files_go_with_a_later_sweep(bench, origin):
    await prepare_images(bench, OWNER, images(origin, 2))
    async with bench.transaction() as session:
        await drop_media(session, OWNER)
    assert await assets_of(bench) == []
    assert await service.sweep_media(bench) == 0
    age_all(files_of(bench))
    assert await service.sweep_media(bench) == 2


async def test_what_a_dead_preparation_left_is_swept_after_an_hour_and_not_before(bench):
    shop = bench.media_dir / "tmp"
    for name in ("old", "young"):
        (shop / name).mkdir(parents=True)
        (shop / name / "0.download").write_bytes(b"x")
    age(shop / "old")
    orphan = bench.media_dir / "ab" / "no-row.jpg"
    orphan.parent.mkdir()
    orphan.write_bytes(b"x")
    assert await service.sweep_media(bench) == 0
    assert sorted(entry.name for entry in shop.iterdir()) == ["young"]
    age(orphan)
    assert await service.sweep_media(bench) == 1
    assert not orphan.exists()


async def test_sweeping_before_anything_was_prepared_is_fine(bench):
    assert await service.sweep_media(bench) == 0


async def test_two_sweeps_at_once_delete_each_file_once(workplace, origin):
    await prepare_images(workplace, OWNER, images(origin, 5))
    await retire(workplace, OWNER, seconds=-1)
    age_all(files_of(workplace))
    await asyncio.gather(*(service.sweep_media(workplace) for _ in range(3)))
    assert files_of(workplace) == []


async def test_the_sweep_is_a_job(bench, origin):
    await prepare_images(bench, OWNER, images(origin, 1))
    await retire(bench, OWNER, seconds=-1)
    age_all(files_of(bench))
    assert JOBS["media.sweep"].name == "media.sweep"
    await jobs.sweep(bench)
    assert files_of(bench) == []


async def test_a_sweep_of_a_thousand_files_asks_in_portions(workplace, monkeypatch):
    folder = workplace.media_dir / "aa"
    folder.mkdir(parents=True)
    async with workplace.transaction() as session:
        for number in range(1100):
            path = folder / f"asset-{number}.jpg"
            path.write_bytes(b"x")
            age(path)
            if number % 2:
                asset = MediaAsset(
                    id=path.stem, owner_id=f"o{number}", position=0, source_url="", path=f"aa/{path.name}",
                    width=1, height=1, size=1, sha256="",
                )  # fmt: skip
                session.add(asset)
    assert await service.sweep_media(workplace) == 550
    async with workplace.read() as session:
        kept = (await session.exec(select(MediaAsset.path).order_by(col(MediaAsset.path)))).all()
    assert sorted(f"aa/{path.name}" for path in files_of(workplace)) == sorted(kept)
