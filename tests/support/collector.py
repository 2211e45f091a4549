"""An OTLP/HTTP collector for tests, in a process of its own: `python -m tests.support.collector PORT`."""

import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class SeenSpan:
    """A span as it came over the wire."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    service: str
    is_error: bool
    attributes: dict[str, Any] = field(default_factory=dict)


def read_spans(body: bytes) -> list[SeenSpan]:
    """Read an export."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        SeenSpan(
            name=span.name,
            trace_id=span.trace_id.hex(),
            span_id=span.span_id.hex(),
            parent_id=span.parent_span_id.hex(),
            service=_values(resource.resource.attributes)["service.name"],
            is_error=span.status.code == span.status.STATUS_CODE_ERROR,
            attributes=_values(span.attributes),
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _values(attributes: Any) -> dict[str, Any]:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in attributes}


def build_app() -> web.Application:
    """The collector; `/spans` gives all that came, and the headers that came with it."""
    seen: list[dict[str, Any]] = []
    keys: set[str] = set()

    async def take(request: web.Request) -> web.Response:
        keys.add(request.headers.get("api-key", ""))
        seen.extend(asdict(span) for span in read_spans(await request.read()))
        return web.Response(content_type="application/x-protobuf")

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response({"spans": seen, "keys": sorted(keys)})

    app = web.Application()
    app.add_routes([web.post("/v1/traces", take), web.get("/spans", tell)])
    return app


if __name__ == "__main__":
    web.run_app(build_app(), host="127.0.0.1", port=int(sys.argv[1]), print=None, handle_signals=True)
