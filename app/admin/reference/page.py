"""What the pages of the API reference show."""

from dataclasses import dataclass

from app.admin.reference.reference import Group, Reference


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """The contents, or one group."""

    reference: Reference
    shown: Group | None = None
