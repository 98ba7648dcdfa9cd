"""A new era of the seals is asked for by one person and agreed to by another, on the page of the seals."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.roles import Role
from audit.models import Era, EraProposal, Head
from audit.sealing import eras, publishing
from audit.sealing.sealer import Sealer
from tests.desks import offices
from tests.desks.offices import client, text

pytestmark = pytest.mark.django_db

HEADS = reverse("oversight:heads")


def url(verb):
    return reverse("oversight:trace_era", args=[verb])


@pytest.fixture
def t():
    return offices.town()


@pytest.mark.clause("002 五(七)2(2)")
def test_two_people_open_an_era_and_the_sealer_goes_on_in_it(t):
    supervisor, auditor = client(t, Role.SUPERVISOR), client(t, Role.AUDITOR)
    Sealer().seal(heartbeat=True)
    ended = Head.objects.order_by("-n").first()

    asked = supervisor.post(url("propose"), {"reason": "11月20日的备份恢复到了新的服务器"}, follow=True)
    assert "等另一人同意" in text(asked)
    assert url("approve") not in text(supervisor.get(HEADS))  # nobody agrees with herself
    assert url("approve") in text(auditor.get(HEADS))
    agreed = auditor.post(url("approve"), follow=True)

    assert "等封存程序开启" in text(agreed)
    opened = eras.open_agreed(now=t.now)
    sealed = Sealer().seal()
    assert (opened.era, sealed.n) == (ended.era_id + 1, ended.n + 1)
    row = Era.objects.get(era=opened.era)
    assert (row.opened_by, row.approved_by) == (
        t.actor(Role.SUPERVISOR).id,
        t.actor(Role.AUDITOR).id,
    )
    assert "没有等待的" in text(supervisor.get(HEADS)) or Head.objects.get(n=sealed.n).tree_size > 0


def test_whoever_asked_cannot_agree_even_by_a_forged_form(t):
    supervisor = client(t, Role.SUPERVISOR)
    supervisor.post(url("propose"), {"reason": "恢复了备份"})

    answer = supervisor.post(url("approve"))

    assert answer.status_code == 422
    assert "不能批准自己的申请" in text(answer)
    assert EraProposal.objects.get().approved_at is None


def test_an_inspector_reads_the_seals_and_asks_for_nothing(t):
    inspector = client(t, Role.QC_INSPECTOR)

    assert url("propose") not in text(inspector.get(HEADS))
    assert inspector.post(url("propose"), {"reason": "想试试"}).status_code == 403
    assert not EraProposal.objects.exists()


def test_an_era_without_a_reason_is_not_asked_for_and_what_was_typed_stays(t):
    supervisor = client(t, Role.SUPERVISOR)

    empty = supervisor.post(url("propose"), {"reason": " "})

    assert empty.status_code == 422
    assert not EraProposal.objects.exists()


def test_a_second_request_is_told_that_one_waits(t):
    supervisor, auditor = client(t, Role.SUPERVISOR), client(t, Role.AUDITOR)
    supervisor.post(url("propose"), {"reason": "恢复了备份"})

    answer = auditor.post(url("propose"), {"reason": "我也要申请"})

    assert answer.status_code == 422
    assert "已有一份新纪元申请在等待" in text(answer)


def test_a_request_that_was_taken_back_opens_nothing(t):
    supervisor, auditor = client(t, Role.SUPERVISOR), client(t, Role.AUDITOR)
    supervisor.post(url("propose"), {"reason": "恢复了备份"})
    auditor.post(url("withdraw"), {"reason": "没有恢复过"})

    assert auditor.post(url("approve")).status_code == 422
    assert eras.open_agreed(now=t.now) is None


def test_a_database_refuses_an_era_that_one_person_opened_alone(t):
    with pytest.raises(Exception, match="era_opened_by_two"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit.era (era, origin, verifier, system_id, boundary_id, opened_by, approved_by, reason)"
            " VALUES (99, 'x/99', 'k', 's', 0, '7', '7', 'r')"
        )


def test_a_sealer_that_stopped_is_told_at_the_top_and_is_no_place_outside(t):
    publishing.say(publishing.OWN, "数据库不是上次封存的那一个。")

    page = text(client(t, Role.QC_INSPECTOR).get(HEADS))

    assert "封存程序停下了：</b>数据库不是上次封存的那一个。" in page
    assert ">sealer<" not in page
    publishing.say(publishing.OWN, "")
    assert "封存程序停下了" not in text(client(t, Role.QC_INSPECTOR).get(HEADS))
