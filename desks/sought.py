"""
What was searched for, when it may name a person: it stands in the address sealed, never in clear (002 五(八)).

Addresses are kept by browsers, proxies and logs. A search is therefore posted and answered with a redirect to the list,
whose address carries the words sealed for this account: it can be reloaded and turned over, and tells nobody else.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from accounts.sealed import keyring

LONGEST = 200


def lead_to_list(request: HttpRequest, names: Iterable[str]) -> HttpResponse:
    """Answer a posted search with the address of its list."""
    asked = {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}
    query = address(request, asked, names)
    return redirect(f"{request.path}?{query}" if query else request.path)


def address(request: HttpRequest, asked: Mapping[str, str], names: Iterable[str]) -> str:
    """Write what was asked as the query of an address; ``names`` are the sealed ones, empty ones are left out."""
    hidden = set(names)
    return urlencode(
        {key: _hidden(request, key, value) if key in hidden else value for key, value in asked.items() if value.strip()}
    )


def asked(request: HttpRequest, names: Iterable[str]) -> QueryDict:
    """Read the address of a list, with the sealed words opened; a word in clear, or another's, counts as none."""
    given = request.GET.copy()
    for name in names:
        if name in given:
            given[name] = _opened(request, name, given[name])
    return given


def _hidden(request, name, words):
    sealed = keyring().seal(words.strip()[:LONGEST], about=_about(request, name))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(request, name, words):
    try:
        sealed = base64.urlsafe_b64decode(words + "=" * (-len(words) % 4))
        return keyring().open(sealed, about=_about(request, name))
    except (InvalidTag, ValueError, KeyError, IndexError, binascii.Error):
        return ""


def _about(request, name):
    return f"sought:{request.user.pk}:{name}"
