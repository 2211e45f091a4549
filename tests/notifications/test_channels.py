"""Mail through a real server, and Telegram's HTTP API as its documentation describes it."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from app.config import Settings
from app.kit.redact import redact
from app.notifications.messages import send_test
from app.notifications.models import MessageState
from app.ops.doctor.findings import Level
from app.ops.doctor.notifications import check_mail_server
from app.posts.models import PostState
from tests.functional.stack import free_port
from tests.notifications.support import Desk

S = PostState
TOKEN = "123456:AAH-a_token_of_nobody_s-0123456789ab"


class MailServer:
    """Keeps what it is given, and refuses `refused`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused = ""
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=self._authenticate,
            auth_require_tls=False,
            decode_data=False,
            auth_required=False,
        )

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _kind: str, data: LoginPassword) -> AuthResult:
        is_known = (data.login, data.password) == (b"desk", b"mail-password")
        return AuthResult(success=is_known, handled=False)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address == self.refused:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 Queued"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.controller.start()
    yield server
    server.controller.stop()


@pytest.fixture
def mail_desk(sqlite_desk: Desk, mail_server: MailServer, monkeypatch: Any) -> Desk:
    changes = {
        "smtp_host": "127.0.0.1",
        "smtp_port": mail_server.controller.port,
        "smtp_tls": "none",
        "smtp_user": "desk",
        "smtp_password": SecretStr("mail-password"),
        "smtp_from": "Newsreel <newsreel@news.example>",
    }
    for name, value in changes.items():
        monkeypatch.setattr(sqlite_desk.app.settings, name, value)
    return sqlite_desk


async def test_a_mail_says_it_in_both_forms_in_the_reader_s_language_and_zone(mail_desk: Desk, mail_server: MailServer):
    await mail_desk.listen(channel="email", url="mailto:editor@news.example", language="kk", timezone="Asia/Almaty")
    post = await mail_desk.post()
    await mail_desk.move(post, S.failed)
    await mail_desk.tell()
    (mail,) = mail_server.mails
    (message,) = await mail_desk.messages()
    assert mail["To"] == "editor@news.example"
    assert mail["Subject"] == "Жазба шықпай қалды: Жаңа мектеп ашылды"
    assert mail["Message-ID"] == f"<{message.id}@news.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    link = f"{mail_desk.app.settings.public_url}/admin/posts/{post.id}"
    assert link in plain.get_content()
    assert "(Asia/Almaty)" in plain.get_content()
    assert f'<a href="{link}">' in html.get_content()
    assert '<html lang="kk">' in html.get_content()
    assert (message.state, message.tries[0]["status"]) == (MessageState.delivered, 250)


async def test_what_a_cms_writes_breaks_neither_header_nor_markup(mail_desk: Desk, mail_server: MailServer):
    from tests.builders import make_article

    await mail_desk.listen(channel="email", url="editor@news.example")
    async with mail_desk.app.transaction() as session:
        article = await make_article(session, title="Sale\r\nBcc: all@news.example <script>alert(1)</script>")
    await mail_desk.move(await mail_desk.post(article_id=article.id), S.failed)
    await mail_desk.tell()
    (mail,) = mail_server.mails
    assert mail["Bcc"] is None
    body = mail.get_body(("html",))
    assert body is not None
    assert "<script>" not in body.get_content()


async def test_a_mail_server_s_refusal_stands_in_the_log(mail_desk: Desk, mail_server: MailServer, monkeypatch: Any):
    endpoint, _ = await mail_desk.listen(channel="email", url="nobody@news.example")
    mail_server.refused = "nobody@news.example"
    answer, message = await send_test(mail_desk.app, endpoint.id)
    assert (answer.status, answer.is_delivered) == (550, False)
    assert "No such mailbox" in message.tries[0]["text"]
    monkeypatch.setattr(mail_desk.app.settings, "smtp_password", SecretStr("another-password"))
    answer, _ = await send_test(mail_desk.app, endpoint.id)
    assert answer.status == 535
    assert "another-password" not in redact("AUTH failed for another-password")


async def test_doctor_tries_the_mail_server(mail_desk: Desk, mail_server: MailServer, monkeypatch: Any):
    assert [one.level async for one in check_mail_server(mail_desk.app)] == [Level.ok]
    monkeypatch.setattr(mail_desk.app.settings, "smtp_port", free_port())
    assert [one.level async for one in check_mail_server(mail_desk.app)] == [Level.broken]
    assert not mail_server.mails


@pytest.mark.parametrize(
    "changes",
    [
        {"NEWSREEL_SMTP_FROM": ""},
        {"NEWSREEL_SMTP_FROM": "nobody"},
        {"NEWSREEL_SMTP_TLS": "none", "NEWSREEL_SMTP_PASSWORD": "given-away"},
    ],
)
def test_settings_of_mail_that_cannot_work_are_refused_at_the_start(changes: dict[str, str]):
    good = {"NEWSREEL_SMTP_HOST": "mail.news.example", "NEWSREEL_SMTP_FROM": "Desk <desk@news.example>"}
    Settings(_env_file=None, **good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="NEWSREEL_SMTP"):
        Settings(_env_file=None, **good | changes)  # type: ignore[arg-type]


async def test_telegram_is_told_through_its_bot(sqlite_desk: Desk):
    desk = sqlite_desk
    desk.receiver.answers = [(200, b'{"ok":true,"result":{"message_id":7}}')]
    await desk.listen(channel="telegram", url="https://t.me/newsroom_desk", token=TOKEN, language="ru")
    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    (heard,) = desk.receiver.heard
    assert heard.path == f"/bot{TOKEN}/sendMessage"
    assert (heard.document["chat_id"], heard.document["parse_mode"]) == ("@newsroom_desk", "HTML")
    assert heard.document["text"].startswith("<b>Публикация не удалась: Жаңа мектеп ашылды</b>")
    assert "/admin/posts/" in heard.document["text"]


async def test_telegram_s_refusal_is_heeded_and_the_token_never_shown(sqlite_desk: Desk):
    desk = sqlite_desk
    refusal = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":300}}'
    desk.receiver.answers = [(429, refusal), (200, b"not json"), (200, b'{"ok":true}')]
    await desk.listen(channel="telegram", url="-1001234567", token=TOKEN)
    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    await desk.let_pass(seconds=200)
    await desk.tell()
    assert len(desk.receiver.heard) == 1
    await desk.let_pass(seconds=101)
    await desk.tell()
    (message,) = await desk.messages()
    assert (message.state, message.attempts) == (MessageState.waiting, 2)
    assert [one["text"] for one in message.tries] == ["Too Many Requests", ""]
    assert TOKEN not in repr(message)
    assert TOKEN not in redact(f"POST /bot{TOKEN}/sendMessage")
