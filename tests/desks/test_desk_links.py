"""The desk lets a family in whom the online application has turned away, and lets an authorisation go on."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.roles import Role
from notifications.models import Message
from orders import services as order_services
from orders.models import ServiceRequest
from patients import services as patient_services
from patients.models import Patient, Proxy
from tests import world
from tests.desks.offices import signed_in, text
from tests.desks.test_family import ANSWERS
from tests.services.test_notifications import deliver_all
from tests.services.test_races import at_once, refusals
from tests.world import persons, places, traces

pytestmark = pytest.mark.django_db

ASKED = "按登记的电话打给本人，本人同意女儿代办"
YEAR = timedelta(days=365)


@pytest.fixture
def t(clock):
    """A mother whom the desk put on record by telephone, and her daughter, who has an account."""
    town = world.town()
    town.facts = persons.facts(name="林秀英")
    town.mother = patient_services.register(**town.facts, by=town.actor(Role.DISPATCHER), now=town.now)
    town.daughter = places.person("林晓", username="linxiao")
    return town


@pytest.fixture
def desk(t):
    return signed_in(t.users[Role.DISPATCHER])


def of_mother(t, name="apply", *more):
    return reverse(f"dispatch:{name}", args=[t.mother.pk, *more])


def link(t, client, **changed):
    said = {"username": "linxiao", "relation": "女儿", "evidence": ASKED, **changed}
    return client.post(of_mother(t, "apply_link"), said)


def linked(t, *, ends_in, **changed):
    """The daughter, let in so long ago that it ends in so many days."""
    given = {"patient_id": t.mother.pk, "username": "linxiao", "relation": "女儿", "evidence": ASKED, **changed}
    patient_services.link_family(**given, by=t.actor(Role.DISPATCHER), now=t.now + timedelta(days=ends_in) - YEAR)
    return t.mother.proxies.get(ended_at__isnull=True)


def added(t):
    return traces.events().filter(kind="act", action="patients.proxy_added", object_id=str(t.mother.pk))


def extend(t, client, proxy, **changed):
    said = {"was": proxy.expires_on.isoformat(), "evidence": "电话问过本人，同意继续由女儿代办", **changed}
    return client.post(of_mother(t, "apply_extend", proxy.pk), said)


def asked_for(t, client):
    """Somebody calls: the desk finds the mother by her number."""
    return client.post(
        reverse("dispatch:new"), {"kind": "resident_id", "number": t.facts["identity_number"], "phone": ""}
    )


def by_telephone(t):
    return order_services.submit(
        patient=t.mother, centre=t.centre, wish="想请护士上门量血压", wished_items=[t.item(14)], channel="phone",
        wished_from=t.now + timedelta(days=1), wished_to=t.now + timedelta(days=1, hours=3),
        by=t.actor(Role.DISPATCHER), now=t.now,
    )  # fmt: skip


@pytest.mark.clause("002 五(八)")
def test_the_refused_daughter_is_linked_at_the_desk_and_then_applies_for_her_mother(t, desk):
    daughter, step = signed_in(t.daughter), lambda name: reverse("family:apply", args=[name])
    daughter.post(step("whom"), ANSWERS["whom"])
    no = daughter.post(step("person"), {**ANSWERS["person"], "identity_number": t.facts["identity_number"]})
    assert "由工作人员为您办理关联" in text(no)

    assert of_mother(t) in text(asked_for(t, desk))
    assert "关联家属账号" in text(desk.get(of_mother(t)))
    done = link(t, desk)

    assert done.status_code == 302
    page = text(desk.get(done.url))
    assert "已关联家属账号" in page
    assert "林晓，女儿" in page
    assert t.mother.name in text(daughter.get(reverse("family:people")))
    daughter.post(step("whom"), {"whom": str(t.mother.pk)})
    for name in ("wish", "when"):
        assert daughter.post(step(name), ANSWERS[name]).status_code == 302
    daughter.post(reverse("family:apply_send"))
    assert ServiceRequest.objects.get(patient=t.mother).submitted_by == t.daughter


def test_the_page_of_a_request_lets_a_relative_in_as_well_and_keeps_the_paper(t, desk):
    row = by_telephone(t)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    paper = SimpleUploadedFile("hukou.png", picture.getvalue(), "image/png")
    url = reverse("dispatch:request_link", args=[row.number])

    done = desk.post(url, {"username": "linxiao", "relation": "女儿", "evidence": ASKED, "file": paper})

    assert done.url == reverse("dispatch:request", args=[row.number])
    proxy = t.mother.proxies.get()
    assert (proxy.user, proxy.given, proxy.proof.kind) == (t.daughter, True, "proxy")
    assert proxy.expires_on == places.TODAY + YEAR
    assert "林晓，女儿" in text(desk.get(done.url))
    act = added(t).get()
    assert (act.reason, act.organisation_id, act.role) == (ASKED, t.centre.pk, "dispatcher")


def test_the_daughter_hears_of_it_and_so_does_a_mother_who_has_an_account(t, desk):
    link(t, desk)
    deliver_all()
    mothers = places.person("林秀英", username="xiuying")
    link(t, desk, username="xiuying", relation="本人")
    son = places.person("林涛", username="lintao")
    link(t, desk, username="lintao", relation="儿子")
    deliver_all()

    told = {
        user: list(Message.objects.filter(person=user).order_by("pk").values_list("template", flat=True))
        for user in (t.daughter, mothers, son)
    }
    assert told == {
        t.daughter: ["family.may_act"], mothers: ["family.account", "family.somebody_acts"], son: ["family.may_act"],
    }  # fmt: skip
    assert Message.objects.get(person=t.daughter).link == reverse("family:people")


def test_another_centres_desk_finds_neither_the_mother_nor_her_family(t, desk):
    proxy = linked(t, ends_in=10)
    row = by_telephone(t)
    elsewhere = places.centre(t.district, (places.LUJIAZUI,), name="陆家嘴")
    stranger = signed_in(places.post(elsewhere, Role.DISPATCHER).user)
    places.person("吴阿姨", username="wuayi")

    assert link(t, stranger, username="wuayi").status_code == 404
    assert extend(t, stranger, proxy).status_code == 404
    for name, more in (("request_link", []), ("request_extend", [proxy.pk])):
        assert stranger.post(reverse(f"dispatch:{name}", args=[row.number, *more])).status_code == 404
    # Who knows the number may apply for her, and hears that the place is not served; her family is not theirs.
    asked_for(t, stranger)
    assert "家属账号" not in text(stranger.get(of_mother(t)))
    assert link(t, stranger, username="wuayi").status_code == 404
    assert list(t.mother.proxies.all()) == [proxy]


def test_an_authorisation_of_somebody_else_is_not_extended_from_her_page(t, desk):
    other = t.patient.proxies.get()

    assert extend(t, desk, other).status_code == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "linxia"}, "没有找到这个账号"),
        ({"username": ""}, "请填写账号名"),
        ({"relation": ""}, "请填写与服务对象的关系"),
        ({"evidence": " "}, "请填写是怎样核实的"),
        ({"evidence": "字" * 201}, "不要超过 200 个字"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(t, desk, changed, said):
    answer = link(t, desk, **changed)

    (field,) = changed
    form = answer.context["links"]["form"]
    assert answer.status_code == 422
    assert said in "".join(form.errors[field])
    assert said in text(answer)
    for name, typed in {"username": "linxiao", "evidence": ASKED, **changed}.items():
        assert form[name].value() == typed
    assert not t.mother.proxies.exists()
    assert "林晓" not in text(answer)


def test_a_file_that_is_no_paper_is_refused_and_nobody_is_let_in(t, desk):
    answer = link(t, desk, file=SimpleUploadedFile("a.txt", b"hello", "text/plain"))

    assert answer.status_code == 422
    assert "只能上传 JPG、PNG 照片或 PDF 文件" in text(answer)
    assert not t.mother.proxies.exists()


def test_pressed_twice_she_is_let_in_once(t, desk):
    first, second = link(t, desk), link(t, desk)

    assert (first.status_code, second.status_code) == (302, 302)
    assert t.mother.proxies.count() == 1
    assert added(t).count() == 1
    other = link(t, desk, relation="孙辈")
    assert other.status_code == 422
    assert "已有代办授权" in text(other)


def test_what_the_family_said_of_itself_is_proved_by_the_desk(t, desk):
    by = persons.family(t.daughter)
    father = patient_services.register_for_family(**persons.facts(name="林国强"), relation="女儿", by=by, now=t.now)
    assert "还没有核实" in text(desk.get(reverse("dispatch:apply", args=[father.pk])))

    said = {"username": "linxiao", "relation": "女儿", "evidence": ASKED}
    assert desk.post(reverse("dispatch:apply_link", args=[father.pk]), said).status_code == 302

    assert father.proxies.get().given
    assert "还没有核实" not in text(desk.get(reverse("dispatch:apply", args=[father.pk])))
    assert traces.events().get(kind="act", action="patients.proxy_proved").reason == ASKED


def test_nobody_at_the_desk_lets_herself_in(t, desk):
    mine = t.users[Role.DISPATCHER].username

    answer = link(t, desk, username=mine)

    assert answer.status_code == 422
    assert "请由同事核对关系后为您办理" in text(answer)
    assert not t.mother.proxies.exists()


def test_an_account_is_one_persons_own(t, desk):
    assert link(t, desk, relation="本人").status_code == 302
    again = link(t, desk, relation="本人")
    other = desk.post(
        reverse("dispatch:apply_link", args=[t.patient.pk]),
        {"username": "linxiao", "relation": "本人", "evidence": ASKED},
    )

    assert again.status_code == 302
    assert world.fresh(t.mother).user == t.daughter
    assert "这个账号已关联另一位服务对象" in "".join(other.context["links"]["form"].errors["username"])


@pytest.mark.clause("002 五(八)")
def test_an_authorisation_that_has_run_out_is_extended_and_holds_again(t, desk):
    old = linked(t, ends_in=-3)
    daughter = signed_in(t.daughter)
    assert t.mother.name not in text(daughter.get(reverse("family:people")))
    assert "已经到期，现在不能代办" in text(desk.get(of_mother(t)))

    first, second = extend(t, desk, old), extend(t, desk, old)

    assert (first.status_code, second.status_code) == (302, 302)
    new = t.mother.proxies.get(ended_at__isnull=True)
    assert (new.starts_on, new.expires_on) == (places.TODAY, places.TODAY + YEAR)
    assert (new.relation, new.scopes) == (old.relation, old.scopes)
    assert world.fresh(old).expires_on == old.expires_on  # in the days between nobody might act
    assert t.mother.proxies.count() == 2
    assert traces.events().filter(kind="act", action="patients.proxy_extended").count() == 1
    assert t.mother.name in text(daughter.get(reverse("family:people")))
    deliver_all()
    assert list(Message.objects.filter(person=t.daughter, template="family.may_go_on")) != []


def test_one_that_ends_soon_goes_on_from_its_end_and_one_with_long_to_run_is_left_alone(t, desk):
    soon = linked(t, ends_in=60)

    assert "延长一年" in text(desk.get(of_mother(t)))
    assert extend(t, desk, soon, evidence="").status_code == 422
    assert [extend(t, desk, soon).status_code for _ in range(2)] == [302, 302]

    long = t.mother.proxies.get()
    assert long.expires_on == places.TODAY + timedelta(days=60) + YEAR
    assert [row["form"] for row in desk.get(of_mother(t)).context["links"]["rows"]] == [None]
    early = extend(t, desk, long)
    assert early.status_code == 422
    assert "到期前两个月内可以延长" in text(early)


def test_what_somebody_has_ended_does_not_go_on(t, desk):
    proxy = linked(t, ends_in=10)
    patient_services.end_proxy(proxy_id=proxy.pk, by=persons.family(t.daughter), now=t.now)

    answer = extend(t, desk, proxy)

    assert answer.status_code == 422
    assert "请重新关联家属账号" in text(answer)
    assert not Proxy.objects.filter(patient=t.mother, ended_at__isnull=True).exists()


def test_the_request_page_extends_as_well(t, desk):
    proxy, row = linked(t, ends_in=5), by_telephone(t)
    url = reverse("dispatch:request_extend", args=[row.number, proxy.pk])

    blank = desk.post(url, {"was": proxy.expires_on.isoformat()}, headers={"HX-Request": "true"})
    done = desk.post(url, {"was": proxy.expires_on.isoformat(), "evidence": ASKED}, headers={"HX-Request": "true"})

    assert blank.status_code == 422
    assert "请填写是怎样核实的" in text(blank)
    assert "代办授权已延长一年" in text(done)
    assert world.fresh(proxy).expires_on == places.TODAY + timedelta(days=5) + YEAR


@pytest.mark.django_db(transaction=True)
def test_two_desks_at_once_let_her_in_once_and_give_an_account_to_one_person(t):
    by = t.actor(Role.DISPATCHER)
    said = {"username": "linxiao", "evidence": ASKED, "by": by, "now": t.now}

    twice = at_once(
        *[lambda: patient_services.link_family(patient_id=t.mother.pk, relation="女儿", **said) for _ in range(2)]
    )
    own = at_once(
        *[
            lambda pk=pk: patient_services.link_family(patient_id=pk, relation="本人", **said)
            for pk in (t.mother.pk, t.patient.pk)
        ]
    )

    assert refusals(twice) == []
    assert Proxy.objects.filter(patient=t.mother, user=t.daughter).count() == 1
    assert len(refusals(own)) == 1
    assert Patient.objects.filter(user=t.daughter).count() == 1
