"""The pages of the library, of training and of the showcase: what is typed is kept, lists are bounded."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from education import services
from education.models import Article, Course, Handout, Post, TrainingMeeting, TrainingSeat
from orders.lifecycle import OrderStatus
from tests import world
from tests.desks import offices
from tests.desks.offices import count, text
from tests.world import persons, teaching

pytestmark = pytest.mark.django_db
HOME = {"title": "在家怎样拍背", "summary": "教会家属拍背排痰。", "kind": "care", "source": "通用护理知识"}


@pytest.fixture
def t():
    return offices.town()


@pytest.mark.clause("000 二(五)", "004 五(四)")
def test_the_commission_drafts_reviews_and_publishes_and_everybody_reads(t, client):
    editor, other = offices.client(t, Role.SUPERVISOR), offices.client(t, Role.QC_INSPECTOR)
    assert "还没有发布的文章" in text(client.get(reverse("public:learn")))
    assert "还没有内容" in text(editor.get(reverse("oversight:library")))
    typed = {**HOME, "code": "Bad code", "body": "短", "call_when": "脸色发紫", "items": "一"}
    refused = editor.post(reverse("oversight:library_new"), typed)
    assert refused.status_code == 422
    for words in ("代码请用", "正文请至少写 30 个字", "请填写项目目录中的序号", "在家怎样拍背"):
        assert words in text(refused)

    body = "## 怎样拍\n- 手掌弯成杯子\n- 从下往上，从外往里\n\n拍之前两小时不要吃饭。每次拍五到十分钟，早晚各一次。"
    good = {**typed, "code": "back-patting", "items": "2、3", "body": body}
    editor.post(reverse("oversight:library_new"), good)
    row = Article.objects.get()
    steps = [
        reverse("oversight:library_step", args=[row.pk, verb]) for verb in ("review", "review", "send_back", "publish")
    ]  # fmt: skip
    assert editor.post(steps[0]).status_code == 422
    assert other.post(steps[1]).status_code == 302
    assert "请填写原因" in text(editor.post(steps[2], {"reason": ""}))
    assert client.get(reverse("public:learn_one", args=["back-patting"])).status_code == 404
    editor.post(steps[3])

    page = text(client.get(reverse("public:learn_one", args=["back-patting"])))
    for words in ("在家怎样拍背", "<li>手掌弯成杯子</li>", "data-read=", "慢性伤口护理", '<link rel="canonical"'):
        assert words in page
    assert "手掌弯成杯子" in text(client.get(reverse("public:learn_paper", args=["back-patting"])))
    assert "back-patting" in text(client.get(reverse("public:sitemap")))
    found = reverse("public:learn")
    assert "在家怎样拍背" in text(client.get(found, {"item": "2"}))
    assert "没有符合条件的文章" in text(client.get(found, {"medicine": "insulin", "item": "<b>"}))
    again = text(editor.get(reverse("oversight:library_new"), {"from": row.pk}))
    assert "手掌弯成杯子" in again
    assert editor.get(reverse("oversight:library_edit", args=[row.pk])).status_code == 302
    assert offices.client(t, Role.NURSE).get(reverse("oversight:library")).status_code == 403


@pytest.mark.clause("003 二(六)17")
def test_the_doctor_and_the_nurse_send_and_the_family_reads(t):
    order = world.order(t, at=OrderStatus.COMPLETED)
    insulin, picc = teaching.article(t, "insulin"), teaching.article(t)
    nurse, doctor, family = (offices.client(t, role) for role in (Role.NURSE, Role.DOCTOR, Role.PROXY))
    page = reverse("nurse:teach", args=[order.number])
    assert "发送健康教育" in text(nurse.get(reverse("nurse:visit", args=[order.number])))
    assert insulin.title in text(nurse.get(page))
    refused = nurse.post(reverse("nurse:hand_out", args=[order.number]), {"way": "spoken", "note": "早晚各一次"})
    assert refused.status_code == 422
    assert "请选择 1 到 6 篇文章" in text(refused)
    assert "早晚各一次" in text(refused)

    sent = {"articles": [insulin.pk], "way": "spoken", "note": "早晚各一次"}
    assert nurse.post(reverse("nurse:hand_out", args=[order.number]), sent).url == page
    row = Handout.objects.get()
    nurse.post(reverse("nurse:taught", args=[order.number, row.pk]), {"teach_back": "full"})
    assert "完全掌握" in text(nurse.get(page))
    asked = reverse("doctor:recommend", args=[order.request.number])
    assert "请选择 1 到 6 篇文章" in text(doctor.post(asked, {}))
    assert doctor.post(asked, {"articles": [picc.pk]}).status_code == 302
    assert picc.title in text(doctor.get(asked))

    assert insulin.title in text(family.get(reverse("family:learn")))
    shown = text(family.get(reverse("family:learn_one", args=[row.pk])))
    for words in (insulin.call_when, "早晚各一次", "data-read="):
        assert words in shown
    family.post(reverse("family:learn_read", args=[row.pk]), {"clear": "no"})
    row.refresh_from_db()
    assert row.clear is False
    assert "现在问护士" in text(family.get(reverse("family:learn_one", args=[row.pk])))
    stranger = offices.client(t, Role.DISPATCHER)
    assert stranger.get(reverse("family:learn_one", args=[row.pk])).status_code == 403
    assert family.get(reverse("family:learn_one", args=[0])).status_code == 404


@pytest.mark.clause("000 三(十)", "001 二(二)6", "001 二(二)7")
def test_the_centre_plans_and_sees_each_nurse_and_lists_stay_bounded(t):
    head, editor = offices.client(t, Role.CENTRE_ADMIN), offices.client(t, Role.SUPERVISOR)
    nurse, page = offices.client(t, Role.NURSE), reverse("centre:learning")
    assert "还没有可以学的课程" in text(nurse.get(reverse("nurse:learn")))
    course = teaching.course(t, tries=1)
    refused = head.post(reverse("centre:learning_plan"), {"course": course.pk, "due_on": "2020-01-01"})
    assert refused.status_code == 422
    due = (timezone.localdate() + timedelta(days=20)).isoformat()
    head.post(reverse("centre:learning_plan"), {"course": course.pk, "nurses": [t.nurse.pk], "due_on": due})
    assert str(t.nurse) in text(head.get(page))
    one = [count(head, page), count(nurse, reverse("nurse:learn")), count(editor, reverse("oversight:training"))]

    teaching.studied(t, course)
    t.now = timezone.now()
    exam = teaching.sat(t, course, right=False)
    duty = t.nurse.assignments.get()
    assert "答错的题" in text(nurse.get(reverse("nurse:learn_result", args=[exam.pk])))
    assert "考试机会已用完" in text(nurse.post(reverse("nurse:learn_begin", args=[course.pk])))
    assert "安排补考" in text(head.get(page))
    assert "请填写原因" in text(head.post(reverse("centre:learning_extra", args=[duty.pk]), {"reason": ""}))
    head.post(reverse("centre:learning_extra", args=[duty.pk]), {"reason": "当天网络中断"})
    assert nurse.post(reverse("nurse:learn_begin", args=[course.pk])).status_code == 302
    assert nurse.get(reverse("nurse:learn_certificate", args=[exam.pk])).status_code == 404
    for n in range(3):
        persons.nurse(t.centre, name=f"护士{n}", now=t.now, days=3)
        teaching.course(t, "practice-safety", code=f"course-{n}")
    services.plan_training(
        centre=t.centre, course_id=Course.objects.get(code="course-0").pk,
        nurse_ids=[row.pk for row in type(t.nurse).objects.all()], due_on=timezone.localdate() + timedelta(days=9),
        by=t.actor(Role.CENTRE_ADMIN), now=t.now,
    )  # fmt: skip
    assert [
        count(head, page),
        count(nurse, reverse("nurse:learn")),
        count(editor, reverse("oversight:training")),
    ] == one
    assert "请填写姓名" in text(editor.post(reverse("oversight:experts"), {}))
    given = {"name": "顾医", "field": "静脉治疗", "title": "主任护师", "organisation": "示范医院"}
    editor.post(reverse("oversight:experts"), {**given, "starts_on": timezone.localdate().isoformat()})
    assert "顾医" in text(editor.get(reverse("oversight:experts")))


@pytest.mark.clause("001 二(二)6")
def test_the_commission_fills_the_posts_of_the_training_centre_and_keeps_its_meetings(t):
    editor, inspector = offices.client(t, Role.SUPERVISOR), offices.client(t, Role.QC_INSPECTOR)
    posts, meetings = reverse("oversight:training_centre"), reverse("oversight:training_meetings")
    who, today = str(teaching.expert(t).pk), timezone.localdate().isoformat()
    assert posts in text(editor.get(reverse("oversight:training")))
    assert "培训中心还没有登记职务" in text(inspector.get(posts))

    assert inspector.post(posts, {"kind": "director"}).status_code == 403
    refused = editor.post(posts, {"kind": "director", "expert_id": "", "duty": "主持", "starts_on": today})
    assert refused.status_code == 422
    assert "主持" in text(refused)
    given = {"kind": "director", "expert_id": who, "starts_on": today}
    assert [editor.post(posts, given).status_code for _ in range(2)] == [302, 302]  # pressed twice
    assert "已有职务" in text(editor.post(posts, {**given, "kind": "member"}))
    assert "顾医（伤口造口，示范医院）" in text(inspector.get(posts))
    ending = reverse("oversight:training_centre_end", args=[TrainingSeat.objects.get().pk])
    assert inspector.post(ending).status_code == 403
    editor.post(ending)
    assert "这个职务已经离任" in text(editor.post(ending, follow=True))

    assert inspector.post(meetings, {}).status_code == 403
    said = {"held_on": today, "topic": "考核安排", "experts": [who], "decisions": "十月底前完成实操考核。"}
    assert "请选择" in text(editor.post(meetings, {**said, "held_on": "2099-01-01"}))
    assert editor.post(meetings, said).status_code == 302
    one = reverse("oversight:training_meetings_one", args=[TrainingMeeting.objects.get().pk])
    assert "十月底前完成实操考核" in text(inspector.get(one))
    strike = reverse("oversight:training_meetings_strike", args=[TrainingMeeting.objects.get().pk])
    assert editor.post(strike, {"reason": ""}).status_code == 422
    editor.post(strike, {"reason": "日期记错了"})
    assert "日期记错了" in text(inspector.get(one))
    assert "已作废" in text(inspector.get(meetings))


@pytest.mark.clause("001 二(二)6")
def test_lists_of_the_training_centre_ask_as_many_queries_for_many_rows_as_for_one(t):
    editor = offices.client(t, Role.SUPERVISOR)
    pages = [reverse("oversight:training_centre"), reverse("oversight:training_meetings")]
    teaching.seat(t), teaching.meeting(t)
    before = [count(editor, url) for url in pages]
    for n in range(3):
        given = {"field": f"方向{n}", "title": "主任护师", "organisation": "示范医院", "by": t.actor(Role.SUPERVISOR)}
        row = services.file_expert(
            district=t.district, name=f"专家{n}", starts_on=timezone.localdate(t.now), now=t.now, **given
        )
        teaching.seat(t, kind="member", expert_id=row.pk)
        teaching.meeting(t, experts=[row.pk])
    assert [count(editor, url) for url in pages] == before


@pytest.mark.clause("001 二(四)25", "004 五(四)")
def test_a_centre_tells_and_the_commission_lets_it_be_shown(t, client):
    head, editor = offices.client(t, Role.CENTRE_ADMIN), offices.client(t, Role.SUPERVISOR)
    assert "这里还没有稿件" in text(client.get(reverse("public:stories")))
    refused = head.post(reverse("centre:posts_new"), {**teaching.POST, "title": "短"})
    assert "标题请写 4 到 60 个字" in text(refused)
    assert teaching.POST["summary"] in text(refused)
    head.post(reverse("centre:posts_new"), teaching.POST)
    row = Post.objects.get()
    assert client.get(reverse("public:story", args=[row.pk])).status_code == 404
    past = {"publish_at": "2020-01-01T10:00"}
    assert editor.post(reverse("oversight:posts_step", args=[row.pk, "approve"]), past).status_code == 422

    editor.post(reverse("oversight:posts_step", args=[row.pk, "approve"]), {"publish_at": ""})
    editor.post(reverse("oversight:posts_step", args=[row.pk, "honour"]), {"reason": "做法可以推广"})

    shown = text(client.get(reverse("public:story", args=[row.pk])))
    for words in (row.title, "<li>每次拍照对比</li>", "做法可以推广"):
        assert words in shown
    pages = [reverse("public:stories"), reverse("public:stories") + "?column=typical"]
    assert all(row.title in text(client.get(page)) for page in pages)
    before = [count(client, pages[0]), count(head, reverse("centre:posts")), count(editor, reverse("oversight:posts"))]
    for _ in range(3):
        teaching.post(t)
    assert before == [
        count(client, pages[0]), count(head, reverse("centre:posts")), count(editor, reverse("oversight:posts")),
    ]  # fmt: skip
    head.post(reverse("centre:posts_step", args=[row.pk, "withdraw"]), {"reason": "当事人要求"})
    assert client.get(reverse("public:story", args=[row.pk])).status_code == 404
