"""What the page of a post by hand shows."""

from datetime import tzinfo

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id, list_live_accounts
from app.admin.accounts.creator import CreatorView, read_creator
from app.admin.accounts.page import name_account
from app.admin.new.form import NewPost
from app.admin.new.views import AccountChoice, CaptionView, MediaView, NewPage, SlotView
from app.admin.wording.errors import explain
from app.articles.by_hand import preview_article
from app.articles.models import Article, ArticleState
from app.captions.schemas import CaptionNote
from app.errors import AppError, NotFound
from app.kit.ids import new_token
from app.kit.text import utf16_len
from app.kit.zones import known_zone, zone_of
from app.media.models import MediaAsset
from app.media.uploads.find import find_uploads
from app.messages import refusals
from app.messages.codes import MODES
from app.messages.kinds import show_moment
from app.messages.translator import N_, Translator, translator
from app.posts.by_hand.preview import CaptionLook, SlotLook, look_at_captions, look_at_slots
from app.posts.models import Post, PostKind
from app.posts.prepare.caption_settings import text_limits
from app.resources import Resources

NOTES: dict[CaptionNote, str] = {
    CaptionNote.needs_title: N_("There is no title yet."),
    CaptionNote.title_from_text: N_("The title is taken from the beginning of the text."),
    CaptionNote.title_cut: N_("The title is cut to fit."),
    CaptionNote.excerpt_from_text: N_("The text is taken from the beginning of the article."),
    CaptionNote.excerpt_cut: N_("The text is cut to fit."),
    CaptionNote.hashtags_dropped: N_("Some hashtags do not fit and are left out."),
    CaptionNote.link_dropped: N_("The link does not fit and is left out."),
    CaptionNote.text_cut: N_("The text is cut to fit."),
    CaptionNote.template_refused: N_("The edited template cannot be used; the one that was delivered is."),
}

_NOW, _NO_TIME, _ONCE_APPROVED = N_("now"), N_("Choose a time"), N_("once it is approved")


async def read_new_page(
    resources: Resources,
    i18n: Translator,
    form: NewPost,
    *,
    article_id: str = "",
    with_creators: bool = False,
    error: str = "",
) -> NewPage:
    """Collect the page. Raises NotFound for an article that is not here."""
    settings, zone_name = resources.settings, zone_name_of(resources, i18n, form)
    async with resources.read() as session:
        article = await find_article(session, article_id) if article_id else None
        accounts = await list_live_accounts(session)
        taken = await _posts_of(session, article_id)
        chosen = [account for account in accounts if account.id in form.accounts and account.id not in taken]
        found = await find_uploads(session, settings, form.media)
        kind = PostKind.video if _is_film(article, found) else PostKind.photo
        subject, problem = _subject(i18n, form, article, found)
        captions = await look_at_captions(session, settings, subject, chosen, kind) if subject else []
        slots = await look_at_slots(session, settings, chosen)
    asked = [one.id for one in chosen if with_creators and form.posts_at_once(one)]
    creators = {account_id: await read_creator(resources, i18n, account_id) for account_id in asked}
    return NewPage(
        form=form,
        article=article,
        accounts=[_choice(form, account, creators.get(account.id), taken.get(account.id, "")) for account in accounts],
        media=[_media(url, found.get(url)) for url in form.media],
        captions=[_caption(i18n, look, kind) for look in captions],
        slots=[_slot(form, look, i18n=translator(i18n.language, zone_name)) for look in slots],
        limits=text_limits(settings, None),
        zone=zone_name,
        has_own_zone=bool(i18n.zone),
        problem=problem,
        form_id=new_token(12),
        error=error,
    )


def _subject(
    i18n: Translator, form: NewPost, article: Article | None, found: dict[str, MediaAsset]
) -> tuple[Article | None, str]:
    """Give the article whose captions are shown; where it cannot be one yet, why not."""
    try:
        return article or preview_article(form.article(films=films_of(found))), ""
    except AppError as refusal:
        return None, "" if form.is_empty else explain(i18n, refusal)


def _caption(i18n: Translator, look: CaptionLook, kind: PostKind) -> CaptionView:
    return CaptionView(
        names=", ".join(name_account(account) for account in look.accounts),
        caption=look.caption,
        notes=[i18n.gettext(NOTES[note]) for note in look.caption.notes],
        loose_hashtags=[tag for tag in look.caption.hashtags if tag not in look.caption.description],
        title_count=utf16_len(look.caption.title),
        title_limit=look.limits.caption if kind is PostKind.video else look.limits.title,
        text_count=utf16_len(look.caption.description),
        text_limit=look.limits.description,
    )


def zone_name_of(resources: Resources, i18n: Translator, form: NewPost) -> str:
    """Name the zone in which this reader writes times: their own, else the browser's, else the installation's."""
    try:
        browsers = known_zone(form.zone)
    except ValueError:
        browsers = ""
    return i18n.zone or browsers or resources.settings.timezone or "UTC"


def reader_zone(resources: Resources, i18n: Translator, form: NewPost) -> tzinfo:
    """Give that zone."""
    return zone_of(zone_name_of(resources, i18n, form))


def _slot(form: NewPost, look: SlotLook, *, i18n: Translator) -> SlotView:
    name = name_account(look.account)
    asked = i18n.gettext(_ONCE_APPROVED) if form.asks(look.account) else ""
    if form.when == "good":
        return SlotView(name, show_moment(i18n, look.good), asked)
    if form.when == "at":
        at = form.chosen_time(zone_of(i18n.zone))
        return SlotView(name, show_moment(i18n, at) if at else i18n.gettext(_NO_TIME), asked)
    if asked or look.wait is None:
        return SlotView(name, asked or i18n.gettext(_NOW), "")
    return SlotView(name, show_moment(i18n, look.wait.at), look.wait.detail.shown(i18n))


def films_of(found: dict[str, MediaAsset]) -> list[str]:
    """List the addresses of the videos among uploads."""
    return [url for url, asset in found.items() if asset.content_type.startswith("video/")]


async def find_article(session: AsyncSession, article_id: str) -> Article:
    """Get an article that could be posted. Raises NotFound."""
    article = await session.get(Article, article_id) if is_id(article_id) else None
    if article is None or article.state is ArticleState.unpublished:
        raise NotFound(refusals.NO_ARTICLE, code="article_not_found")
    return article


async def _posts_of(session: AsyncSession, article_id: str) -> dict[str, str]:
    if not article_id:
        return {}
    return dict((await session.exec(select(Post.account_id, Post.id).where(Post.article_id == article_id))).all())


def _is_film(article: Article | None, found: dict[str, MediaAsset]) -> bool:
    return bool(article.video_url) if article else bool(films_of(found))


def _choice(form: NewPost, account: Account, creator: CreatorView | None, post_id: str) -> AccountChoice:
    return AccountChoice(
        id=account.id,
        name=name_account(account),
        username=account.username,
        mode=account.settings.mode,
        mode_label=MODES[account.settings.mode][0],
        is_chosen=account.id in form.accounts and not post_id,
        is_off=not account.settings.enabled,
        must_reconnect=account.state == "reconnect",
        posts_at_once=form.posts_at_once(account),
        audience=form.audiences.get(account.id, ""),
        creator=creator,
        post_id=post_id,
    )


def _media(url: str, asset: MediaAsset | None) -> MediaView:
    if asset is None:
        return MediaView(url, "", is_video=False, name="", seconds=0)
    return MediaView(
        url=url,
        token=asset.owner_id,
        is_video=asset.content_type.startswith("video/"),
        name=asset.alt,
        seconds=round((asset.duration_ms or 0) / 1000),
    )
