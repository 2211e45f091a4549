"""How the OpenAPI document describes a sentence: as text, in the language of Accept-Language."""

from typing import Any

from litestar._openapi.schema_generation import SchemaCreator
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from app.messages.message import Message


class MessageSchemas(OpenAPISchemaPlugin):
    """Describes a message as what it is in JSON."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return isinstance(value, type) and issubclass(value, Message)

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:  # noqa: ARG002
        return Schema(type=OpenAPIType.STRING, description="In the language of Accept-Language.")
