"""The commission gives its rules to another district and looks another's file through, in a real browser."""

import json

import pytest
from django.utils import timezone

from accounts.roles import Role
from followups import services as followups
from supervision import package, services
from tests.journeys import offices
from tests.journeys.people import DESK, Album, Person
from tests.world import teaching


@pytest.fixture
def town(transactional_db):
    return offices.town()


def of_another(t) -> bytes:
    """Like this district's own, but for a few settings, two items, an article and what nobody here knows."""
    sent = services.export_package(district=t.district, by=t.actor(Role.SUPERVISOR), now=timezone.now()).content
    content = json.loads(sent)["content"]
    values = {"nurse.daily_cap": 6, "nurse.insurance": "warn", "nurse.min_years": 3, "consent.validity_days": 180}
    for row in content["settings"]:
        row["value"] = values.get(row["key"], row["value"])
    content["settings"].append({"key": "moon.phase", "label": "夜间服务补贴", "unit": "元", "clause": "", "value": 30})
    items = content["catalogue"]["items"]
    items[0].update(duration_min=75, steps=items[0]["steps"][:2])
    items.append({**items[1], "name": "居家雾化吸入护理"})
    items.append({**items[2], "name": "居家腹膜透析", "certificates": [{"code": "crrt", "clause": ""}]})
    content["articles"][0]["title"] = "家里怎样看护 PICC"
    content["articles"].append({**content["articles"][0], "code": "new-one", "title": "居家雾化要点"})
    content["templates"][0]["title"] = "伤口随访（先行区）"
    return package.written(content, district="静海区卫生健康委", day=timezone.localdate())


@pytest.mark.browser
@pytest.mark.clause("004 一(二)")
def test_a_package_is_given_looked_through_and_taken_over(browser, asgi_server, town):
    teaching.article(town)
    followups.publish_starting_content(district=town.district, by=town.actor(Role.SUPERVISOR), now=timezone.now())
    sent = {"name": "package.json", "mimeType": "application/json", "buffer": of_another(town)}
    desk = Person(browser, Album("replication"), asgi_server, DESK, town.users[Role.SUPERVISOR].username)
    desk.sign_in()
    desk.open("/oversight/replication/")
    desk.look("home")
    with desk.page.expect_download() as given:
        desk.press("下载配置包")
    assert package.read(given.value.path().read_bytes()).district == town.district.name
    desk.page.set_input_files("#id_file", {**sent, "buffer": b"not a package"})
    desk.press("对照这份文件")
    desk.sees("文件读不完整")
    desk.look("refused")
    desk.page.set_input_files("#id_file", sent)
    desk.press("对照这份文件")
    desk.sees("静海区卫生健康委")
    desk.look("preview")
    desk.press("带入，提请复核")
    desk.look("no-reason")
    desk.fill("reason", "参照先行区做法，先在两个街道试行")
    desk.press("带入，提请复核")
    desk.sees("已带入")
    desk.look("done")
    desk.page.set_viewport_size({"width": 390, "height": 844})
    desk.open("/oversight/replication/")
    desk.look("home-narrow")
    wrong = desk.faults()
    assert wrong == []
