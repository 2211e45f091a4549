"""All endpoints there are."""

from app.emulator.business_api import (
    adgroup_changes,
    adgroups,
    ads,
    advertisers,
    audiences,
    blocked_words,
    campaigns,
    centers,
    changelog,
    comment_acts,
    comment_exports,
    comments,
    file_library,
    files,
    identities,
    lent_posts,
    oauth,
    organic,
    organic_comment_acts,
    organic_comments,
    people,
    properties,
    publishing,
    regions,
    report_tasks,
    reports,
    smart_plus,
    spark,
    subscriptions,
    transactions,
    transfers,
)
from app.emulator.business_api.call import Operation

_FAMILIES = (
    oauth, advertisers, centers, transfers, transactions, campaigns, adgroups, adgroup_changes, ads, smart_plus,
    identities, reports, report_tasks, files, file_library, audiences, changelog, comments, comment_acts,
    comment_exports, blocked_words, subscriptions, people, organic, publishing, regions, properties, organic_comments,
    organic_comment_acts, spark, lent_posts,
)  # fmt: skip
OPERATIONS: dict[str, dict[str, Operation]] = {}
for _family in _FAMILIES:
    for _operation in _family.operations:
        OPERATIONS.setdefault(_operation.endpoint, {})[_operation.method] = _operation
