"""
Each compliance check finds a planted violation, with its row; a district in which all went through the doors has none.

What is planted goes past the doors, by plain SQL, as a careless repair of the database would.
"""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from accounts.services import begin_post
from desks import compliance
from institutions import services as institutions
from institutions.models import RuleSet
from logistics import services as logistics
from nurses.models import Exclusion
from orders.lifecycle import OrderStatus as S
from orders.management.documents import DOCS
from safety import services as safety
from safety.models import Incident
from supervision import asking, services
from supervision.checks import CHECKS
from supervision.models import CheckRun, Finding
from tests import world
from tests.services.test_access_twins import another_district
from tests.world import places

pytestmark = pytest.mark.django_db

LATER = timedelta(days=3)


@pytest.fixture
def t():
    t = world.town()
    rules_in_force(t)
    t.order = world.order(t, S.COMPLETED)
    t.late = t.now + LATER
    return t


def rules_in_force(t) -> None:
    for kind in RuleSet.Kind:
        institutions.publish_rule_set(
            organisation=t.centre, kind=kind, text="第一条 按本制度办理。", effective_on=timezone.localdate(t.now),
            by=places.SETUP, now=t.now,
        )  # fmt: skip


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount > 0, statement


def visit_day(t):
    return timezone.localdate(t.order.arrived_at)


def nurse(t, assignment: str, *values) -> None:
    sql(f"UPDATE nurses_nurse SET {assignment} WHERE id = %s", *values, t.order.nurse_id)  # noqa: S608


def of_nurse(t, table: str, assignment: str, *values) -> None:
    sql(f"UPDATE {table} SET {assignment} WHERE nurse_id = %s", *values, t.order.nurse_id)  # noqa: S608


def of_centre(t, table: str, assignment: str, *values) -> None:
    sql(f"UPDATE {table} SET {assignment} WHERE organisation_id = %s", *values, t.centre.pk)  # noqa: S608


def of_record(t, assignment: str, *values) -> None:
    sql(f"UPDATE clinical_visitrecord SET {assignment} WHERE id = %s", *values, t.order.visit_record_id)  # noqa: S608


def of_order(t, assignment: str, *values) -> None:
    sql(f"UPDATE orders_order SET {assignment} WHERE id = %s", *values, t.order.pk)  # noqa: S608


def day_before(t):
    return visit_day(t) - timedelta(days=1)


# --- what is planted, one for each check ------------------------------------------------------------------------------


def a_post_that_ended_before(t):
    post = t.nurse.affiliations.get().post_id
    sql("UPDATE accounts_post SET ends_on = %s WHERE id = %s", day_before(t), post)


def an_exclusion(t):
    Exclusion.objects.create(
        nurse=t.nurse, kind="不良执业行为", reason="冒签", evidence="通报", starts_on=day_before(t), recorded_at=t.now
    )


def a_certificate_demanded(t):
    sql(
        "INSERT INTO catalog_itemcertificate (item_id, kind_id, clause) "
        "SELECT l.item_id, k.code, '002' FROM orders_orderline l, catalog_certificatekind k WHERE l.order_id = %s",
        t.order.pk,
    )
    of_nurse(t, "nurses_certificate", "expires_on = %s", day_before(t))


def a_care_assistant(t):
    begin_post(
        user=t.nurse.user, organisation=t.centre, role=Role.CARE_ASSISTANT, starts_on=day_before(t), by=places.SETUP,
        now=t.now,
    )  # fmt: skip


def a_visit_too_many(t):
    """The district allows none on this day, and one was made."""
    sql(
        "INSERT INTO institutions_setting (district_id, key, value, effective_on, reason, set_at) "
        "VALUES (%s, 'nurse.daily_cap', '0', %s, '停止派出', %s)",
        t.district.pk, day_before(t), t.now,
    )  # fmt: skip


def a_second_visit_on_one_line(t):
    line = t.order.lines.get().prescription_line_id
    sql("UPDATE clinical_prescriptionline SET times_used = 0 WHERE id = %s", line)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE clinical_prescriptionline DROP CONSTRAINT line_has_times")
    sql("UPDATE clinical_prescriptionline SET times = 0 WHERE id = %s", line)


def another_item_done(t):
    sql("UPDATE orders_orderline SET item_id = %s WHERE order_id = %s", t.item(1).pk, t.order.pk)


def an_item_of_an_old_edition(t):
    sql("UPDATE catalog_edition SET effective_to = %s WHERE id = %s", visit_day(t) - LATER, t.edition.pk)


def a_forbidden_service(t):
    sql(
        "INSERT INTO catalog_negativeentry (district_id, kind, text, reason, advice, clause, starts_on) "
        "SELECT %s, 'service', i.name, '高风险', '到医院', '004 三(三)', %s FROM orders_orderline l "
        "JOIN catalog_item i ON i.id = l.item_id WHERE l.order_id = %s",
        t.district.pk, day_before(t), t.order.pk,
    )  # fmt: skip


def a_wordless_hour(t):
    hour = t.order.window_end + timedelta(hours=3)
    of_order(t, "planned_start = %s, planned_end = %s", hour, hour + timedelta(hours=1))


def a_suspension(t):
    sql(
        "INSERT INTO institutions_suspension (organisation_id, starts_on, reason, clause, ordered_at) "
        "VALUES (%s, %s, '整改', '002 五(二)1', %s)",
        t.centre.pk, day_before(t), t.now,
    )  # fmt: skip


def an_access_left(t):
    admin = t.users[Role.CENTRE_ADMIN].posts.get()
    sql("UPDATE accounts_post SET ends_on = %s, ended_at = %s WHERE id = %s", day_before(t), t.now, admin.pk)


def a_bag(t, *, kind="infectious"):
    """A bag of a visit under way, sealed by the nurse who is there."""
    bag = logistics.seal(
        order_id=t.visit.pk, kind=kind, count=1, by=t.actor(Role.NURSE), now=t.visit.arrived_at + timedelta(minutes=5)
    )
    return bag


def a_bag_carried_for_days(t):
    t.visit = another_visit(t)
    a_bag(t)
    t.late = t.late + LATER


def a_bag_stored_for_days(t):
    t.visit = another_visit(t)
    bag = a_bag(t)
    logistics.hand_in(
        bag_id=bag.pk, giver="李敏", receiver="孙保管", weight_g=300, by=t.actor(Role.NURSE),
        now=t.visit.arrived_at + timedelta(hours=2),
    )  # fmt: skip
    t.late = t.late + LATER


def a_tube_kept_for_days(t):
    t.visit = another_visit(t)
    logistics.collect(
        order_id=t.visit.pk, kind="chemistry", label="B-77", destination="检验科", by=t.actor(Role.NURSE),
        now=t.visit.arrived_at + timedelta(minutes=5),
    )  # fmt: skip
    t.late = t.late + LATER


def a_critical_result(t):
    a_tube_kept_for_days(t)
    sql(
        "UPDATE logistics_specimen SET status = 'resulted', handed_at = %s, handed_by = '李敏', handed_to = '孙检验', "
        "resulted_at = %s, flag = 'critical', result = '钾 6.9'",
        t.visit.arrived_at, t.visit.arrived_at,
    )  # fmt: skip


def another_visit(t):
    """A visit under way of another patient, by a nurse of its own."""
    from tests.desks import offices
    from tests.world import persons

    offices.another_patient(t)
    t.nurse = persons.nurse(t.centre, name="郭丽", now=t.now)
    t.users[Role.NURSE] = t.nurse.user
    return world.order(t, S.IN_SERVICE)


def an_alarm(t):
    t.alarm = safety.raise_alarm(kind="sos", by=t.actor(Role.NURSE), now=t.now)


def a_complaint(t):
    safety.open_complaint(order=t.order, text="护士没有洗手", opened_by_id=None, now=t.now)


def an_incident(t):
    safety.open_incident(order=t.order, kind=Incident.Kind.ABORTED, text="中止", now=t.now)
    t.late = t.now + timedelta(days=8)


def a_registry_check_gone_by(t):
    of_nurse(t, "nurses_registrycheck", "recheck_due = %s", visit_day(t))
    t.late = t.now + timedelta(days=3)


PLANTS = {
    "nurse_years": lambda t: nurse(t, "clinical_since = %s", visit_day(t) - timedelta(days=365 * 4)),
    "nurse_title": lambda t: nurse(t, "title = 'nurse'"),
    "nurse_licence": lambda t: nurse(t, "certificate_expires_on = %s", day_before(t)),
    "nurse_post": a_post_that_ended_before,
    "nurse_registry": lambda t: of_nurse(t, "nurses_registrycheck", "found = false"),
    "registry_overdue": a_registry_check_gone_by,
    "nurse_exclusion": an_exclusion,
    "nurse_certificate": a_certificate_demanded,
    "nurse_training": lambda t: of_nurse(t, "nurses_training", "expires_on = %s", day_before(t)),
    "nurse_insurance": lambda t: of_nurse(t, "nurses_insurance", "expires_on = %s", day_before(t)),
    "care_assistant": a_care_assistant,
    "daily_cap": a_visit_too_many,
    "two_nurses": lambda t: of_order(t, "needs_two = true, two_reason = '体重较重'"),
    "consent": lambda t: sql("UPDATE patients_consent SET valid_until = %s WHERE item_codes <> '{}'", day_before(t)),
    "agreement": lambda t: sql("UPDATE patients_consent SET valid_until = %s WHERE item_codes = '{}'", day_before(t)),
    "assessment": lambda t: sql("UPDATE clinical_assessment SET valid_until = %s", visit_day(t) - LATER),
    "prescription_expired": lambda t: sql("UPDATE clinical_prescription SET valid_until = %s", day_before(t)),
    "prescription_exceeded": a_second_visit_on_one_line,
    "item_not_prescribed": another_item_done,
    "item_edition": an_item_of_an_old_edition,
    "negative_list": a_forbidden_service,
    "two_identifiers": lambda t: of_record(t, "identifiers = '{name,name}'"),
    "original_seen": lambda t: sql("DELETE FROM patients_identitycheck WHERE kind = 'original'"),
    "override_words": a_wordless_hour,
    "centre_licence": lambda t: of_centre(t, "institutions_licence", "expires_on = %s", day_before(t)),
    "centre_filing": lambda t: of_centre(t, "institutions_filing", "withdrawn_on = %s", visit_day(t)),
    "centre_suspended": a_suspension,
    "jurisdiction": lambda t: of_centre(t, "institutions_jurisdiction", "ends_on = %s", day_before(t)),
    "rule_sets": lambda t: sql("DELETE FROM institutions_ruleset WHERE kind = 'waste'"),
    "supervision_phone": lambda t: of_centre(t, "institutions_profile", "supervision_phone = ''"),
    "access_left": an_access_left,
    "record_open": lambda t: of_record(t, "closed_at = NULL"),
    "waste_missing": lambda t: of_record(t, "waste = ''"),
    "sharps_box": lambda t: of_record(t, "waste = 'sharps'"),
    "waste_stored": a_bag_stored_for_days,
    "waste_carried": a_bag_carried_for_days,
    "specimen_late": a_tube_kept_for_days,
    "critical_untold": a_critical_result,
    "sos_unanswered": an_alarm,
    "complaint_late": a_complaint,
    "incident_open": an_incident,
}
# What another check rightly finds as well in the same plant.
AS_WELL = {
    "nurse_post": {"access_left"},
    "sharps_box": {"waste_missing"},
    "item_not_prescribed": {"consent"},
}
OF_NO_ORDER = {"registry_overdue", "rule_sets", "supervision_phone", "access_left", "sos_unanswered"}


def test_every_check_has_its_planted_violation():
    assert set(PLANTS) == set(CHECKS)
    assert len(CHECKS) >= 20


def test_every_check_cites_a_clause_that_exists_and_speaks_in_sentences():
    known = {row.clause for row in compliance.rows(DOCS)} | set(compliance.ALIASES)

    for check in CHECKS.values():
        assert {*check.clause.split("；")} <= known, check.code
        assert check.sentence.endswith("。"), check.code
        assert check.title
        assert check.group


@pytest.mark.clause("002 四", "002 五(七)2(2)")
def test_a_district_in_which_all_went_through_the_doors_has_nothing(t):
    totals = services.run_checks(district_id=t.district.pk, now=t.late)

    assert {code: n for code, n in totals.items() if n} == {}
    assert set(totals) == set(CHECKS)
    assert Finding.objects.count() == 0
    assert CheckRun.objects.count() == len(CHECKS)


@pytest.mark.clause("002 四")
@pytest.mark.parametrize("code", sorted(CHECKS))
def test_a_planted_violation_is_found_with_its_row(t, code):
    PLANTS[code](t)

    totals = services.run_checks(district_id=t.district.pk, now=t.late)

    found = {one for one, n in totals.items() if n}
    assert code in found
    assert found <= {code, *AS_WELL.get(code, ())}
    rows = asking.rows(CHECKS[code], t.district, t.late)
    assert {row.organisation_id for row in rows} == {t.centre.pk}
    assert all(row.words and row.since <= t.late for row in rows)
    finding = Finding.objects.filter(source=code).first()
    assert (finding.key, finding.organisation_id, finding.clause) == (rows[0].key, t.centre.pk, CHECKS[code].clause)
    if code not in OF_NO_ORDER:
        assert rows[0].order_id == finding.order_id is not None
    run = CheckRun.objects.get(code=code)
    assert (run.total, run.counts) == (len(rows), {str(t.centre.pk): len(rows)})


@pytest.mark.clause("004 五(三)")
def test_another_district_hears_nothing_of_it(t):
    PLANTS["nurse_title"](t)
    elsewhere = another_district(t)

    assert asking.rows(CHECKS["nurse_title"], elsewhere, t.late) == []
