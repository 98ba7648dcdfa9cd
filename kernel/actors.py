"""Who is acting, decided once at the edge and passed down by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """
    A person (or the platform itself) at the moment of one act.

    ``orgs`` maps a role to the organisations in which it is held today (a supervisor's district already expanded to
    its subtree). ``patients`` maps ``patient`` and ``proxy`` to patient ids; ``scopes`` says what a proxy may do for
    each of them. ``titles`` maps (role, organisation id) to the post as it is written into the trace.
    """

    kind: str
    id: str
    name: str
    user_id: int | None = None
    orgs: Mapping[str, frozenset] = field(default_factory=dict)
    patients: Mapping[str, frozenset] = field(default_factory=dict)
    scopes: Mapping[object, frozenset] = field(default_factory=dict)
    ip: str = ""
    request_id: str = ""

    @property
    def account(self) -> int:
        """The acting person's account, for columns that a person must fill. :raises ValueError: nobody acts"""
        if self.user_id is None:
            raise ValueError(f"{self.kind} {self.id} is no person")
        return self.user_id

    def orgs_as(self, *roles: str) -> frozenset:
        return frozenset().union(*(self.orgs.get(role, frozenset()) for role in roles))

    def patients_as(self, *roles: str) -> frozenset:
        return frozenset().union(*(self.patients.get(role, frozenset()) for role in roles))

    def holds(self, *roles: str) -> bool:
        return any(self.orgs.get(role) or self.patients.get(role) for role in roles)

    def scopes_for(self, patient_id: object) -> frozenset:
        return self.scopes.get(patient_id, frozenset())


def system(name: str) -> Actor:
    """The platform acting by itself: a due row, a sweep, a consequence. ``name`` says which part."""
    return Actor(kind="system", id=name, name="平台自动处理")


ANONYMOUS = Actor(kind="anonymous", id="", name="未登录")
