"""The first run: whoever can read this service's terminal or log makes the first admin, by a one-time address."""

import structlog
from sqlalchemy.exc import DBAPIError

from app.auth.links import LinkIsOver, find_link, make_link, spend_all_links
from app.auth.logins import Client, Login, open_login
from app.auth.models import LinkPurpose
from app.auth.service import create_admin, has_people
from app.resources import Resources

log = structlog.get_logger(__name__)

SETUP_PAGE = "/admin/setup"


async def make_setup_address(resources: Resources) -> str | None:
    """Make the address of the set-up page, for the terminal; None where somebody can log in already."""
    async with resources.read() as session:
        if await has_people(session):
            return None
    try:
        async with resources.transaction() as session:
            token = await make_link(session, LinkPurpose.setup)
    except DBAPIError as error:
        # A disk that takes no writes is told of elsewhere, and nothing else of the service waits for an admin.
        log.warning("setup_address_not_made", error=type(error.orig).__name__)
        return None
    return f"{resources.settings.public_url}{SETUP_PAGE}/{token}"


async def check_setup(resources: Resources, token: str) -> None:
    """Raise LinkIsOver where this address opens nothing."""
    async with resources.read() as session:
        await find_link(session, LinkPurpose.setup, token)


async def set_up(resources: Resources, token: str, *, email: str, name: str, password: str, client: Client) -> Login:
    """Make the first admin and log them in. Of two who do it at once one wins. Raises LinkIsOver, Invalid."""
    async with resources.transaction() as session:
        # Each process that starts has told an address of its own.
        await spend_all_links(session, LinkPurpose.setup, token)
        if await has_people(session):
            raise LinkIsOver
        tidy = "".join(filter(str.isprintable, name)).strip()
        admin = await create_admin(session, email, password, name=tidy[:200])
        login = open_login(session, resources.settings.secret_keys, admin, client)
    log.info("first_admin_created", admin_id=admin.id)
    return login
