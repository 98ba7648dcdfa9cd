"""People who call the API with a token of their own."""

from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User

PASSWORD = "kunqu-yuan-lin-2026"


class Caller(APIClient):
    """An API client that knows its base address and answers with the parsed body."""

    def at(self, path: str) -> str:
        return f"/api/v1/{path}"

    def ask(self, path: str, **query):
        return self.get(self.at(path), query)

    def send(self, path: str, data=None, *, method: str = "post", **headers):
        return getattr(self, method)(self.at(path), data or {}, format="json", headers=headers or None)


def caller(user: User) -> Caller:
    """Somebody with a token."""
    _, token = AuthToken.objects.create(user)
    client = Caller()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def stranger() -> Caller:
    return Caller()


def signed_in(user: User) -> Caller:
    """The same by the front door: name and password for a token."""
    user.set_password(PASSWORD)
    user.save()
    client = Caller()
    answer = client.send("auth/login/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 200, answer.content
    client.credentials(HTTP_AUTHORIZATION=f"Token {answer.json()['token']}")
    return client
