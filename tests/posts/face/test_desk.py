"""What the desk asks over HTTP: change, send back, many at once; and a refusal in the reader's language."""

from datetime import timedelta

import pytest

from app.kit.clock import rfc3339, utcnow
from app.posts.models import PostState
from tests.builders import make_account, make_article, make_post

S = PostState


@pytest.fixture
async def make(resources):
    """Make a post of one account in a state."""
    async with resources.transaction() as session:
        account = await make_account(session)

    async def make_one(state, **changes):
        async with resources.transaction() as session:
            article = await make_article(session)
            values = {"article_id": article.id, "account_id": account.id, "state": state, "title": "A title"}
            return (await make_post(session, **(values | changes))).id

    return make_one


async def test_a_post_is_sent_back_with_a_comment(desk, make):
    post_id = await make(S.awaiting_approval)
    for empty in ({}, {"comment": ""}, {"comment": " \u200b\n"}, {"comment": "x" * 2001}):
        assert (await desk.post(f"/api/posts/{post_id}/reject", json=empty)).status_code == 400
    answer = await desk.post(f"/api/posts/{post_id}/reject", json={"comment": "Сурет\x00 басқа мақаланікі"})
    assert answer.status_code == 200
    post = answer.json()
    assert (post["state"], post["state_reason"], post["actions"]) == ("cancelled", "rejected", [])
    told = post["events"][-1]
    assert told["params"] == {"who": "editor@newsroom.example", "comment": "Сурет басқа мақаланікі"}
    assert post["state_detail"] == told["why"]
    assert (await desk.post(f"/api/posts/{post_id}/reject", json={"comment": "Again"})).status_code == 409


async def test_of_many_each_is_decided_for_itself(desk, make):
    waiting, out, asked = await make(S.scheduled), await make(S.published), await make(S.awaiting_approval)
    ids = [waiting, out, "nobody", asked, waiting]
    answer = await desk.post(
        "/api/posts/bulk", json={"ids": ids, "action": "cancel"}, headers={"accept-language": "ru"}
    )
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert [(item["id"], item["done"], item["state"], item["code"]) for item in items] == [
        (waiting, True, "cancelled", None),
        (out, False, None, "state_forbids"),
        ("nobody", False, None, "not_found"),
        (asked, True, "cancelled", None),
    ]
    assert items[1]["detail"] == "Состояние публикации — «Опубликовано», отменить её нельзя."
    assert items[1]["detail_message"] == {"code": "cannot_cancel", "params": {"state": "published"}}


async def test_many_are_approved_retried_and_moved(desk, make):
    asked, waiting, failed = await make(S.awaiting_approval), await make(S.retryable), await make(S.failed)
    at = rfc3339(utcnow() + timedelta(hours=3))
    for action, more, expected in (
        ("reschedule", {"scheduled_at": at}, ["awaiting_approval", "scheduled", None]),
        ("approve", {}, ["queued", None, None]),
        ("retry", {}, [None, "queued", "queued"]),
    ):
        body = {"ids": [asked, waiting, failed], "action": action, **more}
        items = (await desk.post("/api/posts/bulk", json=body)).json()["items"]
        assert [item["state"] for item in items] == expected, action
        if action == "reschedule":
            told = [(await desk.get(f"/api/posts/{post_id}")).json()["scheduled_at"] for post_id in (asked, waiting)]
            assert [stamp.rstrip("Z0") for stamp in told] == [at.rstrip("Z0")] * 2


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "action": "cancel"},
        {"ids": ["a"] * 201, "action": "cancel"},
        {"ids": ["a"], "action": "publish"},
        {"ids": ["a"], "action": "reschedule"},
        {"ids": ["a"], "action": "cancel", "scheduled_at": None},
        {"ids": ["a"], "action": "reschedule", "scheduled_at": "2027-01-01T10:00:00"},
    ],
)
async def test_an_order_for_many_that_is_none_is_refused(desk, body):
    assert (await desk.post("/api/posts/bulk", json=body)).status_code == 400


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("ru", "Состояние публикации — «Опубликовано», изменить её нельзя: можно только ту, которой нет в TikTok."),
        (
            "kk-KZ, ru;q=0.5",
            "Жазбаның күйі — «Жарияланды», оны өзгертуге болмайды: тек TikTok-та жоқ жазбаны өзгертуге болады.",
        ),
        ("de", "A post that is “Published” cannot be edited: only one that TikTok does not have can."),
    ],
)  # fmt: skip
async def test_a_refusal_is_said_in_the_reader_s_language_with_code_and_parameters(desk, make, language, detail):
    post_id = await make(S.published)
    headers = {"accept-language": language}
    answer = await desk.patch(f"/api/posts/{post_id}", json={"title": "Other"}, headers=headers)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-language"]) == (409, language[:2] if language != "de" else "en")
    assert problem["detail"] == detail
    assert (problem["code"], problem["detail_code"]) == ("state_forbids", "cannot_edit")
    assert problem["params"] == {"state": "published"}
    told = (await desk.get(f"/api/posts/{await make(S.retryable, state_detail='x')}", headers=headers)).json()
    assert told["state_message"] is None  # a sentence of an older version stays as it is
