"""An article from the commission to the family's ear, a nurse's exam, a centre's post: each in a real browser."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from education.models import Article, Exam, Handout
from nurses.models import Training
from orders.lifecycle import OrderStatus
from tests import world
from tests.journeys import offices
from tests.journeys.people import DESK, PHONE
from tests.world import teaching

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

# What the reader would say, kept instead of spoken: this machine has no voice.
VOICE = """() => {
  window.said = [];
  window.speechSynthesis.speak = (one) => window.said.push(one.text);
}"""


@pytest.fixture
def town(transactional_db):
    return offices.town()


@pytest.mark.clause("000 二(五)", "003 二(六)17", "004 五(四)")
def test_an_article_comes_from_the_commission_to_the_family(town, somebody):
    teaching.article(town, "insulin", published=False)
    editor = somebody(town.users[Role.SUPERVISOR], DESK, "learn-oversight")
    editor.open("/oversight/library/")
    editor.press("放入草稿")
    editor.sees("已放入 7 份草稿")
    editor.look("library")
    editor.follow("胰岛素怎样打、怎样放")
    editor.look("to-review")
    editor.press("审核通过")
    editor.sees("等待发布")
    editor.press("发布")
    editor.sees("已发布")
    editor.follow("起草新的一版")
    editor.fill("title", "")
    editor.press("保存草稿")
    editor.look("refused")

    order = world.order(town, at=OrderStatus.COMPLETED)
    nurse = somebody(town.users[Role.NURSE], PHONE, "learn-nurse")
    nurse.open(f"/nurse/visit/{order.number}/")
    nurse.follow("发送健康教育")
    nurse.press("发给家属")
    nurse.sees("请选择 1 到 6 篇文章")
    nurse.look("teach-refused")
    nurse.tick("胰岛素怎样打、怎样放")
    nurse.fill("note", "早晚各打一次，打完记下来。")
    nurse.press("发给家属")
    nurse.sees("已发给家属")
    nurse.look("teach-sent")
    nurse.press("部分掌握")
    nurse.sees("教育效果已记录")

    family = somebody(town.users[Role.PROXY], PHONE, "learn-family")
    family.open("/family/")
    family.follow("健康指导")
    family.look("list")
    family.follow("打开阅读")
    family.press("大字")
    family.press("特大字")
    family.look("read-xlarge")
    family.page.evaluate(VOICE)
    family.page.locator('[data-read="main"]').click()
    spoken = family.page.evaluate("() => window.said.join('')")
    assert "早晚各打一次" in spoken
    assert "推完数 10 秒再拔" in spoken
    family.press("还有不明白的")
    family.sees("已告诉护士")
    family.look("unclear")
    assert Handout.objects.get().clear is False
    assert Article.objects.get(code="insulin").handouts.count() == 1

    family.open("/learn/")
    family.look("public")
    family.follow("胰岛素怎样打、怎样放")
    family.look("public-one")
    family.follow("打印")
    family.look("public-paper")


@pytest.mark.clause("000 三(十)", "001 二(二)7", "002 五(七)1(2)")
def test_a_nurse_fails_then_passes_and_it_stands_among_her_papers(town, somebody):
    course = teaching.course(town)
    teaching.course(town, "practice-safety")
    head = somebody(town.users[Role.CENTRE_ADMIN], DESK, "learn-centre")
    head.open("/centre/learning/")
    head.choose("course", course.title)
    head.fill("due_on", (town.now.date() + timedelta(days=20)).isoformat())
    head.press("安排学习")
    head.sees("已安排")
    head.look("planned")

    nurse = somebody(town.users[Role.NURSE], PHONE, "learn-exam")
    nurse.open("/nurse/me/")
    nurse.follow("在线学习")
    nurse.look("courses")
    nurse.follow(re.compile(course.title))
    nurse.look("course")
    nurse.follow("开始学习")
    nurse.look("section")
    for _ in range(3):
        nurse.press("学完这一节，看下一节")
    nurse.press("学完这一节，回到课程")
    nurse.press("开始考试")
    nurse.look("exam")
    nurse.press("交卷")
    nurse.sees("还没有作答")
    nurse.look("exam-refused")
    for right in (False, True):
        exam = Exam.objects.latest("pk")
        for number, ticked in teaching.answers(exam, right=right).items():
            for value in ticked:
                nurse.tick_value(f"q{number}", value)
        nurse.press("交卷")
        nurse.sees("合格" if right else "没有合格")
        nurse.look("passed" if right else "failed")
        if not right:
            nurse.follow("回到课程再学")
            nurse.press("开始考试")
    nurse.follow("查看合格证明")
    nurse.look("certificate")
    nurse.open("/nurse/me/")
    nurse.sees("6.0 学时")
    assert Training.objects.filter(nurse=town.nurse, exam__isnull=False).count() == 1
    head.open("/centre/learning/")
    expect(head.page.locator("tbody")).to_contain_text("已合格")


@pytest.mark.clause("001 二(四)25", "001 三(四)")
def test_a_centre_tells_its_story_to_everybody(town, somebody):
    head = somebody(town.users[Role.CENTRE_ADMIN], DESK, "story-centre")
    head.open("/centre/posts/new/")
    head.press("投稿")
    head.look("refused")
    for name in ("title", "summary", "body"):
        head.fill(name, teaching.POST[name])
    head.press("投稿")
    head.sees("已投稿")
    editor = somebody(town.users[Role.SUPERVISOR], DESK, "story-oversight")
    editor.open("/oversight/posts/")
    editor.look("waiting")
    editor.follow(teaching.POST["title"])
    editor.page.locator("summary", has_text="审核通过").click()
    editor.look("deciding")
    editor.page.locator('[data-step="approve"]').get_by_role("button", name="审核通过").click()
    editor.sees("已审核通过")
    editor.page.locator("summary", has_text="评为典型案例").click()
    editor.page.locator('[data-step="honour"] textarea').fill("做法可以推广")
    editor.page.locator('[data-step="honour"]').get_by_role("button", name="评为典型案例").click()
    editor.sees("已评为典型案例")
    editor.open("/oversight/training/")
    editor.look("training")
    editor.open("/oversight/experts/")
    editor.look("experts")

    reader = somebody(town.users[Role.PROXY], PHONE, "story-reader")
    reader.open("/stories/")
    reader.look("stories")
    reader.follow(teaching.POST["title"])
    reader.sees("做法可以推广")
    reader.look("story")
