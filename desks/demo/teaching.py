"""What people are taught: the platform's articles and courses reviewed by two, a plan at the main centre, two posts."""

from datetime import timedelta

from django.utils import timezone

from accounts.roles import Role
from desks.demo.district import District
from education import selectors as education
from education import services, starting
from orders.models import Order

HANDED = 6  # visits of the main centre after which something was handed out
POSTS = (
    ("between", "一次换药，两代人的放心", "护士上门十二次，教会女儿换药，老人的伤口慢慢长好了。",
     "## 经过\n第一次上门时，女儿不敢看伤口。护士一边做一边讲，请她自己做一遍。\n- 每次拍照对比\n- 每次请家属复述\n\n三个月后伤口愈合。"),
    ("managing", "一张排班表怎样少走三公里", "把同一片小区的上门排在同一个上午，护士少走路，居民少等待。",
     "## 做法\n每天下午看第二天的上门地址，相邻的排在一起。\n- 先排定时的采血\n- 再排能调整的换药\n\n一个月下来，路上的时间少了两成。"),
)  # fmt: skip
EXPERTS = (
    ("顾", "伤口造口", "主任护师", "director", "主持培训中心"),
    ("沈", "静脉治疗", "副主任护师", "secretary", "会议和资料"),
    ("唐", "老年护理", "主任护师", "member", "课程审核"),
)
TOPIC = "下半年课程和考核安排"
DECIDED = (
    "一、造口课程增加一次实操考核。\n二、每位专家每季度到一家中心听课一次。\n三、首次合格率低于八成的课程重新讲解。"
)


def teach(district: District) -> None:
    editor, other = (district.actor(district.users[name]) for name in ("demo-supervisor", "demo-qc"))
    act = {"now": district.setup_at}
    for write, review, publish, key, rows in (
        (services.write_article, services.review_article, services.publish_article, "article_id", starting.articles()),
        (services.write_course, services.review_course, services.publish_course, "course_id", starting.courses()),
    ):
        for facts in rows:
            row = write(district=district.commission, by=other, **facts, **act)
            review(**{key: row.pk}, by=editor, **act)
            publish(**{key: row.pk}, by=editor, **act)
    _staff_the_centre(district, editor)
    _plan(district)
    _tell(district, editor)
    _hand_out(district)


def _staff_the_centre(district, editor):
    """The district's training centre has its posts filled and has met once."""
    act = {"district": district.commission, "by": editor, "now": district.setup_at}
    day, found = timezone.localdate(district.setup_at), []
    for family, field, title, kind, duty in EXPERTS:
        expert = services.file_expert(
            name=f"{family}老师", field=field, title=title, organisation="示范牵头医院", starts_on=day, **act
        )
        services.appoint(kind=kind, expert_id=expert.pk, duty=duty, starts_on=day, **act)
        found.append(expert.pk)
    at = max(district.setup_at, district.clock.now - timedelta(days=20))
    services.record_meeting(
        held_on=timezone.localdate(at), topic=TOPIC, experts=found, decisions=DECIDED, **{**act, "now": at}
    )


def _plan(district):
    """Every nurse of the main centre learns the first course until next month."""
    centre, now = district.main.organisation, district.clock.now - timedelta(days=5)
    head, today = district.actor(district.users["demo-admin"]), timezone.localdate(now)
    services.plan_training(
        centre=centre, course_id=education.offered_in(centre)[0].pk, due_on=today + timedelta(days=30), by=head, now=now,
        nurse_ids=[nurse.pk for nurse in education.nurses_at(centre, today)],
    )  # fmt: skip


def _tell(district, editor):
    head = district.actor(district.users["demo-admin"])
    for n, (column, title, summary, body) in enumerate(POSTS, 1):
        at = district.clock.now - timedelta(days=4 * n)
        row = services.submit_post(
            organisation=district.main.organisation, column=column, title=title, summary=summary, body=body, by=head,
            now=at,
        )  # fmt: skip
        services.approve_post(post_id=row.pk, by=editor, now=at + timedelta(hours=3))


def _hand_out(district):
    """After some of the last visits their nurse has handed out what fits."""
    visits = Order.objects.filter(centre=district.main.organisation, finished_at__isnull=False)
    for order in visits.select_related("nurse__user", "centre").order_by("-finished_at", "-pk")[:HANDED]:
        nurse, at = district.actor(order.nurse.user), order.finished_at + timedelta(minutes=5)
        if order.centre_id in nurse.orgs_as(Role.NURSE) and at <= district.clock.now:
            chosen = [education.fitting(order)[0].pk]
            services.hand_out(order_id=order.pk, article_ids=chosen, way="spoken", by=nurse, now=at)
