"""What is remembered of an account between requests, and of a name that somebody failed to log in with."""

from accounts.sealed import keyring

# In the session: what it knows of its account, so that ending the account's sessions ends it on its next request.
EPOCH = "epoch"


def typed_name(request, credentials: dict | None = None) -> str | None:
    """
    Name the account that a log-in is counted under, as a keyed digest.

    What was typed into that box may be somebody's own name, telephone or even password.
    """
    name = (credentials or {}).get("username") or getattr(request, "data", request.POST).get("username")
    return keyring().index(name, kind="accounts.login") if name else None
