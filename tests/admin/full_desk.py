"""An installation in which every page has something to show: one of everything that people, CMSes and TikTok make."""

from datetime import timedelta
from typing import Any

import httpx
from sqlmodel import select

from app.accounts.models import Account
from app.ads.models import Boost, BoostStep
from app.ads.models.boosts import BoostState, StepName, StepState
from app.ads.watches.look import look
from app.ads.watches.service import create_watch
from app.articles.models import ArticleState, Delivery, Source, SourceDelivery
from app.articles.rules import LeftOutBy, write_left_out
from app.audit.models import AuditEntry
from app.auth.api_keys import create_key
from app.auth.models import Admin, Role, Scope
from app.auth.people import invite
from app.auth.schemas import ApiKeyCreate, PersonCreate
from app.comments.models import CannedReply
from app.kit.clock import utcnow
from app.media.models import MediaHold
from app.messages.rules import rule_wants_tag
from app.notifications.models import MessageState, NotificationMessage
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.face.sign_off import make_sign_off_link
from app.posts.models import Post, PostState
from app.posts.models_drafts import PostDraft
from app.posts.models_figures import PostFigures
from app.posts.schemas_sign_off import SignOffCreate
from app.resources import Resources
from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.comments.desk import InboxDesk
from tests.admin.support import EMAIL, Editor, make_full_post, make_newsroom
from tests.ads.conftest import TikTok
from tests.ads.desk import control
from tests.builders import make_account, make_article, make_source

LONG = "Қазақстан Республикасының Үкіметі мәдениет пен ақпарат саласындағы жаңа бағдарламаны бекітті: " * 3
UNBROKEN = "https://news.example/" + "Сәтбаев" * 24
_INSIDE = "http://127.0.0.1"
_SHOWN = (PostState.awaiting_approval, PostState.failed, PostState.unconfirmed, PostState.published)
_TITLES = {"kk": LONG, "ru": "Городской совет утвердил бюджет на три года вперёд", "en": "Bridge opens in May"}


async def fill_desk(resources: Resources) -> dict[str, list[str]]:
    """Fill it; give the addresses of the pages that show a row, by the template of their path."""
    ids = await make_newsroom(resources)
    business_post, business_id = await _fill_posts(resources, ids[PostState.published])
    await _hold_media(resources)
    source_id = await _fill_source(resources)
    invitation = await _fill_people(resources, source_id)
    endpoint_id = await _fill_notifications(resources, ids[PostState.failed])
    campaign_id, comment_id, watch_id = await _fill_ads(resources)
    boost_id = await _fill_boost(resources, ids[PostState.published])
    waiting = ids[PostState.awaiting_approval]
    async with resources.read() as session:
        article_id = (await session.get_one(Post, ids[PostState.published])).article_id
    link = await make_sign_off_link(resources, waiting, SignOffCreate(name="Chief"), by=EMAIL)
    here = resources.settings.public_url
    report = "reports?show=1&level=campaign&time=stat_time_day&metrics=spend&metrics=ctr&span=7"
    return {
        "/admin/posts/{post_id}": [f"/admin/posts/{one}" for one in [*(ids[state] for state in _SHOWN), business_post]],
        "/admin/posts/{post_id}/boost": [f"/admin/posts/{ids[PostState.published]}/boost"],
        "/admin/articles/{article_id}": [f"/admin/articles/{article_id}"],
        "/admin/approvals/{post_id}": [f"/admin/approvals/{waiting}"],
        "/admin/sources/{source_id}": [f"/admin/sources/{source_id}"],
        "/admin/sources/{source_id}/rules": [f"/admin/sources/{source_id}/rules"],
        "/admin/sources/{source_id}/fields": [f"/admin/sources/{source_id}/fields"],
        "/admin/notifications/{notification_id}": [f"/admin/notifications/{endpoint_id}"],
        "/admin/calendar": [f"/admin/calendar?view={view}" for view in ("week", "month", "list")],
        "/admin/help/{slug}": ["/admin/help/settings"],
        # A short one that shows everything that a group may: of the longest, axe took as long as of all other pages.
        "/schema/groups/{slug}": ["/schema/groups/team"],
        "/admin/invitation/{token}": [invitation.removeprefix(here)],
        "/approve/{token}": [link.url.removeprefix(here)],
        "/social": ["/social/?state=all", f"/social/?state=all&comment={comment_id}"],
        "/admin/ads/campaigns": [f"/admin/ads/campaigns?open={campaign_id}"],
        "/admin/ads/watches": [f"/admin/ads/watches?watch={watch_id}"],
        "/admin/ads/reports": ["/admin/ads/reports", f"/admin/ads/{report}"],
        "/admin/settings/social-media/accounts/{account_id}/audience": [
            f"/admin/settings/social-media/accounts/{business_id}/audience"
        ],
        "/admin/ads/boosts/{boost_id}": [f"/admin/ads/boosts/{boost_id}"],
    }


async def _fill_posts(resources: Resources, published: str) -> tuple[str, str]:
    """More accounts, articles in each language, a post whose words know no end; give its id, and its account's."""
    async with resources.transaction() as session:
        now = utcnow()
        for hours in range(1, 6):
            session.add(PostFigures(post_id=published, at=now - timedelta(hours=6 - hours), views=hours * 731,
                                    likes=hours * 40, comments=hours, shares=hours))  # fmt: skip
        business = await make_account(
            session, display_name="Aimaq Business " + "Ұлытау" * 8, username="aimaq.business", kind="business"
        )
        await make_account(session, display_name="Вестник", username="vestnik", state="reconnect")
        source = (await session.exec(select(Source))).first()
        assert source is not None
        for language, title in _TITLES.items():
            article = await make_article(
                session, source_id=source.id, title=title, language=language, url=UNBROKEN, category="Мәдениет",
                tags=["Жаңа Қазақстан"],
            )  # fmt: skip
            last = await make_full_post(session, article.id, business, PostState.published, title=title[:90])
        await make_article(session, source_id=source.id, title="Taken back", state=ArticleState.unpublished)
        left_out = write_left_out([LeftOutBy(business.id, rule_wants_tag(terms="#ашық"))])
        await make_article(session, source_id=source.id, title="Left out", left_out=left_out)
        return last.id, business.id


async def _hold_media(resources: Resources) -> None:
    """TikTok refuses the address of the media, for accounts of both kinds."""
    now = utcnow()
    async with resources.transaction() as session:
        for portal in ("creator", "business"):
            session.add(MediaHold(portal=portal, prefix=f"{UNBROKEN}/media/", refused_at=now, probe_at=now))


async def _fill_source(resources: Resources) -> str:
    async with resources.transaction() as session:
        source = await make_source(
            session, name="Qala " + "Жаңалық" * 6, kind="strapi",
            options={"language": "kk", "field_map": {"title": ["headline"]}}, silent_since=utcnow(),
        )  # fmt: skip
        for outcome, code in ((Delivery.created, ""), (Delivery.duplicate, ""), (None, "invalid")):
            delivery = SourceDelivery(source_id=source.id, signed_at=source.created_at, outcome=outcome, code=code)
            delivery.body, delivery.kept_bytes = b"x", 1
            session.add(delivery)
        return source.id


async def _fill_people(resources: Resources, source_id: str) -> str:
    """A colleague, a key, changes in the log, something begun; give the address of an open invitation."""
    async with resources.transaction() as session:
        person = (await session.exec(select(Admin).where(Admin.email == EMAIL))).one()
        session.add(Admin(email="other@newsroom.example", name="Айгерім", password_hash="x", role=Role.editor))
        session.add(PostDraft(person_id=person.id, article_id="", data={"title": "Begun", "description": LONG}))
        await create_key(session, ApiKeyCreate(name="Gateway", scopes=[Scope.read, Scope.internal]), by=EMAIL)
        for number in range(3):
            session.add(AuditEntry(
                actor_kind="person", actor_id=person.id, actor_name=EMAIL, action="source.update", object_kind="source",
                object_id=source_id, object_name="Qala", before={"options": {"number": number}}, after={"name": LONG},
            ))  # fmt: skip
        wanted = PersonCreate(email="new@newsroom.example", name="New", role=Role.editor)
        return (await invite(session, resources.settings, wanted)).url


async def _fill_notifications(resources: Resources, post_id: str) -> str:
    async with resources.transaction() as session:
        endpoint = NotificationEndpoint(name="Chat", channel=Channel.webhook, address=UNBROKEN, events=["post.failed"])
        session.add(endpoint)
        await session.flush()
        tries = [{"at": "2026-11-30T08:00:00Z", "status": 500, "detail": "no"}]
        for state in MessageState:
            data = {"post_id": post_id, "title": LONG, "account": "Aimaq Live"}
            session.add(NotificationMessage(
                endpoint_id=endpoint.id, type="post.failed", state=state, subjects=[post_id], attempts=1, tries=tries,
                items=[{"id": "1", "at": "2026-11-30T08:00:00Z", "is_escalation": False, "data": data}],
            ))  # fmt: skip
        return endpoint.id


async def _fill_ads(resources: Resources) -> tuple[str, str, str]:
    """Consent, campaigns with a past, a watch that was crossed, readers' comments; give an id of each."""
    http = resources.business.http
    http.base_url = httpx.URL(_INSIDE)
    newsroom = AdsNewsroom(Editor(http), resources, TikTok(_INSIDE, http))
    await newsroom.consent()
    made = await control(newsroom.tiktok, "history", advertiser_id=FIRST, campaigns=2, days=20, deposit=100_000)
    campaign_id = await newsroom.make_campaign("Көктем " * 8)
    await newsroom.make_adgroup(campaign_id, "Алматы, 25–34")
    body: dict[str, Any] = {"advertiser_id": FIRST, "kind": "balance", "threshold": 1_000_000, "name": "Balance"}
    watch = await create_watch(resources, body, None)
    await look(resources, watch.id)
    inbox = InboxDesk(Editor(http), resources, newsroom.tiktok)
    for number, text in enumerate(("Қайда?", "Қазақстан" * 12, "Спасибо", "Когда откроют мост?")):
        await inbox.say(made.json()["items"][0], text, seconds_ago=900 - number * 60, user_name=f"reader {number}")
    await inbox.sync()
    async with resources.transaction() as session:
        session.add(CannedReply(title="Thanks", text="Рақмет!", language="kk"))
    return campaign_id, (await inbox.row("Қазақстан" * 12)).id, watch.id


async def _fill_boost(resources: Resources, post_id: str) -> str:
    async with resources.transaction() as session:
        account = (await session.exec(select(Account))).first()
        assert account is not None
        article_id = (await session.get_one(Post, post_id)).article_id
        boost = Boost(
            mode="emulated", post_id=post_id, article_id=article_id, account_id=account.id, advertiser_id=FIRST,
            title=LONG, item_id="7400000000000000001", currency="USD", budget="25.50", days=2,
            objective_type="VIDEO_VIEWS",
            state=BoostState.running, max_spend="40", max_bad_comments=3, bad_words=["fake"], started_at=utcnow(),
            figures={"spend": "3.10", "impressions": "900", "clicks": "12"}, figures_at=utcnow(),
        )  # fmt: skip
        session.add(boost)
        await session.flush()
        for position, name in enumerate(StepName):
            session.add(BoostStep(boost_id=boost.id, position=position, name=name, state=StepState.done, tries=1))
        return boost.id
