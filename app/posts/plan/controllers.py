"""Trying a source's rules, over HTTP."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.rules import SourceRules
from app.auth.access import ADMIN, scope
from app.auth.models import Scope
from app.posts.plan.dry_run import try_rules
from app.posts.plan.schemas import RulesTrial


@post(
    "/api/sources/{source_id:str}/rules/check",
    name="sources:rules:check",
    operation_id="CheckSourceRules",
    tags=["sources"],
    status_code=200,
    opt=ADMIN | scope(Scope.sources) | {"untold": True},
)
async def check_source_rules(
    source_id: FromPath[str], data: JSONBody[SourceRules], session: NamedDependency[AsyncSession]
) -> RulesTrial:
    """Say which of the source's last 50 articles would go out under these rules. Nothing is stored."""
    return RulesTrial.of(await try_rules(session, source_id, data))


route_handlers: list[ControllerRouterHandler] = [check_source_rules]
