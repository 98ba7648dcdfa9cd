"""Articles with four eyes, what is handed out at a visit, courses and exams, who is late, posts of the showcase."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from audit import delivery
from education import access, reads, selectors, services
from education.doors import ARTICLES, POSTS
from education.lifecycle import PaperStatus as P
from education.lifecycle import PostStatus as S
from education.models import Article, Assignment, Exam, Handout, Post, PostDay
from education.services.exams import after_months
from kernel.refusals import Hidden, Invalid, NotNow, NotYours, Refused, Unmet
from notifications.models import Message
from nurses.models import Training
from orders import trace
from orders.lifecycle import OrderStatus
from orders.models import Order
from tests import world
from tests.services.test_access_twins import everybody
from tests.services.test_lifecycle_product import expected, tried
from tests.world import teaching

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PRESSURE = 1


@pytest.fixture
def t():
    return world.town()


def told(user):
    delivery.sweep(older_than=timedelta(0))
    return list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))


def fields_of(no):
    return {reason.field for reason in no.reasons}


@pytest.mark.clause("000 二(五)")
def test_an_article_is_read_by_a_second_pair_of_eyes_and_a_new_edition_takes_its_place(t):
    editor, other = t.actor(Role.SUPERVISOR), t.actor(Role.QC_INSPECTOR)
    draft = teaching.article(t, published=False)
    with pytest.raises(Unmet) as no:
        services.review_article(article_id=draft.pk, by=other, now=t.now)
    assert no.value.code == "paper.four_eyes"
    with pytest.raises(NotNow):
        services.publish_article(article_id=draft.pk, by=editor, now=t.now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=draft.pk).update(reviewed_by=draft.written_by)
    assert not selectors.public_articles(t.district).exists()

    services.review_article(article_id=draft.pk, by=editor, now=t.now)
    with pytest.raises(NotYours):
        services.publish_article(article_id=draft.pk, by=other, now=t.now)
    services.publish_article(article_id=draft.pk, by=editor, now=t.now)
    second = teaching.article(t)

    draft.refresh_from_db()
    assert (draft.status, second.status, second.edition) == (P.WITHDRAWN, P.PUBLISHED, 2)
    assert list(selectors.public_articles(t.district)) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        Article.objects.filter(pk=draft.pk).update(status="published")
    services.withdraw_article(article_id=second.pk, reason="内容已过时", by=editor, now=t.now)
    assert not selectors.public_articles(t.district).exists()


def test_what_is_missing_in_an_article_or_a_course_is_said_beside_its_field(t):
    by = t.actor(Role.SUPERVISOR)
    with pytest.raises(Invalid) as no:
        services.write_article(district=t.district, code="Bad Code", items=None, kind="medicine", by=by, now=t.now)
    assert fields_of(no.value) == {
        "code", "title", "summary", "source", "body", "call_when", "medicines", "items",
    }  # fmt: skip
    with pytest.raises(Invalid) as no:
        services.write_course(district=t.district, code="c-1", body="短", bank="题：谁", by=by, now=t.now)
    assert {"bank", "body", "kind", "hours", "drawn", "pass_mark"} <= fields_of(no.value)
    assert all(reason.clause for reason in no.value.reasons)

    teaching.article(t, published=False)
    with pytest.raises(Refused) as no:
        teaching.article(t, published=False)
    assert fields_of(no.value) == {"code"}
    words = dict.fromkeys(("title", "summary", "body", "call_when", "source"), "这篇文章讲了在家怎样护理，" * 3)
    with pytest.raises(NotYours):
        services.write_article(
            district=t.district, code="x-1", items=(), kind="care", by=t.actor(Role.CENTRE_ADMIN), now=t.now, **words
        )
    assert len(services.adopt_articles(district=t.district, by=by, now=t.now)) == 7
    assert services.adopt_articles(district=t.district, by=by, now=t.now) == []


@pytest.mark.clause("000 二(五)", "003 二(六)17")
def test_the_nurse_hands_out_at_the_visit_and_the_family_says_whether_it_is_clear(t):
    order = world.order(t, at=OrderStatus.COMPLETED)
    later, nurse, family = order.finished_at + DAY, t.actor(Role.NURSE), t.actor(Role.PROXY)
    picc, insulin = teaching.article(t), teaching.article(t, "insulin")
    chosen = {"article_ids": [picc.pk, insulin.pk], "way": "spoken", "note": "洗澡时包好"}

    made = services.hand_out(order_id=order.pk, by=nurse, now=later, **chosen)
    assert services.hand_out(order_id=order.pk, by=nurse, now=later, **chosen) == []
    assert told(t.users[Role.PROXY]).count("family.education") == 1
    assert "发送健康教育" in [line.label for line in trace.order_trace(Order.objects.get(pk=order.pk))]

    with pytest.raises(Invalid):
        services.record_teach_back(handout_id=made[0].pk, result="perhaps", by=nurse, now=later)
    row = services.record_teach_back(handout_id=made[0].pk, result="part", by=nurse, now=later)
    assert (row.teach_back, row.taught_by_id) == ("part", nurse.user_id)
    services.note_read(handout_id=made[0].pk, clear=False, by=family, now=later)
    services.note_read(handout_id=made[1].pk, clear=True, by=family, now=later)
    assert told(t.users[Role.NURSE]).count("nurse.education_unclear") == 1
    assert [one.clear for one in selectors.handouts_of_family(actor=family).order_by("pk")] == [False, True]
    for act, wrong in (
        (lambda: services.hand_out(order_id=order.pk, by=nurse, now=later + 31 * DAY, **chosen), NotNow),
        (lambda: services.hand_out(order_id=order.pk, by=family, now=later, **chosen), NotYours),
        (lambda: services.hand_out(order_id=0, by=nurse, now=later, **chosen), Hidden),
        (lambda: services.hand_out(order_id=order.pk, article_ids=[], way="", by=nurse, now=later), Invalid),
        (lambda: services.note_read(handout_id=made[0].pk, clear=True, by=nurse, now=later), Hidden),
    ):
        with pytest.raises(wrong):
            act()

    sent = services.recommend(
        request_id=order.request_id, article_ids=[insulin.pk], by=t.actor(Role.DOCTOR), now=later
    )  # fmt: skip
    assert (sent[0].order, sent[0].sent_by_id) == (None, t.users[Role.DOCTOR].pk)
    assert told(t.users[Role.PROXY]).count("family.education") == 2
    with pytest.raises(NotYours):
        services.recommend(request_id=order.request_id, article_ids=[insulin.pk], by=family, now=later)


@pytest.mark.clause("000 二(五)")
def test_where_the_record_says_what_was_kept_of_the_teaching_it_is_not_written_twice(t):
    order = world.order(t, at=OrderStatus.COMPLETED, numbers=(PRESSURE,))
    later, nurse = order.finished_at + DAY, t.actor(Role.NURSE)
    said = selectors.teach_back_of(Order.objects.get(pk=order.pk))
    made = services.hand_out(
        order_id=order.pk, article_ids=[teaching.article(t, "pressure-injury").pk], way="shown", by=nurse, now=later
    )

    assert said in Handout.TeachBack.labels
    with pytest.raises(Unmet) as no:
        services.record_teach_back(handout_id=made[0].pk, result="full", by=nurse, now=later)
    assert said in no.value.sentence
    first = selectors.fitting(order)[0]
    assert PRESSURE in first.items


@pytest.mark.clause("000 三(十)", "001 二(二)7", "002 五(七)1(2)")
def test_what_a_nurse_passes_stands_once_in_her_file_and_ends_what_was_planned(t):
    row, nurse = teaching.course(t), t.actor(Role.NURSE)
    teaching.planned(t, row)
    assert teaching.planned(t, row) == []
    assert "nurse.training_planned" in told(t.users[Role.NURSE])
    with pytest.raises(Unmet) as no:
        services.begin_exam(course_id=row.pk, by=nurse, now=t.now)
    assert no.value.code == "exam.unread"
    teaching.studied(t, row)
    before = Training.objects.filter(nurse=t.nurse).count()

    failed = teaching.sat(t, row, right=False)
    assert (failed.score, failed.passed, failed.training) == (0, False, None)
    exam = services.begin_exam(course_id=row.pk, by=nurse, now=t.now)
    assert services.begin_exam(course_id=row.pk, by=nurse, now=t.now) == exam
    assert exam.number == 2
    with pytest.raises(Invalid) as no:
        services.submit_exam(exam_id=exam.pk, answers={}, by=nurse, now=t.now)
    assert "还没有作答" in no.value.sentence
    for _ in range(2):
        passed = services.submit_exam(exam_id=exam.pk, answers=teaching.answers(exam), by=nurse, now=t.now)

    today = timezone.localdate(t.now)
    assert Training.objects.filter(nurse=t.nurse).count() == before + 1
    held = passed.training
    assert (held.kind, held.score, held.hours, held.passed_on) == ("skills", 100, row.hours, today)
    assert held.expires_on == after_months(today, 24)
    assert Assignment.objects.get().passed_at == t.now
    with pytest.raises(Unmet) as no:
        services.begin_exam(course_id=row.pk, by=nurse, now=t.now + DAY)
    assert no.value.code == "exam.passed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Exam.objects.filter(pk=failed.pk).update(passed=True)
    score = selectors.scores([t.centre], today)[0]
    assert (score.planned, score.passed, score.late, score.sat, score.first_time) == (1, 1, 0, 1, 0)
    assert score.rate == 100
    # near its end it may be taken anew, and the tries count from the beginning
    near = datetime.combine(held.expires_on - 30 * DAY, time(9), tzinfo=t.now.tzinfo)
    assert teaching.sat(t, row, now=near).training.expires_on > held.expires_on


@pytest.mark.clause("001 二(二)7")
def test_tries_are_bounded_time_is_bounded_and_the_centre_may_give_one_more(t):
    row, nurse, head = teaching.course(t, tries=1), t.actor(Role.NURSE), t.actor(Role.CENTRE_ADMIN)
    teaching.studied(t, row)
    more = {"centre": t.centre, "nurse_id": t.nurse.pk, "course_id": row.pk, "by": head, "now": t.now}
    with pytest.raises(NotNow):
        services.give_extra_try(reason="请求补考", **more)
    exam = services.begin_exam(course_id=row.pk, by=nurse, now=t.now)

    delivery.run_due(now=exam.due_at + 2 * timedelta(minutes=1))

    exam.refresh_from_db()
    assert (exam.score, exam.passed) == (0, False)
    with pytest.raises(Unmet) as no:
        services.begin_exam(course_id=row.pk, by=nurse, now=t.now + DAY)
    assert no.value.code == "exam.used_up"
    with pytest.raises(Invalid):
        services.give_extra_try(reason=" ", **more)
    services.give_extra_try(reason="当天网络中断", **{**more, "now": t.now + DAY})
    late = services.begin_exam(course_id=row.pk, by=nurse, now=t.now + DAY)
    late = services.submit_exam(
        exam_id=late.pk, answers=teaching.answers(late), by=nurse, now=late.due_at + timedelta(minutes=5)
    )
    assert (late.score, late.passed) == (0, False)
    for stranger in (t.actor(Role.DOCTOR), t.actor(Role.PROXY)):
        with pytest.raises(Hidden):
            services.submit_exam(exam_id=late.pk, answers={}, by=stranger, now=t.now)


@pytest.mark.clause("001 二(二)6", "001 二(二)7")
def test_who_is_late_is_told_and_the_pool_of_experts_keeps_each_once(t):
    row = teaching.course(t)
    duty = teaching.planned(t, row, days=20)[0]
    head, by = t.actor(Role.CENTRE_ADMIN), t.actor(Role.SUPERVISOR)
    morning = datetime.combine(duty.due_on, time(9), tzinfo=t.now.tzinfo)

    delivery.run_due(now=morning - 7 * DAY)
    assert told(t.users[Role.NURSE]).count("nurse.training_soon") == 1
    delivery.run_due(now=morning + DAY)
    delivery.run_due(now=morning + 2 * DAY)
    assert told(t.users[Role.NURSE]).count("nurse.training_late") == 1
    assert told(t.users[Role.CENTRE_ADMIN]).count("centre.training_late") == 1
    assert selectors.scores([t.centre], duty.due_on + DAY)[0].late == 1
    with pytest.raises(Invalid) as no:
        services.plan_training(centre=t.centre, course_id=None, nurse_ids=[0], due_on=None, by=head, now=t.now)
    assert fields_of(no.value) == {"course", "nurses", "due_on"}
    services.end_assignment(assignment_id=duty.pk, reason="护士长期病假", by=head, now=t.now)
    with pytest.raises(NotNow):
        services.end_assignment(assignment_id=duty.pk, reason="再次取消", by=head, now=t.now)

    given = {"name": "顾医", "field": "伤口造口", "title": "主任护师", "organisation": "示范医院"}
    filed = {"district": t.district, "starts_on": timezone.localdate(t.now), "by": by, "now": t.now}
    expert = services.file_expert(**given, **filed)
    with pytest.raises(Invalid) as no:
        services.file_expert(**given, **filed)
    assert fields_of(no.value) == {"name"}
    services.end_expert(expert_id=expert.pk, by=by, now=t.now)
    services.file_expert(**given, **filed)
    with pytest.raises(Hidden):
        services.file_expert(**given, **{**filed, "by": head})


@pytest.mark.clause("001 二(四)25", "004 五(四)")
def test_a_post_is_looked_at_by_the_commission_and_shown_at_its_hour(t):
    head, by = t.actor(Role.CENTRE_ADMIN), t.actor(Role.SUPERVISOR)
    row = teaching.post(t, published=False)
    assert "oversight.post" in told(t.users[Role.SUPERVISOR])
    with pytest.raises(NotYours):
        services.approve_post(post_id=row.pk, by=head, now=t.now)
    services.send_back_post(post_id=row.pk, reason="请写得具体些", by=by, now=t.now)
    assert "centre.post_returned" in told(t.users[Role.CENTRE_ADMIN])
    services.resubmit_post(post_id=row.pk, by=head, now=t.now, **teaching.POST)
    with pytest.raises(Invalid):
        services.approve_post(post_id=row.pk, publish_at=t.now - DAY, by=by, now=t.now)
    row = services.approve_post(post_id=row.pk, publish_at=t.now + 2 * DAY, by=by, now=t.now)

    assert row.status == S.APPROVED
    delivery.run_due(now=t.now + DAY)
    assert not selectors.public_posts(t.district).exists()
    delivery.run_due(now=t.now + 2 * DAY)
    assert [one.pk for one in selectors.public_posts(t.district)] == [row.pk]

    own = services.submit_post(organisation=t.district, by=by, now=t.now, **teaching.POST)
    with pytest.raises(Unmet):
        services.approve_post(post_id=own.pk, by=by, now=t.now)
    services.approve_post(post_id=own.pk, by=t.actor(Role.QC_INSPECTOR), now=t.now)
    with pytest.raises(Invalid) as no:
        services.submit_post(organisation=t.centre, by=head, now=t.now, title="短")
    assert fields_of(no.value) == {"column", "title", "summary", "body"}
    with pytest.raises(NotYours):
        services.submit_post(organisation=t.centre, by=t.actor(Role.NURSE), now=t.now, **teaching.POST)


@pytest.mark.clause("001 三(四)", "000 六(二十三)", "001 二(四)25")
def test_a_typical_case_is_chosen_with_a_reason_and_reads_are_counted_without_readers(t):
    row, by = teaching.post(t), t.actor(Role.SUPERVISOR)
    for actor, wrong in ((t.actor(Role.QC_INSPECTOR), NotYours), (t.actor(Role.CENTRE_ADMIN), Hidden)):
        with pytest.raises(wrong):
            services.honour_post(post_id=row.pk, reason="做法可以推广", by=actor, now=t.now)
    services.honour_post(post_id=row.pk, reason="做法可以推广", by=by, now=t.now)
    with pytest.raises(NotNow):
        services.honour_post(post_id=row.pk, reason="再评一次", by=by, now=t.now)
    today = timezone.localdate(t.now)
    for _ in range(3):
        reads.note(row.pk, today)

    for _ in range(2):
        services.keep_reads(counted=reads.counted(t.now), now=t.now)
    services.keep_reads(counted={(row.pk, today): 10**9, (0, today): 5}, now=t.now)

    assert PostDay.objects.get().reads == 100_000
    figures = selectors.showcase_figures(t.district, today)
    assert (figures["week"], figures["reads"]) == (1, 100_000)
    assert {field.name for field in PostDay._meta.concrete_fields} == {"id", "post", "day", "reads"}


def test_every_status_obeys_its_table_for_every_role_and_hats_agree_with_sight(t):
    drafted, shown = teaching.article(t, "insulin", published=False), teaching.article(t)
    posts = [teaching.post(t, published=False), teaching.post(t)]

    for door, rows in ((ARTICLES, (drafted, shown)), (POSTS, posts)):
        for row in rows:
            for role in (Role.SUPERVISOR, Role.QC_INSPECTOR, Role.CENTRE_ADMIN, Role.NURSE, Role.PROXY):
                by = t.actor(role)
                for step in door.workflow.steps:
                    if not step.creates:
                        fresh = type(row).objects.get(pk=row.pk)
                        assert tried(door, fresh, step, by, t.now) in expected(door, fresh, step, by), (role, step.name)
    for actor in everybody(t):
        assert access.articles_visible_to(actor).filter(pk=shown.pk).exists() == bool(access.paper_hats(actor, shown))
        assert access.posts_visible_to(actor).filter(pk=posts[0].pk).exists() == bool(access.post_hats(actor, posts[0]))
    assert Post.objects.count() == 2


def test_months_end_on_a_day_that_there_is():
    assert after_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert after_months(date(2026, 12, 15), 12) == date(2027, 12, 15)
    assert after_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert after_months(date(2026, 11, 30), 1) == date(2026, 12, 30)
