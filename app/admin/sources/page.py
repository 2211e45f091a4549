"""What the settings page shows of the CMS sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.admin.sources.form import SourceInput
from app.articles.adapters import ADAPTERS
from app.articles.controllers import WEBHOOK_PATH
from app.articles.models import Source, SourceRefusal
from app.articles.sources import NewSecret
from app.config import Settings
from app.kit.clock import utcnow
from app.messages.message import unpack
from app.messages.translator import N_

_KINDS: Mapping[str, str] = {
    "generic": N_("Any CMS (Standard Webhooks)"),
    "ghost": N_("Ghost"),
    "wordpress": N_("WordPress"),
    "strapi": N_("Strapi"),
}

_GENERIC_RECIPE = (
    N_("Let the CMS send a POST request with JSON to the address above whenever an article is published or changed."),
    N_("Sign it as Standard Webhooks says: webhook-id, webhook-timestamp and webhook-signature, with the secret."),
    N_("Only id, title and url of the article are required; with text, pictures and tags the post gets better."),
    N_("The form of the body stands in the API reference. An answer of 202 means that the article has been taken."),
)
_RECIPES: Mapping[str, Sequence[str]] = {
    "generic": _GENERIC_RECIPE,
    "ghost": (
        N_("In Ghost, open Settings, Advanced, Integrations, and add a custom integration."),
        N_(
            "Add a webhook for each of these events: Post published, Published post updated, Post unpublished, Post"
            " deleted."
        ),
        N_("Paste the address above as target URL, and the secret of this source as secret."),
        N_("Ghost waits two seconds and sends nothing twice: this server must be reachable when an article goes out."),
    ),
}


REFUSALS_SHOWN = timedelta(days=7)
_REFUSALS: Mapping[str, str] = {
    "signature_refused": N_("The signature is missing or wrong: look whether the CMS has the secret of this source."),
    "clock_skew": N_("The clocks differ by more than five minutes: look at the clocks of both machines."),
    "body_too_large": N_("The delivery was too large."),
    "no_room_for_body": N_("Too many large deliveries came at once."),
    "intake_unavailable": N_("The delivery could not be stored at that moment."),
    "unsupported_content": N_("The delivery was not sent as JSON."),
}


@dataclass(frozen=True, slots=True)
class RefusalView:
    """Deliveries of a source that were refused for one reason."""

    reason: str
    detail: str
    count: int
    last_at: datetime

    @classmethod
    def of(cls, refusal: SourceRefusal) -> "RefusalView":
        """Put the reason in words of ours where there are some; `detail` is for those that have none."""
        reason = _REFUSALS.get(refusal.code, "")
        return cls(
            reason, "" if reason else unpack(refusal.detail, refusal.message) or "", refusal.count, refusal.last_at
        )


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source with its form."""

    source: Source
    kind: str
    webhook_url: str
    recipe: Sequence[str]
    help: str
    values: SourceInput
    old_secret_until: datetime | None
    refusals: Sequence[RefusalView]


@dataclass(frozen=True, slots=True)
class SecretView:
    """A new secret, shown in the answer to the request that made it and nowhere else."""

    name: str
    secret: str
    webhook_url: str

    @classmethod
    def of(cls, settings: Settings, made: NewSecret) -> "SecretView":
        """Show what was made."""
        return cls(made.source.name, made.secret, webhook_url(settings, made.source))

    def __repr__(self) -> str:
        return f"SecretView({self.name!r})"


def webhook_url(settings: Settings, source: Source) -> str:
    """Where the CMS of this source sends its articles."""
    return f"{settings.public_url}{WEBHOOK_PATH}/{source.slug}"


def list_kinds() -> list[tuple[str, str]]:
    """The CMSes to choose from, with their names."""
    return [(kind, _KINDS.get(kind, kind)) for kind in ADAPTERS]


def view_source(
    settings: Settings, source: Source, typed: SourceInput | None, refusals: Sequence[SourceRefusal]
) -> SourceView:
    """Show a source; after a refusal its form keeps what was typed."""
    until = source.previous_secret_valid_until
    return SourceView(
        source=source,
        kind=_KINDS.get(source.kind, source.kind),
        webhook_url=webhook_url(settings, source),
        recipe=_RECIPES.get(source.kind, _GENERIC_RECIPE),
        help=f"cms-{source.kind}",
        values=typed.model_copy(update={"kind": source.kind}) if typed else SourceInput.of(source),
        old_secret_until=until if until is not None and until > utcnow() else None,
        refusals=[RefusalView.of(refusal) for refusal in refusals if refusal.source_id == source.id],
    )


def view_new_source(typed: SourceInput | None) -> SourceInput:
    """The form for a source to be added."""
    return typed or SourceInput(enabled=True)
