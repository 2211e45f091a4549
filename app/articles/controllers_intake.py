"""The address that a CMS delivers to."""

from typing import Any

import structlog
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.articles.adapters.base import METHOD, PATH
from app.articles.deliveries.book import keep_delivery
from app.articles.intake import receive
from app.articles.intake.admission import Admission
from app.articles.intake.refusals import note_refusal
from app.articles.schemas_deliveries import ReceiptRead
from app.errors import AppError
from app.kit.tracing import span
from app.resources import Resources
from app.web.streams import stream_of

WEBHOOK_PATH = "/webhooks/cms"


@post(
    f"{WEBHOOK_PATH}/{{slug:str}}",
    name="webhooks:cms",
    operation_id="ReceiveArticle",
    tags=["webhooks"],
    status_code=202,
    opt={"public": True, "csrf_exempt": True},
    request_max_body_size=None,  # its kind of source has a limit of its own
)
async def receive_article(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    resources: NamedDependency[Resources],
) -> Response[ReceiptRead]:
    """Take in what a CMS says of an article, signed in the way of that CMS."""
    headers = _joined_headers(request)
    with (
        span("cms.delivery", parent=headers.get("traceparent"), is_first=True) as step,
        resources.bodies.hold() as room,
    ):
        admission: Admission | None = None
        body, heard = b"", receive.Heard()
        try:
            admission = await receive.look_up(resources, slug, headers)
            body = await admission.read(room, stream_of(request), request.content_length)
            receipt = await receive.receive(resources, slug, headers, body, admission, heard)
        except AppError as error:
            source = admission.source if admission else None
            note_refusal(resources, source, slug, error)
            if source is not None:
                keep_delivery(resources, source.id, headers, body, heard.verified, error)
            step.fail(error.code)
            raise
        if admission.source is not None:
            keep_delivery(resources, admission.source.id, headers, body, heard.verified, receipt)
        step.set(outcome=receipt.outcome, article_id=receipt.article_id)
    # The request's line in the log tells it: a line of its own would cost a tenth of the intake's time.
    structlog.contextvars.bind_contextvars(source=slug, outcome=receipt.outcome, article=receipt.article_id)
    return Response(ReceiptRead.model_validate(receipt), status_code=admission.answer_status)


def _joined_headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    # Last, so that no sender can say them in our place.
    query = request.scope["query_string"]
    asked = {METHOD: request.method, PATH: _path(request.scope["raw_path"], query)}
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers | asked


def _path(path: bytes, query: bytes) -> str:
    return (path + b"?" + query if query else path).decode("latin-1")
