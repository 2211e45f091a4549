"""No page shows a code, a machine's time or left-over English: what TikTok itself said stands there as a quotation."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from app.accounts.models import Account, AccountSettings
from app.articles.models import Source, SourceRefusal
from app.kit.clock import utcnow
from app.messages import (
    decisions,
    downloading,
    media_faults,
    post_media,
    publishing,
    tiktok_advice,
    tiktok_advice_permission,
    timeline,
)
from app.messages.codes import SCOPES, STATUSES
from app.messages.kinds import (
    KINDS,
    Address,
    Amount,
    DiskError,
    Facts,
    Failure,
    Kind,
    Level,
    Levels,
    Limit,
    Mode,
    Quote,
    Scope,
    State,
)
from app.messages.message import SENTENCES as DECLARED
from app.messages.message import Message
from app.messages.translator import LANGUAGES, translator
from app.posts.models import Post, PostAttempt, PostEvent, PostState
from app.posts.sentences import event_sentence, with_messages
from app.posts.waits import embargo
from app.resources import Resources
from tests.admin.support import SETTINGS, Editor, make_newsroom, text_of

TRANSLATED = [language for language in LANGUAGES if language != "en"]


def _samples() -> list[Message]:
    """Every sentence that a row may hold, with each kind of parameter as odd as it comes."""
    rooms = (
        decisions,
        downloading,
        media_faults,
        post_media,
        publishing,
        tiktok_advice,
        tiktok_advice_permission,
        timeline,
    )
    slugs = {getattr(one, "code", getattr(one, "__name__", "")) for room in rooms for one in vars(room).values()}
    told = [one for slug, one in DECLARED.items() if slug in slugs]
    return [one.make({name: _sample(kind) for name, kind in one.kinds.items()}) for one in told]


def _sample(kind: Kind | None) -> Any:
    if kind is None:
        return publishing.PUBLISHED
    return next(_VALUES[key] for key, known in KINDS.items() if known is kind)


_VALUES: dict[object, Any] = {
    str: "news.example",
    int: 3,
    float: 2.5,
    datetime: datetime(2026, 11, 29, 9, 5, tzinfo=UTC),
    date: date(2028, 1, 31),
    Quote: "param privacy_level is bad, see PUBLIC_TO_EVERYONE",
    Level: "SELF_ONLY",
    Levels: ["PUBLIC_TO_EVERYONE", "AN_AUDIENCE_OF_TOMORROW"],
    Mode: "inbox",
    Scope: "video.publish",
    Limit: "title_limit",
    State: "sent_to_inbox",
    Failure: "connection_lost",
    DiskError: "No space left on device",
    Facts: "HEVC, 1920 × 1080, 29.97 fps, 12 s",
    Amount: "1000000.50",
    Address: "https://news.example/a_picture.jpg",
}
SENTENCES = _samples()

_QUOTED = re.compile(r"<(q|code|textarea|bdi|script)\b.*?</\1>", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT|\d{4}-\d\d-\d\d\b")
_CODE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b|\b[a-z]{2,}(?:_[a-z]+)+\b|\b(?:video|user)\.[a-z.]+\b")
_ENGLISH = re.compile(
    r"\b(a|an|and|are|be|been|by|can|for|has|is|it|its|nothing|not|of|said|that|the|this|to|was|will|with|inbox)\b"
)
# Names that are the same in every language: TikTok's portal and our settings have them.
_NAMES = re.compile(
    r"(?:TIKTOK|NEWSREEL)_[A-Z_]+|Post [a-z ]+|client (?:key|secret)|base64url|/api/\S+|newsreel [a-z-]+"
)


def left_over(html: str, language: str) -> list[str]:
    """What stands in a page's text that no reader should see."""
    text = _NAMES.sub(" ", text_of(_QUOTED.sub(" ", html)))
    found = _TIME.findall(text) + _CODE.findall(text)
    return found if language == "en" else found + _ENGLISH.findall(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_shows_a_code_or_a_machine_s_time(language: str) -> None:
    shown = {sentence: left_over(str(sentence.shown(translator(language))), language) for sentence in SENTENCES}
    assert {sentence: found for sentence, found in shown.items() if found} == {}


def test_an_odd_date_is_said_with_its_moment() -> None:
    halt = embargo(utcnow() + timedelta(days=800), utcnow())
    assert halt is not None
    assert "<time " in halt.detail.shown(translator("ru"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_shows_a_code(editor: Editor, sqlite_resources: Resources, language: str) -> None:
    ids = await make_newsroom(sqlite_resources, title="Тақырып", language="kk")
    await _fill_with_codes(sqlite_resources)
    async with sqlite_resources.read() as session:
        source_id = (await session.exec(select(Source.id))).one()
    for path in (
        "/admin/",
        "/admin/notifications",
        "/admin/ads",
        *(
            f"/admin/ads/{page}"
            for page in ("campaigns", "figures", "reports", "files", "watches", "guards", "money", "calls")
        ),
        "/social/",
        "/social/canned",
        "/social/words",
        "/admin/posts",
        SETTINGS,
        "/admin/sources",
        "/admin/sources/new",
        f"/admin/sources/{source_id}",
        "/admin/you",
        "/admin/team",
        "/admin/api-keys",
        "/admin/audit",
        *(f"/admin/posts/{post_id}" for post_id in ids.values()),
    ):
        html = await editor.open(f"{path}?lang={language}")
        main = html[html.index("<main") :].replace("editor@newsroom.example", "")
        assert left_over(main, language) == [], path


async def _fill_with_codes(resources: Resources) -> None:
    statuses = list(STATUSES)
    reasons = ["privacy_level_mismatch", "a_reason_of_tomorrow", "embargo", "rate_limit_exceeded"]
    async with resources.transaction() as session:
        await session.exec(update(Account).values(scopes=list(SCOPES), display_name="Аймақ"))
        await session.exec(update(AccountSettings).values(mode="inbox", is_aigc=True))
        posts = [(post.id, post.state) for post in (await session.exec(select(Post))).all()]
        for number, (post_id, state) in enumerate(posts):
            values: dict[str, object] = {
                "title": "Тақырып",
                "mode": ["inbox", "direct"][number % 2],
                "description": "Мәтін",
                "hashtags": [],
                "tiktok_status": statuses[number % len(statuses)],
                "state_reason": reasons[number % len(reasons)],
                "state_detail": SENTENCES[number % len(SENTENCES)],
                "alert": "an_alert_of_tomorrow" if number % 2 else None,
                "media_problems": [],
            }
            if state is not PostState.failed:
                values["fail_help"] = None
            await session.exec(update(Post).where(col(Post.id) == post_id).values(**with_messages(values)))
        for sentence in SENTENCES:
            session.add(
                PostEvent(post_id=posts[0][0], from_state="queued", to_state="queued", **event_sentence(sentence))
            )
        (source,) = (await session.exec(select(Source))).all()
        for code, detail in (("invalid", "post.previous.id: Field required"), ("a_code_of_tomorrow", "")):
            session.add(SourceRefusal(source_id=source.id, code=code, detail=detail, count=2, last_at=utcnow()))
        outcome = {"error_code": "connection_lost", "message": "something that TikTok said"}
        await session.exec(update(PostAttempt).values(**outcome))
