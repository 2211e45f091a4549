"""The audit log says names and values in the reader's words: nobody reads a column's name or an enum's on a page."""

from app.accounts.models import AccountSettings, PublishMode
from app.admin.audit.values import NAMES, say
from app.admin.audit.words import ACTIONS
from app.audit.record import describe, record
from app.messages.translator import translator
from app.posts.face.decisions import DECISIONS
from app.resources import Resources
from tests.admin.support import Editor, text_of

_BEFORE = {"mode": "direct", "privacy_level": "PUBLIC_TO_EVERYONE", "disable_comment": False, "title_limit": None}
_AFTER = {
    "mode": "inbox",
    "privacy_level": "SELF_ONLY",
    "disable_comment": True,
    "title_limit": 40,
    "odd_name": "as is",
}


async def test_changes_are_told_in_the_reader_s_words(editor: Editor, sqlite_resources: Resources) -> None:
    async with sqlite_resources.transaction() as session:
        record(session, "account.changed", object_kind="account", object_id="a", before=_BEFORE, after=_AFTER)
    page = text_of(await editor.open("/admin/audit?object=a&lang=ru"))
    for said in ("Как выходят публикации", "Публиковать сразу", "Черновик в TikTok", "Только я", "40", "odd_name"):
        assert said in page, said
    for raw in (*_BEFORE, "direct", "inbox", "SELF_ONLY", "false", "true", "null"):
        assert f" {raw} " not in page, raw


def test_every_setting_of_an_account_and_every_decision_has_words() -> None:
    settings = AccountSettings(account_id="a", mode=PublishMode.direct)
    assert set(describe(settings)) - {"account_id"} <= NAMES.keys()
    assert {f"post.{name}" for name in DECISIONS} <= ACTIONS.keys()
    kazakh = translator("kk")
    assert say(kazakh, "scopes", ["read", "write"]) == f"{kazakh.gettext('Read')}, {kazakh.gettext('Change')}"
    assert say(kazakh, "rules", {"tags": ["a"]}) == '{"tags": ["a"]}'
