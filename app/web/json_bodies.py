"""Bodies of JSON that Litestar reads itself, and the kinds of them that it takes for an error of ours."""

from typing import Any

from litestar.config.app import AppConfig
from litestar.exceptions import SerializationException
from litestar.plugins import InitPlugin
from litestar.plugins.htmx import HTMXRequest


class BodyRequest(HTMXRequest):
    """A request whose JSON may be nested as deep as somebody likes, and be no UTF-8: that is the sender's fault."""

    async def json(self) -> Any:
        """Read the body. Raises SerializationException."""
        try:
            return await super().json()
        except RecursionError:
            # msgspec has errors of its own for neither (seen on 30 November 2026), and Litestar answers 500.
            raise SerializationException("it is nested too deep") from None
        except UnicodeDecodeError:
            raise SerializationException("it is no UTF-8") from None


class JsonBodies(InitPlugin):
    """Lets every route read its body so."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.request_class = BodyRequest
        return app_config
