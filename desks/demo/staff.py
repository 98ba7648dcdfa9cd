"""Everybody who holds a post, nurses apart."""

from accounts import services as accounts
from accounts.models import Organization, User
from accounts.roles import Role
from desks.demo.accounts import password
from desks.demo.district import MAIN, SETUP, SINCE, Centre, District

ALONE = "demo-"  # accounts that are offered by name; only these have a password


def hire(district: District) -> None:
    for centre in district.centres:
        _hire_at(district, centre)
    for place, hospital in enumerate(district.hospitals):
        main = hospital.pk == district.main.hospital.pk
        _post(district, hospital, Role.REVIEWER, "demo-reviewer" if main else f"reviewer-{place + 1}")
    commission = district.commission
    _post(district, commission, Role.SUPERVISOR, "demo-supervisor")
    _post(district, commission, Role.SUPERVISOR, "supervisor-2")
    _post(district, commission, Role.QC_INSPECTOR, "demo-qc")
    _post(district, commission, Role.AUDITOR, "demo-auditor")
    _post(district, district.platform, Role.PLATFORM_ADMIN, "demo-platform")


def open_account(district: District, username: str, name: str) -> User:
    """An account of the demonstration. Hashing a password is slow on purpose, so only those offered by name get one."""
    user = accounts.create_user(
        username=username,
        display_name=name,
        password=password() if username.startswith(ALONE) else None,
        is_demo=True,
        by=SETUP,
        now=district.setup_at,
    )
    district.users[username] = user
    return user


def _hire_at(district: District, centre: Centre):
    at_main = centre.no == MAIN
    for role, many in ((Role.CENTRE_ADMIN, 1), (Role.DISPATCHER, 1), (Role.DOCTOR, 2)):
        short = {Role.CENTRE_ADMIN: "admin"}.get(role, role.value)
        for place in range(many):
            offered = at_main and place == 0
            username = f"demo-{short}" if offered else f"c{centre.no:02}-{short}-{place + 1}"
            user = _post(district, centre.organisation, role, username)
            centre.users.setdefault(role.value, []).append(user)


def _post(district: District, organisation: Organization, role: Role, username: str) -> User:
    user = open_account(district, username, district.people.staff_name(district.next_staff()))
    accounts.begin_post(
        user=user, organisation=organisation, role=role, starts_on=SINCE, by=SETUP, now=district.setup_at
    )
    return user
