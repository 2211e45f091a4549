"""Who calls, and what of the world they may see and change."""

from app.emulator.business_api.call import Call, Operation
from app.emulator.business_api.errors import NO_PERMISSION, BusinessError
from app.emulator.business_api.store import Doc

_NO_TOKEN = "Access token is null, you should set it in http header with key Access-Token."  # noqa: S105
_WRONG_TOKEN = "Access token is incorrect or has been revoked."  # noqa: S105
_NOT_IN_SANDBOX = "This API is not available in the sandbox environment."
# A scope of the first level carries those below it.
_PARENTS = {
    10: 1, 100: 10, 15: 1, 150: 15, 151: 15, 152: 15, 153: 15, 155: 15, 156: 15, 157: 15,
    200: 2, 201: 2, 210: 2, 211: 2, 220: 2, 221: 2, 30: 3, 31: 3, 32: 3, 44: 4,
    600: 6, 601: 6, 610: 6, 611: 6, 690: 6, 691: 6, 692: 6, 693: 6,
    15010100: 15000000, 15010200: 15000000, 15020100: 15000000, 15020200: 15000000,
    18010100: 18000000, 18020000: 18000000, 18030100: 18000000, 18030200: 18000000,
}  # fmt: skip


def admit(call: Call, operation: Operation, token: str | None) -> None:
    """Let the call in, or refuse it. Raises BusinessError."""
    if call.sandbox and not operation.sandbox:
        raise BusinessError(40009, _NOT_IN_SANDBOX)
    if operation.credential == "none":
        return
    if not token:
        raise BusinessError(40104, _NO_TOKEN)
    kind = "token" if operation.credential == "ads" else "account_token"
    found = call.book.store.get(kind, token)
    if found is None or found.get("revoked"):
        raise BusinessError(40105, _WRONG_TOKEN)
    if found.get("expires_at") is not None and found["expires_at"] <= call.now:
        raise BusinessError(40102, "Access token has expired.")
    call.token = found
    if operation.credential == "ads":
        call.user = call.book.store.get("user", found["user_id"]) or {}
    if operation.scope is not None and not _covers(found["scopes"], operation.scope):
        raise BusinessError(
            NO_PERMISSION, f"advertiser does not grant /{operation.endpoint}:{operation.method} permission"
        )


def _covers(granted: list[int | str], wanted: int | str) -> bool:
    scope: int | str | None = wanted
    while scope is not None:
        if scope in granted:
            return True
        scope = _PARENTS.get(scope) if isinstance(scope, int) else None
    return False


def role_of(user: Doc, advertiser: Doc) -> str:
    """Tell the user's role at an ad account: their own, or that of an admin of its business center. Else nothing."""
    own = user.get("roles", {}).get(advertiser["advertiser_id"])
    if own is None and user.get("bc_roles", {}).get(advertiser.get("owner_bc_id")) == "ADMIN":
        own = "ADMIN"
    return own or ""


def is_granted(token: Doc, advertiser_id: str) -> bool:
    """Tell whether the consent covers an ad account; one without a list covers all of the user's."""
    return token.get("advertiser_ids") is None or advertiser_id in token["advertiser_ids"]


def need_advertiser(call: Call, advertiser_id: str, *, money: bool = False) -> Doc:
    """Give an ad account that this caller may use in this way. Raises BusinessError."""
    call.advertiser_id = call.advertiser_id or advertiser_id[:30]
    advertiser = call.book.store.get("advertiser", advertiser_id)
    if advertiser is None:
        raise BusinessError(40300, f"Advertiser {advertiser_id[:40]} does not exist.")
    if advertiser.get("sandbox", False) != call.sandbox:
        code, where = (40013, "not a sandbox") if call.sandbox else (40010, "a sandbox")
        raise BusinessError(code, f"Advertiser {advertiser_id} is {where} account.")
    role = role_of(call.user, advertiser)
    if not role or not is_granted(call.token, advertiser_id):
        raise BusinessError(NO_PERMISSION, f"No permission to operate advertiser {advertiser_id}.")
    if (call.writes and role == "ANALYST") or (money and role != "ADMIN"):
        raise BusinessError(NO_PERMISSION, f"The role {role} at advertiser {advertiser_id} does not allow this.")
    if call.writes and advertiser["status"] != "STATUS_ENABLE":
        raise BusinessError(40002, f"Advertiser {advertiser_id} is not active: {advertiser['status']}.")
    return advertiser


def need_center(call: Call, bc_id: str, *, admin: bool = False) -> Doc:
    """Give a business center that the caller is a member of. Raises BusinessError."""
    center = call.book.store.get("center", bc_id)
    role = call.user.get("bc_roles", {}).get(bc_id)
    if center is None or role is None:
        raise BusinessError(NO_PERMISSION, f"No permission to operate business center {bc_id[:40]}.")
    if admin and role != "ADMIN":
        raise BusinessError(NO_PERMISSION, f"The role {role} at business center {bc_id} does not allow this.")
    return center
