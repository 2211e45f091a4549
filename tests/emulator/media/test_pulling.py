"""Photos are pulled and judged by their bytes, from addresses that were proven."""

import asyncio

import pytest

from app.emulator import Emulator
from tests.emulator.support import MEDIA, Caller, Page, Site, error_of, make_image, photo_body, wait_for

OTHER_MEDIA = "https://cdn.example.com/photos/1.jpg"


@pytest.mark.parametrize(
    "content",
    [
        make_image(1_080, 1_920),
        make_image(1_920, 1_080),
        make_image(941, 1_672),
        make_image(1_080, 1_080),
        make_image(kind="WEBP"),
        make_image(1, 1),
    ],
    ids=len,
)
async def test_takes_what_is_within_the_rules(caller: Caller, emulator: Emulator, site: Site, content: bytes):
    user = await caller.login()
    # The Content-Type is wrong on purpose: the bytes decide.
    site.pages["/photos/1.jpg"] = Page(content, content_type="application/octet-stream")
    publish_id = await user.accepted()
    post = await wait_for(emulator, publish_id, "complete", "failed")
    assert (post.stage, post.downloaded_bytes) == ("complete", len(content))


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (Page(make_image(), status=500), "photo_pull_failed"),
        (Page(make_image(), status=404), "photo_pull_failed"),
        (Page(make_image(), status=206), "photo_pull_failed"),
        (Page(status=302, headers={"location": f"{MEDIA}2.jpg"}), "photo_pull_failed"),
        (Page(make_image(kind="PNG")), "file_format_check_failed"),
        (Page(b"<html>not a photo</html>"), "file_format_check_failed"),
        (Page(make_image(800, 800)[:-900]), "file_format_check_failed"),
        (Page(b""), "file_format_check_failed"),
        (Page(make_image(1_086, 1_448)), "picture_size_check_failed"),
        (Page(make_image(1_254, 1_254)), "picture_size_check_failed"),
        (Page(make_image(500, 1_921)), "picture_size_check_failed"),
        (Page(b"\xff\xd8\xff" + bytes(20_000_000)), "picture_size_check_failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.status}-{len(value.body)}",
)
async def test_one_bad_photo_fails_the_post(caller: Caller, emulator: Emulator, site: Site, page: Page, reason: str):
    user = await caller.login()
    site.pages["/photos/2.jpg"] = Page(make_image())
    site.pages["/photos/bad.jpg"] = page
    publish_id = await user.accepted(photo_body(photo_images=[f"{MEDIA}2.jpg", f"{MEDIA}bad.jpg"]))
    await wait_for(emulator, publish_id, "failed")
    status = await user.status(publish_id)
    assert (status["status"], status["fail_reason"]) == ("FAILED", reason)
    assert "publicaly_available_post_id" not in status


async def test_a_site_that_never_answers_is_given_up_after_an_hour(caller: Caller, emulator: Emulator, site: Site):
    user = await caller.login()
    site.pages["/photos/1.jpg"] = Page(make_image(), gate=asyncio.Event())
    publish_id = await user.accepted()
    await caller.control("clock", {"advance_seconds": 3_500})
    assert (await user.status(publish_id))["status"] == "PROCESSING_DOWNLOAD"
    await caller.control("clock", {"advance_seconds": 101})
    post = await wait_for(emulator, publish_id, "failed")
    assert post.fail_reason == "photo_pull_failed"


async def test_an_address_that_was_not_proven_is_refused_at_once(caller: Caller, site: Site):
    user = await caller.login()
    for url in (OTHER_MEDIA, MEDIA.replace("/photos/", "/other/1.jpg"), MEDIA.replace("https://", "https://sub.")):
        assert error_of(await user.init(photo_body(photo_images=[f"{MEDIA}1.jpg", url]))) == (
            403,
            "url_ownership_unverified",
        )
    assert site.asked == []


async def test_an_address_that_climbs_out_of_its_prefix_is_not_covered(caller: Caller):
    user = await caller.login()
    answer = await user.init(photo_body(photo_images=[f"{MEDIA}../private/1.jpg"]))
    assert error_of(answer) == (403, "url_ownership_unverified")


async def test_ownership_can_be_switched_off(caller: Caller):
    user = await caller.login()
    await caller.control("settings", {"ownership_required": False})
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (200, "ok")


async def test_a_prefix_is_proven_by_the_file_under_it(caller: Caller, site: Site):
    user = await caller.login()
    owned = await caller.control("properties", {"kind": "prefix", "value": "https://cdn.example.com/photos/"})
    assert not owned["verified"]
    assert owned["file_name"].startswith("tiktok")
    assert len(owned["file_name"]) == len("tiktok.txt") + 32
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (403, "url_ownership_unverified")
    site.pages[f"/photos/{owned['file_name']}"] = Page(owned["file_content"].encode(), content_type="text/plain")
    assert (await caller.control(f"properties/{owned['id']}/verify"))["verified"]
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (200, "ok")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 404},
        {"status": 302},
        {"body": b"tiktok-developers-site-verification=another"},
        {"content_type": "application/octet-stream"},
    ],
    ids=repr,
)
async def test_a_wrong_file_proves_nothing_and_takes_back_an_earlier_proof(
    caller: Caller, site: Site, changes: dict[str, object]
):
    wish = {"kind": "prefix", "value": "https://cdn.example.com/photos/", "verified": True}
    owned = await caller.control("properties", wish)
    assert owned["verified"]
    page = {"body": owned["file_content"].encode(), "content_type": "text/plain", **changes}
    site.pages[f"/photos/{owned['file_name']}"] = Page(**page)
    refused = await caller.control(f"properties/{owned['id']}/verify", expect=422)
    assert not refused["verified"]
    assert refused["problem"]
    user = await caller.login()
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (403, "url_ownership_unverified")


async def test_what_is_given_up_is_owned_no_longer_and_its_number_is_not_given_again(caller: Caller):
    wishes = [{"kind": "domain", "value": f"{name}.example.com", "verified": True} for name in ("cdn", "eu", "us")]
    first, second = [await caller.control("properties", wish) for wish in wishes[:2]]
    user = await caller.login()
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (200, "ok")
    assert (await caller.client.delete(f"/_emulator/properties/{first['id']}")).status_code == 204
    assert error_of(await user.init(photo_body(photo_images=[OTHER_MEDIA]))) == (403, "url_ownership_unverified")
    assert (await caller.control("properties", wishes[2]))["id"] not in {first["id"], second["id"]}


async def test_a_domain_covers_its_subdomains_and_not_its_parent(caller: Caller, site: Site):
    owned = await caller.control("properties", {"kind": "domain", "value": "cdn.example.com"})
    site.pages[f"/{owned['file_name']}"] = Page(owned["file_content"].encode(), content_type="text/plain")
    assert (await caller.control(f"properties/{owned['id']}/verify"))["verified"]
    user = await caller.login()
    for host, status in (
        ("cdn.example.com", 200),
        ("eu.cdn.example.com", 200),
        ("example.com", 403),
        ("xcdn.example.com", 403),
        ("cdn.example.com@evil.example", 403),
    ):
        assert (await user.init(photo_body(photo_images=[f"https://{host}/1.jpg"]))).status_code == status, host


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "prefix", "value": "https://cdn.example.com/photos"},
        {"kind": "prefix", "value": "http://cdn.example.com/photos/"},
        {"kind": "prefix", "value": "https://203.0.113.9/photos/"},
        {"kind": "prefix", "value": "https://cdn.example.com/photos/?x=/"},
        {"kind": "domain", "value": "https://cdn.example.com"},
        {"kind": "domain", "value": "203.0.113.9"},
        {"kind": "domain", "value": ""},
        {"kind": "folder", "value": "cdn.example.com"},
    ],
    ids=repr,
)
async def test_a_malformed_property_is_refused(caller: Caller, wish: dict[str, str]):
    await caller.control("properties", wish, expect=400)


async def test_private_addresses_can_be_put_out_of_reach(caller: Caller, emulator: Emulator, site: Site):
    await caller.control("settings", {"pull_allow_private": False})
    await caller.control("properties", {"kind": "prefix", "value": "http://127.0.0.1:9/photos/", "verified": True})
    user = await caller.login()
    publish_id = await user.accepted(photo_body(photo_images=["http://127.0.0.1:9/photos/1.jpg"]))
    post = await wait_for(emulator, publish_id, "failed")
    assert post.fail_reason == "photo_pull_failed"
    assert "not public" in post.fail_detail
    assert site.asked == []


async def test_plain_http_on_loopback_can_be_refused_as_tiktok_would(caller: Caller):
    await caller.control("settings", {"require_https_media": True})
    user = await caller.login()
    answer = await user.init(photo_body(photo_images=["http://127.0.0.1:9/photos/1.jpg"]))
    assert error_of(answer) == (400, "invalid_param")


async def test_photos_are_kept_within_a_bound(caller: Caller, emulator: Emulator, site: Site):
    size = len(site.pages["/photos/1.jpg"].body)
    await caller.control("settings", {"photo_memory_bytes": size * 2})
    user = await caller.login()
    published = [await user.accepted(photo_body(title=str(number))) for number in range(3)]
    for publish_id in published:
        await wait_for(emulator, publish_id, "complete")
    answers = [await caller.client.get(f"/_emulator/photos/{publish_id}/0") for publish_id in published]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 404]
