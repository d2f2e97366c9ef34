"""Who is asking, and what they may do: all a module needs to know of it."""

from app.context.current import (
    Context,
    check_all_permissions,
    check_any_permission,
    check_logged_in,
    check_owner,
    check_permission,
    current,
    has_permission,
)
from app.context.guards import (
    anonymous_only,
    any_permission_only,
    gris_only,
    internal_only,
    local_only,
    logged_in_only,
    may_open,
    per_element,
    permission_only,
    public,
    setup_only,
)

__all__ = [
    "Context",
    "anonymous_only",
    "any_permission_only",
    "check_all_permissions",
    "check_any_permission",
    "check_logged_in",
    "check_owner",
    "check_permission",
    "current",
    "gris_only",
    "has_permission",
    "internal_only",
    "local_only",
    "logged_in_only",
    "may_open",
    "per_element",
    "permission_only",
    "public",
    "setup_only",
]
