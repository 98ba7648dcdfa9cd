"""A real installation begins with two commands, and after them the pages suffice."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import Organization, User
from accounts.roles import Role
from catalog import selectors as catalogue
from catalog import services as catalog
from desks.management.commands import appoint
from institutions import selectors, services
from institutions.models import Filing, Town
from patients import selectors as papers
from tests.world import places

pytestmark = pytest.mark.django_db

LIST = """kind,name,short_name,parent,phone,address
hospital,示范医院,示范医院,,021-50000001,
centre,潍坊社区卫生服务中心,潍坊,示范医院,021-50000002,潍坊路 1 号
provider,示范护理站,示范护理站,,,
"""
NAME = "浦东新区卫生健康委员会"


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "organisations.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def password(monkeypatch):
    monkeypatch.setattr(appoint.getpass, "getpass", lambda prompt: "a long enough sentence")


def found(listed, name=NAME):
    said = StringIO()
    call_command("found_district", name, short_name="浦东卫健委", organisations=listed, stdout=said)
    return said.getvalue()


def person(username, role, place):
    call_command("appoint", username, "顾明", role, place, stdout=StringIO())
    return places.actor(User.objects.get(username=username), timezone.localdate())


@pytest.mark.clause("002 五(二)1", "004 二(三)")
def test_a_centre_serves_after_two_commands_and_what_the_pages_do(listed):
    found(listed)
    supervisor = person("supervisor", "supervisor", "浦东卫健委")
    admin = person("admin", "centre_admin", "潍坊")
    centre, today, now = Organization.objects.get(short_name="潍坊"), timezone.localdate(), timezone.now()
    assert {r.code for r in selectors.why_not_serve(centre.pk, today)} == {"centre.licence", "centre.filing"}

    services.record_licence(
        organisation=centre, number="PDY00000131011512D1102", scope="护理", issued_on=date(2024, 1, 1),
        expires_on=today.replace(year=today.year + 3, day=1), by=admin, now=now,
    )  # fmt: skip
    filed = services.file_mode(organisation=centre, mode=Filing.Mode.HOME_BED, by=admin, now=now)
    services.decide_filing(filing_id=filed.pk, approve=True, by=supervisor, now=now)
    services.assign_town(
        organisation=centre, town=Town.objects.get(pk=places.WEIFANG), starts_on=today, by=supervisor, now=now
    )
    commission = Organization.objects.get(name=NAME)
    edition = catalogue.edition_in_force(commission.pk, today)
    catalog.opt_in_all(organisation=centre, edition_id=edition.pk, by=admin, now=now)

    assert selectors.why_not_serve(centre.pk, today, places.WEIFANG) == []
    assert len(catalogue.offered_items(centre.pk, today)) == 19
    assert all(papers.text_in_force(commission.pk, kind, today) for kind in ("consent", "agreement"))


def test_founding_again_adds_what_the_list_has_more(listed):
    found(listed)
    listed.write_text(LIST + "centre,陆家嘴社区卫生服务中心,陆家嘴,示范医院,,\n", encoding="utf-8")

    said = found(listed)

    assert "陆家嘴社区卫生服务中心" in said
    assert "潍坊" not in said
    assert Organization.objects.count() == 6
    with pytest.raises(CommandError, match="already"):
        found(listed, name="别区卫生健康委员会")


@pytest.mark.parametrize("wrong", ["centre,甲中心,甲,没有的医院,,", "school,甲学校,甲,,,"])
def test_a_wrong_line_founds_nothing(listed, wrong):
    listed.write_text(f"{LIST}{wrong}\n", encoding="utf-8")

    with pytest.raises(CommandError, match="line 5"):
        found(listed)

    assert not Organization.objects.exists()


def test_an_appointment_opens_the_account_and_refuses_what_cannot_be(listed):
    found(listed)

    assert person("auditor", "auditor", "浦东卫健委").holds(Role.AUDITOR)
    assert User.objects.get(username="auditor").check_password("a long enough sentence")
    with pytest.raises(CommandError, match="short name"):
        person("auditor", "auditor", "没有的机构")
    with pytest.raises(CommandError, match="不设"):
        person("auditor", "supervisor", "潍坊")
