"""Articles, courses and posts as the commission's two people would have them, by real verbs."""

from datetime import timedelta

from django.utils import timezone

from accounts.roles import Role
from education import services, starting
from education.models import Article, Course, Exam, Expert, Post


def article(t, code: str = "picc-care", *, published: bool = True) -> Article:
    """One of the platform's own articles, drafted by one and read by the other."""
    facts = next(one for one in starting.articles() if one["code"] == code)
    editor, other = t.actor(Role.SUPERVISOR), t.actor(Role.QC_INSPECTOR)
    row = services.write_article(district=t.district, by=other, now=t.now, **facts)
    if not published:
        return row
    services.review_article(article_id=row.pk, by=editor, now=t.now)
    return services.publish_article(article_id=row.pk, by=editor, now=t.now)


def course(t, name: str = "pressure-injury-care", **changed) -> Course:
    """One of the platform's own courses, published."""
    facts = {**next(one for one in starting.courses() if one["code"] == name), **changed}
    editor, other = t.actor(Role.SUPERVISOR), t.actor(Role.QC_INSPECTOR)
    row = services.write_course(district=t.district, by=other, now=t.now, **facts)
    services.review_course(course_id=row.pk, by=editor, now=t.now)
    return services.publish_course(course_id=row.pk, by=editor, now=t.now)


def studied(t, row: Course) -> None:
    """The town's nurse has read every section."""
    for n in range(1, 5):
        services.read_section(course_id=row.pk, section=n, by=t.actor(Role.NURSE), now=t.now)


def answers(exam: Exam, *, right: bool = True) -> dict:
    """What to tick for full marks, or for none."""
    questions = exam.course.bank
    return {
        str(one["n"]): questions[one["n"]]["right"]
        if right
        else [next(n for n in range(6) if n not in questions[one["n"]]["right"])]
        for one in exam.questions
    }


def sat(t, row: Course, *, right: bool = True, now=None) -> Exam:
    """An exam that the town's nurse has handed in."""
    now = now or t.now
    exam = services.begin_exam(course_id=row.pk, by=t.actor(Role.NURSE), now=now)
    return services.submit_exam(
        exam_id=exam.pk, answers=answers(exam, right=right), by=t.actor(Role.NURSE), now=now + timedelta(minutes=5)
    )


def planned(t, row: Course, *, days: int = 30):
    """The town's nurse has to pass it."""
    return services.plan_training(
        centre=t.centre, course_id=row.pk, nurse_ids=[t.nurse.pk],
        due_on=timezone.localdate(t.now) + timedelta(days=days), by=t.actor(Role.CENTRE_ADMIN), now=t.now,
    )  # fmt: skip


POST = {
    "column": "between",
    "title": "一次换药，两代人的放心",
    "summary": "护士上门十二次，教会女儿换药，老人的伤口长好了。",
    "body": "## 经过\n护士一边做一边讲，请女儿自己做一遍。\n- 每次拍照对比\n- 每次请家属复述\n\n三个月后伤口愈合。",
}


def post(t, *, published: bool = True) -> Post:
    """A centre's post, looked at by the commission."""
    row = services.submit_post(organisation=t.centre, by=t.actor(Role.CENTRE_ADMIN), now=t.now, **POST)
    return services.approve_post(post_id=row.pk, by=t.actor(Role.SUPERVISOR), now=t.now) if published else row


def expert(t, name: str = "顾医") -> Expert:
    """Somebody of the district's pool; the same one when it is asked again."""
    given = {"field": "伤口造口", "title": "主任护师", "organisation": "示范医院"}
    if known := Expert.objects.filter(ends_on__isnull=True, **given).first():
        return known
    act = {"district": t.district, "starts_on": timezone.localdate(t.now), "by": t.actor(Role.SUPERVISOR), "now": t.now}
    return services.file_expert(name=name, **given, **act)


def seat(t, **changed):
    """The expert leads the training centre."""
    given = {
        "kind": "director",
        "expert_id": expert(t).pk,
        "duty": "主持培训中心",
        "starts_on": timezone.localdate(t.now),
    }
    act = {"district": t.district, "by": t.actor(Role.SUPERVISOR), "now": t.now}
    return services.appoint(**{**given, **act, **changed})


def meeting(t, **changed):
    """The training centre met and decided."""
    given = {"held_on": timezone.localdate(t.now), "topic": "下半年课程和考核安排", "experts": [expert(t).pk]}
    given |= {"decisions": "造口课程增加一次实操考核，十月底前完成。", "guests": "区卫健委医政科"}
    act = {"district": t.district, "by": t.actor(Role.SUPERVISOR), "now": t.now}
    return services.record_meeting(**{**given, **act, **changed})
