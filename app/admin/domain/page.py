"""What the page of the pictures' address shows: the files, and what TikTok would find of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.admin.domain.form import FileInput
from app.media.holds import media_prefix
from app.media.models import VerificationFile
from app.media.ownership import Finding, Look
from app.media.verification import list_verification_files
from app.messages.message import Message
from app.messages.translator import N_
from app.posts.face.media_holds import HeldMedia, read_held_media
from app.resources import Resources

PATH = "/admin/domain"
_MOST = 100

FINDINGS: Mapping[Finding, tuple[str, str]] = {
    Finding.fine: (N_("TikTok finds it here, byte for byte."), ""),
    Finding.private: (
        N_("This address is not a public one: TikTok cannot come to it."),
        N_("Set NEWSREEL_PUBLIC_URL to the https address under which the internet reaches this service."),
    ),
    Finding.unreachable: (
        N_("No answer came from this address."),
        N_("Check DNS, certificate and reverse proxy of this address, and that the web process runs."),
    ),
    Finding.redirect: (
        N_("The address leads on to another one, and TikTok follows no redirect."),
        N_("Let the server answer this address itself, or set NEWSREEL_PUBLIC_URL to the address where it ends."),
    ),
    Finding.not_served: (
        N_("Something before this service refuses strangers."),
        N_("Let the reverse proxy pass this path through, without login, bot protection or geo block."),
    ),
    Finding.not_found: (
        N_("Another program answers here, and does not know the file."),
        N_("Let the reverse proxy lead this path to this service."),
    ),
    Finding.server_error: (
        N_("The reverse proxy does not reach this service."),
        N_("Check that the web process runs, and where the proxy looks for it."),
    ),
    Finding.wrong_type: (
        N_("The bytes are right, but they do not come as plain text."),
        N_("Let the reverse proxy leave the header Content-Type as it is: text/plain."),
    ),
    Finding.wrong_bytes: (
        N_("Something else comes than what TikTok gave."),
        N_("Put the file in place again as TikTok gives it, and let no proxy or cache change or keep it."),
    ),
}


@dataclass(frozen=True, slots=True)
class LookView:
    """One address with what came of it, and what helps. `said`: why nothing came."""

    look: Look
    cause: str
    cure: str
    said: Message | None

    @property
    def is_fine(self) -> bool:
        return self.look.finding is Finding.fine


@dataclass(frozen=True, slots=True)
class DomainPage:
    """The page. `checked`: the name of the file that was looked for, with `looks`."""

    media_prefix: str
    files: Sequence[VerificationFile]
    held_media: Sequence[HeldMedia]
    typed: FileInput
    problem: str = ""
    checked: str = ""
    looks: Sequence[LookView] = ()
    settled_address: str = ""

    @property
    def is_verifiable(self) -> bool:
        """Tell whether TikTok would find the file that was looked for where the prefix is."""
        return bool(self.looks) and self.looks[0].is_fine


def view_look(look: Look) -> LookView:
    """Put what came into words."""
    cause, cure = FINDINGS[look.finding]
    return LookView(look, cause, cure, look.said)


async def read_domain_page(
    resources: Resources,
    *,
    typed: FileInput | None = None,
    problem: str = "",
    checked: str = "",
    looks: Sequence[Look] = (),
    is_answer_to_post: bool = False,
) -> DomainPage:
    """Collect the page."""
    async with resources.read() as session:
        files, _ = await list_verification_files(session, limit=_MOST)
        held_media = await read_held_media(session)
    return DomainPage(
        media_prefix=media_prefix(resources.settings),
        files=files,
        held_media=held_media,
        typed=typed or FileInput(),
        problem=problem,
        checked=checked,
        looks=[view_look(look) for look in looks],
        settled_address=PATH if is_answer_to_post else "",
    )
