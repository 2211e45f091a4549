"""Puts the emulator together."""

from pathlib import Path
from typing import Any, cast

import httpx
from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Receive, Scope, Send

from app.emulator.business_api.book import Book
from app.emulator.business_api.desk import find_book
from app.emulator.business_api.gate import PREFIX as BUSINESS_PREFIX
from app.emulator.business_api.gate import pass_business_call
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.control import (
    business,
    business_comments,
    business_people,
    business_posts,
    business_world,
    control,
    posts,
    properties,
    webhooks,
)
from app.emulator.dashboard import business as business_page
from app.emulator.dashboard import business_consent, consent, dashboard
from app.emulator.dashboard.pages import PageError
from app.emulator.open_api import display, oauth, posting, videos
from app.emulator.open_api.answers import ApiError, OAuthError, answer_http_error, answer_oauth_refusal, answer_refusal
from app.emulator.open_api.gate import has_usable_address, pass_call, refuse
from app.emulator.open_api.uploading import UPLOAD_PATH, pass_upload
from app.emulator.world.settings import EmulatorSettings
from app.emulator.world.wire import send_whole
from app.emulator.world.world import World


class Emulator(Litestar):
    """An ASGI application that logs its TikTok calls, and spoils those for which a fault was ordered.

    This is done outside of everything else, because nothing within an application can cut its own connection.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: Send | LifeSpanSend,
    ) -> None:
        path = cast("Scope", scope)["path"] if scope["type"] == ScopeType.HTTP else ""
        if path and not has_usable_address(cast("Scope", scope)):
            await send_whole(refuse("The address cannot be read: see Host and query."), cast("Send", send))
        elif path.startswith(BUSINESS_PREFIX):
            await pass_business_call(find_book(self.state), self.state.world, scope, receive, send)  # type: ignore[arg-type]
        elif path.startswith("/v2/"):
            await pass_call(super().__call__, self.state.world, scope, receive, send)  # type: ignore[arg-type]
        elif path == UPLOAD_PATH:
            await pass_upload(self.state.world, scope, receive, send)  # type: ignore[arg-type]
        else:
            await super().__call__(scope, receive, send)


async def provide_world(request: Request[Any, Any, Any]) -> World:
    world: World = request.app.state.world
    return world


async def provide_book(request: Request[Any, Any, Any]) -> Book:
    return find_book(request.app.state)


def create_emulator(
    settings: EmulatorSettings | None = None,
    *,
    business_settings: BusinessSettings | None = None,
    business_state: Path | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Emulator:
    """Build an emulator with a memory of its own, at `.state.world`; whoever puts another one there makes it another.

    `business_state` is a file in which the Business API keeps what it knows, so that it outlives the process. Several
    processes may be given the same: each call is one transaction there. Without it, it is forgotten at the end.
    `transport` replaces the network on the way out, so that photos and webhooks can reach another in-process app.
    """
    handlers: dict[Any, Any] = {
        ApiError: answer_refusal,
        OAuthError: answer_oauth_refusal,
        PageError: consent.answer_page_error,
        HTTPException: answer_http_error,
    }
    return Emulator(
        logging_config=None,
        route_handlers=_list_handlers(),
        dependencies={"world": Provide(provide_world), "book": Provide(provide_book)},
        exception_handlers=handlers,
        openapi_config=None,
        state=State(
            {
                "world": World(settings or EmulatorSettings(), transport),
                "business_settings": business_settings,
                "business_path": business_state,
            }
        ),
    )


def _list_handlers() -> list[Any]:
    return [
        consent.show_consent,
        consent.decide,
        business_consent.show_consent,
        business_consent.decide,
        oauth.grant_token,
        oauth.revoke_token,
        posting.query_creator_info,
        posting.init_content,
        videos.init_video,
        videos.init_inbox_video,
        posting.fetch_status,
        posting.cancel_post,
        display.get_user_info,
        display.list_videos,
        display.query_videos,
        dashboard.show_post_page,
        dashboard.show_video_page,
        Router(
            "/_emulator",
            route_handlers=[
                *dashboard.handlers,
                *business_page.handlers,
                *control.handlers,
                *properties.handlers,
                *posts.handlers,
                *webhooks.handlers,
                Router("/business", route_handlers=_list_business_controls()),
            ],
        ),
    ]


def _list_business_controls() -> list[Any]:
    return [
        *business.handlers,
        *business_people.handlers,
        *business_world.handlers,
        *business_posts.handlers,
        *business_comments.handlers,
    ]
