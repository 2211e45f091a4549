"""What a person decides about a post, as its timeline tells it."""

from datetime import datetime

from app.messages.message import sentence


@sentence("Approved by %(who)s.")
def approved(who: str) -> None: ...


@sentence("Approved by %(who)s, with edits.")
def approved_with_edits(who: str) -> None: ...


@sentence("Approved by %(who)s, by a link that %(maker)s had made.")
def approved_by_link(who: str, maker: str) -> None: ...


@sentence("Approved by %(who)s, with edits, by a link that %(maker)s had made.")
def approved_by_link_with_edits(who: str, maker: str) -> None: ...


@sentence("The approval holds no longer: %(who)s has changed what was approved.")
def consent_ended(who: str) -> None: ...


@sentence("A one-time link for %(name)s was made by %(who)s.")
def link_made(name: str, who: str) -> None: ...


@sentence("Edited by %(who)s.")
def edited(who: str) -> None: ...


@sentence("Sent again by %(who)s.")
def sent_again_by(who: str) -> None: ...


@sentence("Retried by %(who)s.")
def retried(who: str) -> None: ...


@sentence("Moved by %(who)s: it goes out at %(time)s.")
def rescheduled(who: str, time: datetime) -> None: ...


@sentence("Moved by %(who)s: it takes the next free slot.")
def unscheduled(who: str) -> None: ...


@sentence("A person chose its time: %(time)s.")
def goes_out_at(time: datetime) -> None: ...


@sentence("Sent back by %(who)s: %(comment)s")
def sent_back(who: str, comment: str) -> None: ...


@sentence("Cancelled by %(who)s.")
def cancelled(who: str) -> None: ...


@sentence("Brought back by %(who)s.")
def brought_back(who: str) -> None: ...


@sentence("%(who)s asked TikTok to stop the post.")
def stop_asked(who: str) -> None: ...


@sentence("%(who)s has seen the warning.")
def warning_seen(who: str) -> None: ...
