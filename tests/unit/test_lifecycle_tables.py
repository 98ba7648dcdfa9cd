"""The whole product of status, role and step, asked of the tables alone: no database."""

from types import SimpleNamespace

import pytest

from accounts.roles import SYSTEM, Role
from clinical.lifecycle import ASSESSMENT, PRESCRIPTION
from followups.lifecycle import GREEN, TASK
from followups.lifecycle import PLAN as FOLLOW_UP_PLAN
from kernel.refusals import NotNow, NotYours
from kernel.workflow import NEW
from logistics.lifecycle import SPECIMEN, WASTE
from orders.lifecycle import APPEAL, COMPANION, ORDER, PLAN, REQUEST
from reporting.lifecycle import EXPORT, PACK, SUMMARY
from safety.lifecycle import ALARM, FLAG, REPORT

TABLES = (REQUEST, ORDER, COMPANION, PLAN, APPEAL, ASSESSMENT, PRESCRIPTION, SPECIMEN, WASTE, ALARM, FLAG, REPORT)
TABLES += (FOLLOW_UP_PLAN, TASK, GREEN)
TABLES += (SUMMARY, EXPORT, PACK)
EVERYONE = [*Role, SYSTEM]
EVERY_SCOPE = frozenset({"apply", "sign", "manage"})


def subject(status, **facts):
    """Something for which every need holds, whatever the step."""
    return SimpleNamespace(status=status, **facts)


def willing(table, step, status):
    """A subject whose facts satisfy the needs of one step."""
    result = {"prescribe": "suitable", "find_unsuitable": "unsuitable", "refer": "refer"}.get(step.name)
    from tests.world.chain import full_sections

    return subject(
        status,
        assessment=SimpleNamespace(signed_at=1, result=result),
        visit_record=SimpleNamespace(missing=[]),
        needs_two=False,
        sections=full_sections(),
        accused_id=1,
        organisation_id=1,
        fetched=1,
        times_left=0 if step.name == "use_up" else 1,
    )


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_step_is_allowed_or_refused_exactly_as_the_table_says(table):
    for step in table.steps:
        for status in [NEW, *table.statuses]:
            for role in EVERYONE:
                row = willing(table, step, status)
                if role in step.by and status in step.from_:
                    assert table.check(step.name, row, {role}, EVERY_SCOPE) is step
                else:
                    with pytest.raises((NotNow, NotYours)):
                        table.check(step.name, row, {role}, EVERY_SCOPE)


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_a_proxy_takes_a_step_only_inside_the_scope_that_was_given(table):
    for step in table.steps:
        if Role.PROXY in step.by:
            status = next(iter(step.from_))
            assert step.scope in EVERY_SCOPE, step.name
            with pytest.raises(NotYours):
                table.check(step.name, willing(table, step, status), {Role.PROXY}, EVERY_SCOPE - {step.scope})


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_status_can_be_reached_and_is_left_or_final(table):
    reached = {target for step in table.steps for target in step.targets}

    assert reached == set(table.statuses)


def test_the_ends_of_a_life_are_the_ones_the_domain_names():
    assert REQUEST.final == {REQUEST.statuses(s) for s in ("closed", "declined", "withdrawn", "unsuitable", "referred")}
    assert ORDER.final == {ORDER.statuses(s) for s in ("completed", "cancelled", "no_show", "aborted")}


def test_a_button_that_is_blocked_says_why_with_its_clause():
    row = subject("assessing", assessment=None)

    chances = {c.name: c for c in REQUEST.chances(row, {Role.DOCTOR})}

    assert chances["prescribe"].blocked_by.clause == "002 五(七)1(3)"
