"""No page shows a code, a machine's time or left-over English: what TikTok itself said stands there as a quotation."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from app.accounts.models import Account
from app.admin.wording.codes import FAILURES, LIMITS, MODES, PRIVACY_LEVELS, SCOPES, STATUSES
from app.admin.wording.i18n import LANGUAGES, translator
from app.admin.wording.sentences import say
from app.kit.clock import utcnow
from app.posts.models import Post, PostAttempt, PostEvent, PostState
from app.posts.waits import embargo
from app.resources import Resources
from tests.admin.support import SETTINGS, Editor, make_newsroom, text_of

TRANSLATED = [language for language in LANGUAGES if language != "en"]
AT = "2026-11-29T09:05:00.000Z"

SENTENCES = [
    *(f"TikTok no longer offers {level} to this creator, only SELF_ONLY, FOLLOWER_OF_CREATOR. Choose again in the"
      " account's settings." for level in PRIVACY_LEVELS),
    "TikTok no longer offers SELF_ONLY to this creator, only nothing. Choose again and approve.",
    "TikTok no longer offers SELF_ONLY to this creator, nor any other audience. Choose again and approve.",
    "TikTok does not offer SELF_ONLY for this account. It offers: PUBLIC_TO_EVERYONE, MUTUAL_FOLLOW_FRIENDS.",
    *(f"The mode {mode} needs the permission {scope}, which the creator has not granted. Connect the account again"
      " with it ticked." for mode in MODES for scope in SCOPES),
    *(f"{name} is at most 90." for name in LIMITS),
    *(f"{what}: {code}." for code in FAILURES for what in ("TikTok could not be reached", "TikTok did not answer")),
    f"The article is published at {AT}.",
    f"The database was restored from a backup of {AT}. TikTok is asked what became of the post.",
    f"The database was restored from a backup of {AT}, and TikTok may have got the post since then. Look at the"
    " account on TikTok: if it is not there, send it; if it is, cancel it.",
    "The article says that it is published on 2028-01-31, more than a year from now. Correct the date in the CMS, or"
    " send the post now.",
    "The media cannot be stored: No space left on device.",
    "The media folder cannot be used: Permission denied.",
    "The video is converted into what TikTok takes (HEVC, 1920 × 1080, 29.97 fps, 12 s).",
    "TikTok gave a reason that is not in its documentation. Read TikTok's own message beside this one. Its support can"
    " look up what happened by the log id. TikTok said: param privacy_level is bad, see PUBLIC_TO_EVERYONE",
    "TikTok also said that the post failed (brand_new_reason), after it was settled here. The first word stands.",
]  # fmt: skip

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
    shown = {sentence: left_over(str(say(translator(language), sentence)), language) for sentence in SENTENCES}
    assert {sentence: found for sentence, found in shown.items() if found} == {}


def test_a_time_in_a_sentence_can_be_moved_into_the_reader_s_zone_and_the_rest_is_escaped() -> None:
    said = say(translator("kk"), f"The article is published at {AT}.")
    assert said == (
        'Мақаланың жарияланатын уақыты: <time datetime="2026-11-29T09:05:00.000Z" data-local>'
        "29.11.2026, 09:05 UTC</time>."
    )
    cause = "<b>evil</b> It was tried 3 times. Look at the cause, then retry. TikTok said: <i>no</i>"
    assert "<b>" not in str(say(translator("ru"), cause))
    assert "<i>" not in str(say(translator("ru"), cause))
    assert say(translator("ru"), "The article is published at 2026-99-99T09:05:00Z.").endswith("2026-99-99T09:05:00Z.")


def test_an_odd_date_is_said_with_its_moment() -> None:
    halt = embargo(utcnow() + timedelta(days=800), utcnow())
    assert halt is not None
    assert "<time " in say(translator("ru"), halt.detail)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_shows_a_code(editor: Editor, sqlite_resources: Resources, language: str) -> None:
    ids = await make_newsroom(sqlite_resources, title="Тақырып", language="kk")
    await _fill_with_codes(sqlite_resources)
    for path in ("/admin/posts", SETTINGS, "/admin/you", *(f"/admin/posts/{post_id}" for post_id in ids.values())):
        html = await editor.open(f"{path}?lang={language}")
        main = html[html.index("<main") :].replace("editor@newsroom.example", "")
        assert left_over(main, language) == [], path


async def _fill_with_codes(resources: Resources) -> None:
    statuses = list(STATUSES)
    reasons = ["privacy_level_mismatch", "a_reason_of_tomorrow", "embargo", "rate_limit_exceeded"]
    async with resources.transaction() as session:
        await session.exec(
            update(Account).values(mode="inbox", is_aigc=True, scopes=list(SCOPES), display_name="Аймақ")
        )
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
            await session.exec(update(Post).where(col(Post.id) == post_id).values(**values))
        for sentence in SENTENCES:
            session.add(PostEvent(post_id=posts[0][0], from_state="queued", to_state="queued", why=sentence))
        outcome = {"error_code": "connection_lost", "message": "something that TikTok said"}
        await session.exec(update(PostAttempt).values(**outcome))
