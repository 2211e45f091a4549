"""The pages: where one enters, and the list of all their routes."""

from litestar import Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from app.admin.ads import controllers as controllers_ads
from app.admin.ads import controllers_more as controllers_ads_more
from app.admin.ads import controllers_reports as controllers_ads_reports
from app.admin.ads import controllers_tree
from app.admin.approval import controllers as controllers_approval
from app.admin.approval import controllers_pack, controllers_sign_off
from app.admin.articles import controllers as controllers_articles
from app.admin.audit import controllers as controllers_audit
from app.admin.boosts import controllers as controllers_boosts
from app.admin.calendar import controllers as controllers_calendar
from app.admin.captions import controllers as controllers_captions
from app.admin.comments import controllers as controllers_comments
from app.admin.comments import controllers_posts as controllers_comment_posts
from app.admin.comments import controllers_settings as controllers_comment_settings
from app.admin.domain import controllers as controllers_domain
from app.admin.fields import controllers as controllers_fields
from app.admin.help import controllers_help
from app.admin.keys import controllers as controllers_keys
from app.admin.login import controllers as controllers_login
from app.admin.login.controllers import HOME
from app.admin.new import controllers as controllers_new
from app.admin.notifications import controllers as controllers_notifications
from app.admin.overview import controllers as controllers_overview
from app.admin.posts import controllers as controllers_posts
from app.admin.posts import controllers_bulk, controllers_decisions, controllers_videos
from app.admin.reference.controllers import ApiDocumentOnly, ReferencePages
from app.admin.rules import controllers as controllers_rules
from app.admin.settings import controllers as controllers_settings
from app.admin.settings import controllers_accounts
from app.admin.shell import controllers as controllers_shell
from app.admin.shell.badges import count_badges
from app.admin.shell.errors import exception_handlers
from app.admin.shell.templating import create_template_config
from app.admin.sources import controllers as controllers_sources
from app.admin.start import controllers as controllers_start
from app.admin.team import controllers as controllers_you
from app.admin.team import controllers_second_factor, controllers_team
from app.auth.access import EDITOR


@get("/", opt={"public": True}, include_in_schema=False)
async def go_home() -> Redirect:
    """Lead to the desk; strangers are led on to the login form."""
    return Redirect(HOME, status_code=303)


@get("/{rest:path}", name="admin:missing", opt=EDITOR)
async def show_missing(rest: FromPath[str]) -> None:
    """Answer an address that is no page like one."""
    raise NotFoundException(f"There is no page {rest}.")


pages = Router(
    "/admin",
    route_handlers=[
        controllers_overview.OverviewPages,
        controllers_shell.show_badges,
        *controllers_login.route_handlers,
        controllers_new.NewPostPages,
        controllers_calendar.CalendarPages,
        controllers_posts.PostPages,
        controllers_bulk.decide_many_posts,
        *controllers_decisions.button_handlers(),
        controllers_videos.show_video,
        controllers_approval.ApprovalPages,
        controllers_pack.show_audit_pack,
        controllers_articles.show_articles,
        controllers_articles.show_article,
        controllers_sources.SourcePages,
        controllers_domain.DomainPages,
        controllers_start.StartPages,
        controllers_settings.SettingsPages,
        controllers_rules.RulesPages,
        controllers_fields.FieldPages,
        controllers_accounts.go_to_accounts,
        controllers_accounts.AccountPages,
        controllers_captions.CaptionPages,
        controllers_captions.HashtagPages,
        controllers_notifications.NotificationPages,
        controllers_ads.AdsPages,
        controllers_boosts.BoostPages,
        controllers_boosts.NewBoostPages,
        controllers_tree.TreePages,
        *controllers_ads_more.route_handlers,
        controllers_ads_reports.ReportPages,
        controllers_you.YouPages,
        controllers_second_factor.SecondFactorPages,
        controllers_team.TeamPages,
        controllers_keys.KeyPages,
        controllers_audit.show_audit,
        controllers_help.HelpPages,
        show_missing,
    ],
    exception_handlers=exception_handlers,
    before_request=count_badges,
    include_in_schema=False,
)

# Where the owner's document has the comments, beside the ends of its consent.
social = Router(
    "/social",
    route_handlers=[
        controllers_comments.CommentPages,
        controllers_comment_posts.CommentPostPages,
        controllers_comment_settings.CommentSettingsPages,
    ],
    exception_handlers=exception_handlers,
    before_request=count_badges,
    include_in_schema=False,
)

route_handlers: list[ControllerRouterHandler] = [
    go_home,
    pages,
    social,
    controllers_sign_off.SignOffPages,
]

__all__ = ["ApiDocumentOnly", "ReferencePages", "create_template_config", "route_handlers"]
