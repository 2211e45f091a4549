"""The page of one article: what happened to its posts, their boosts, and what readers said, in one line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.wording.states import STATES
from app.articles.models import Article
from app.auth.models import Admin, Role
from app.messages.translator import N_, Translator
from app.posts.models import PostState
from app.resources import Resources

_BOOST, _COMMENT = N_("Boost"), N_("Comment")


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One thing that happened: `label` names what, `said` is a reader's own words."""

    at: datetime
    tone: str
    label: str
    account: str
    author: str
    text: str
    said: str
    href: str


@dataclass(frozen=True, slots=True)
class StoryPage:
    article: Article
    rows: Sequence[StoryRow]
    has_more_comments: bool


async def read_story_page(app: Resources, i18n: Translator, article_id: str, admin: Admin) -> StoryPage:
    """Collect the page; what ads cost is shown to admins alone. Raises NotFound."""
    # Comments and ads are read when somebody looks at them: most processes need not carry them.
    from app.comments.face.article_story import StoryLine, read_story

    def row(line: StoryLine) -> StoryRow:
        why = line.why.shown(i18n) if line.why else ""
        if line.kind == "comment":
            href = f"/social/?comment={line.id}"
            return StoryRow(line.at, "note", _COMMENT, line.account, line.author, "", line.text, href)
        if line.kind == "boost":
            return StoryRow(line.at, "busy", _BOOST, line.account, "", why, "", f"/admin/ads/boosts/{line.id}")
        words = STATES.get(PostState(line.state)) if line.state in PostState.__members__ else None
        tone, label = (words.tone, words.label) if words else ("note", "")
        return StoryRow(line.at, tone, label, line.account, "", why, "", f"/admin/posts/{line.post_id}")

    story = await read_story(app, article_id, with_boosts=admin.role is Role.admin)
    return StoryPage(story.article, [row(line) for line in story.lines], story.has_more_comments)
