"""The audit log: one transaction with the change, only what differs, and no secret."""

import contextlib
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.audit.models import AuditEntry
from app.audit.queries import AuditFilter, list_entries
from app.audit.record import Actor, ActorKind, act_as, changing, record
from app.auth.jobs import sweep
from app.kit.clock import utcnow
from app.resources import Resources
from tests.builders import make_source


async def entries(resources: Resources) -> list[AuditEntry]:
    async with resources.read() as session:
        return list((await session.exec(select(AuditEntry).order_by(sa.text("id")))).all())


async def test_an_entry_stands_or_falls_with_the_change(resources):
    with contextlib.suppress(LookupError):
        async with resources.transaction() as session:
            record(session, "source.made", object_id="1")
            raise LookupError
    assert await entries(resources) == []
    act_as(Actor(ActorKind.person, "7", "me@example.org", "203.0.113.9"))
    async with resources.transaction() as session:
        source = await make_source(session, name="Old")
        with changing(session, "source.changed", source, kind="source"):
            source.name = "New\0 \ud800"
            source.secret_encrypted = "v1.sealed-otherwise"
        source.name = "New"
    (entry,) = await entries(resources)
    assert (entry.actor_id, entry.actor_name, entry.address) == ("7", "me@example.org", "203.0.113.9")
    assert (entry.before, entry.after) == ({"name": "Old"}, {"name": "New ?"})
    assert (entry.object_kind, entry.object_id) == ("source", source.id)


async def test_no_secret_is_kept_whoever_passes_it(resources):
    secrets = {
        "client_secret": "canary-1-aaaaaaaa",
        "nested": {
            "password": "canary-2-aaaaaaaa",
            "list": ["whsec_canary3aaaaaaaaaaaa", "nr_canary4aaaaaaaaaaaaaaaaaaa"],
        },
        "text": "Authorization: Bearer canary-5-aaaaaaaa",
        "link": "https://news.example/admin/invitation/canary6aaaaaaaaaaaaaaaaaaaaa",
    }
    async with resources.transaction() as session:
        record(session, "x.y", object_name="nr_canary7aaaaaaaaaaaaaaaaaaa", before=secrets, after={"other": secrets})
    (entry,) = await entries(resources)
    assert "canary" not in repr(entry.model_dump())
    assert entry.before["client_secret"] == "[hidden]"


@pytest.mark.both_databases
async def test_the_log_is_filtered_and_paged(resources):
    act_as(Actor(ActorKind.person, "7", "Aigul@Example.org"))
    async with resources.transaction() as session:
        for number in range(5):
            record(
                session, ("source.made", "source.changed", "sources.of_another_kind")[number % 3], object_id=f"{number}"
            )
    async with resources.read() as session:
        first = await list_entries(session, AuditFilter(action="source"), limit=3)
        rest = await list_entries(session, AuditFilter(action="source"), limit=3, cursor=first.next_cursor)
        assert [entry.object_id for entry in (*first.items, *rest.items)] == ["4", "3", "1", "0"]
        assert rest.next_cursor is None
        for wanted, found in (
            (AuditFilter(actor="aigul"), 5),
            (AuditFilter(actor="7"), 5),
            (AuditFilter(actor="ai%"), 0),
            (AuditFilter(object_id="2"), 1),
            (AuditFilter(action="source.made", actor="\0"), 2),
            (AuditFilter(since=utcnow() + timedelta(minutes=1)), 0),
            (AuditFilter(until=utcnow() + timedelta(minutes=1)), 5),
        ):
            assert len((await list_entries(session, wanted)).items) == found, wanted


async def test_old_entries_go_after_the_days_of_the_setting(resources):
    days = resources.settings.audit_days
    async with resources.transaction() as session:
        for age in (days - 1, days + 1):
            session.add(AuditEntry(actor_kind="person", action=f"{age}", at=utcnow() - timedelta(days=age)))
    await sweep(resources)
    assert [entry.action for entry in await entries(resources)] == [f"{days - 1}"]
