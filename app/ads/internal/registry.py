"""All operations of the contract. A new one is one entry in the file of its part."""

from app.ads.internal import campaigns, centers, reports, transfers
from app.ads.internal.operations import Registry

REGISTRY = Registry(
    *centers.OPERATIONS[:2],
    *campaigns.OPERATIONS,
    *reports.OPERATIONS,
    *centers.OPERATIONS[2:],
    *transfers.OPERATIONS,
)
