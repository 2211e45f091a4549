"""A person's decisions over HTTP: one handler per line of the table of decisions, and all of them the same one."""

from typing import Any

from litestar import patch, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from pydantic import BaseModel

from app.auth.access import EDITOR
from app.auth.models import Admin
from app.posts.face import decisions, views
from app.posts.face.case import Nothing
from app.posts.face.decisions import DECISIONS, Decision
from app.posts.schemas import PostDetail
from app.posts.schemas_decisions import PostBulk, PostOutcomes
from app.resources import Resources


def decision_handlers() -> list[HTTPRouteHandler]:
    """Make the routes of all decisions."""
    return [*(_make_handler(decision) for decision in DECISIONS.values()), decide_many]


@post("/api/posts/bulk", status_code=200, operation_id="decide_many", name="posts:bulk", tags=["Posts"], opt=EDITOR)
async def decide_many(
    resources: NamedDependency[Resources], admin: NamedDependency[Admin], data: JSONBody[PostBulk]
) -> PostOutcomes:
    """Decide about many posts at once, each for itself, and tell what became of each."""
    return PostOutcomes(items=await decisions.decide_many(resources, data, by=admin.email))


def _make_handler(decision: Decision[Any]) -> HTTPRouteHandler:
    async def take(
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: JSONBody[BaseModel],
    ) -> PostDetail:
        await decisions.decide(resources, post_id, decision.name, data, by=admin.email)
        async with resources.read() as session:
            return await views.get_post(session, resources.settings, post_id)

    async def take_plain(
        resources: NamedDependency[Resources], admin: NamedDependency[Admin], post_id: FromPath[str]
    ) -> PostDetail:
        return await take(resources, admin, post_id, decision.takes())

    handler: Any = take_plain if decision.takes is Nothing else take
    handler.__name__ = decision.carry_out.__name__
    if handler is take:
        handler.__annotations__["data"] = JSONBody[decision.takes]  # type: ignore[misc, name-defined]
    of_the_post_itself = decision.name == "revise"
    route = patch if of_the_post_itself else post
    made: HTTPRouteHandler = route(
        "/api/posts/{post_id:str}" if of_the_post_itself else f"/api/posts/{{post_id:str}}/{decision.name}",
        status_code=200,
        operation_id=handler.__name__,
        name=f"posts:{decision.name}",
        description=decision.meaning,
        tags=["Posts"],
        opt={"role": decision.role},
    )(handler)
    return made
