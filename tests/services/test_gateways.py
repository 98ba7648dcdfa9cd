"""One contract for every implementation of the two doors to the outside, and what the verbs make of their answers."""

from typing import ClassVar

import pytest

from accounts.roles import Role
from kernel.refusals import Refused
from nurses import gateways as nurse_gateways
from nurses import services as nurses
from patients import gateways as patient_gateways
from patients import selectors
from patients import services as patients
from reporting import gateways as reporting_gateways
from tests.world import persons, places
from tests.world.places import NOW, TODAY

ODD = ["", "沈玉兰", "x" * 5000, "'; DROP TABLE patients_patient; --", "\x00"]


class Police:
    """A connected service as it could be: it knows one name, and is down for another."""

    def compare(self, *, name, kind, number):
        if name == "不通":
            return patient_gateways.Comparison("unavailable", "公安比对服务")
        state = "matched" if name == "沈玉兰" else "differs"
        return patient_gateways.Comparison(state, "公安比对服务", f"回执 {len(number)}")


class Register:
    """A connected register as it could be."""

    def look_up(self, *, name, certificate_number):
        if name == "不通":
            return nurse_gateways.Lookup("unavailable", "注册系统接口")
        return nurse_gateways.Lookup("found" if name == "顾晓雯" else "not_found", "注册系统接口", "流水 8812")


@pytest.mark.clause("004 三(八)")
class TestIdentityAuthorityContract:
    """Every implementation must pass; a new one joins the list."""

    @pytest.fixture(params=[patient_gateways.ByHand, Police])
    def authority(self, request):
        return request.param()

    @pytest.mark.parametrize("name", [*ODD, "不通"])
    @pytest.mark.parametrize("kind", ["resident_id", "passport", "unheard_of"])
    def test_it_answers_anything_and_an_answer_has_evidence(self, authority, name, kind):
        answer = authority.compare(name=name, kind=kind, number=name)

        assert answer.state in {"matched", "differs", "unavailable"}
        assert 0 < len(answer.source) <= 40
        assert bool(answer.evidence) is (answer.state != "unavailable")
        assert len(answer.evidence) <= 200

    def test_asking_twice_changes_nothing(self, authority):
        asked = {"name": "沈玉兰", "kind": "resident_id", "number": persons.citizen_number(1)}

        assert authority.compare(**asked) == authority.compare(**asked)


@pytest.mark.clause("002 五(二)2")
class TestNurseRegistryContract:
    """Every implementation must pass; a new one joins the list."""

    @pytest.fixture(params=[nurse_gateways.ByHand, Register])
    def registry(self, request):
        return request.param()

    @pytest.mark.parametrize("name", [*ODD, "不通"])
    def test_it_answers_anything_and_an_answer_has_evidence(self, registry, name):
        answer = registry.look_up(name=name, certificate_number=name)

        assert answer.state in {"found", "not_found", "unavailable"}
        assert 0 < len(answer.source) <= 40
        assert bool(answer.evidence) is (answer.state != "unavailable")
        assert len(answer.evidence) <= 200


class City:
    """A connected quality-control centre as it could be: it takes a pack once, sends another back, and may be down."""

    taken: ClassVar[dict[str, str]] = {}

    def hand_in(self, *, number, sha256, name, content):
        if number == "不通" or not content:
            return reporting_gateways.Receipt("unavailable", "市质控接口")
        if number == "退回":
            return reporting_gateways.Receipt("sent_back", "市质控接口", "三月的压力性损伤发生率缺分母")
        key = f"{number}:{sha256}"
        return reporting_gateways.Receipt(
            "taken", "市质控接口", self.taken.setdefault(key, f"沪质控 {len(self.taken)}")
        )


@pytest.mark.clause("001 二(四)17")
class TestQualityCentreContract:
    """Every implementation must pass; a new one joins the list."""

    @pytest.fixture(params=[reporting_gateways.ByHand, City])
    def centre_of_city(self, request):
        return request.param()

    @pytest.mark.parametrize("number", [*ODD, "不通", "退回", "Q26030200001"])
    @pytest.mark.parametrize("content", [b"", b"PK", bytes(range(256)) * 2000])
    def test_it_answers_anything_and_an_answer_has_evidence(self, centre_of_city, number, content):
        answer = centre_of_city.hand_in(number=number, sha256="0" * 64, name=f"{number}.xlsx", content=content)

        assert answer.state in {"taken", "sent_back", "unavailable"}
        assert 0 < len(answer.source) <= 40
        assert bool(answer.evidence) is (answer.state != "unavailable")
        assert len(answer.evidence) <= (60 if answer.state == "taken" else 300)

    def test_the_same_pack_twice_has_the_first_receipt_again(self, centre_of_city):
        asked = {"number": "Q26030200001", "sha256": "0" * 64, "name": "Q26030200001.xlsx", "content": b"PK"}

        assert centre_of_city.hand_in(**asked) == centre_of_city.hand_in(**asked)


def test_without_a_setting_a_person_compares_and_looks_up():
    assert isinstance(reporting_gateways.quality_centre(), reporting_gateways.ByHand)
    assert not reporting_gateways.connected()
    assert isinstance(patient_gateways.authority(), patient_gateways.ByHand)
    assert isinstance(nurse_gateways.registry(), nurse_gateways.ByHand)


def test_a_setting_names_the_implementation(settings):
    settings.IDENTITY_AUTHORITY = "nurses.gateways.ByHand"
    settings.NURSE_REGISTRY = "patients.gateways.ByHand"

    assert isinstance(patient_gateways.authority(), nurse_gateways.ByHand)
    assert isinstance(nurse_gateways.registry(), patient_gateways.ByHand)


@pytest.fixture
def centre(db):
    return places.centre(places.district())


@pytest.fixture
def _connected(monkeypatch):
    monkeypatch.setattr(patient_gateways, "authority", Police)
    monkeypatch.setattr(nurse_gateways, "registry", Register)


@pytest.mark.clause("004 三(八)")
def test_without_a_service_the_verbs_ask_for_a_comparison_by_hand(centre):
    with pytest.raises(Refused) as identity:
        patients.compare_identity(patient_id=persons.patient().pk, by=places.staff(centre, Role.DISPATCHER), now=NOW)
    with pytest.raises(Refused) as registry:
        nurses.look_up_registry(nurse_id=persons.nurse(centre).pk, by=places.staff(centre, Role.CENTRE_ADMIN), now=NOW)

    assert (identity.value.code, registry.value.code) == ("identity.by_hand", "registry.by_hand")


@pytest.mark.usefixtures("_connected")
@pytest.mark.clause("004 三(八)")
@pytest.mark.parametrize(("name", "passed"), [("沈玉兰", True), ("王秀英", False)])
def test_a_services_answer_is_kept_as_the_third_fact(centre, name, passed):
    patient = persons.patient(name=name)

    patients.compare_identity(patient_id=patient.pk, by=places.staff(centre, Role.DISPATCHER), now=NOW)

    compared = selectors.identity_standing(patient).compared
    assert (compared.kind, compared.passed, compared.source, compared.note) == (
        "police",
        passed,
        "公安比对服务",
        "回执 18",
    )


@pytest.mark.usefixtures("_connected")
def test_an_outage_is_answered_like_no_service_at_all(centre):
    with pytest.raises(Refused) as no:
        patients.compare_identity(
            patient_id=persons.patient(name="不通").pk, by=places.staff(centre, Role.DISPATCHER), now=NOW
        )

    assert no.value.code == "identity.by_hand"


@pytest.mark.usefixtures("_connected")
@pytest.mark.clause("002 五(二)2")
@pytest.mark.parametrize(("name", "found"), [("顾晓雯", True), ("郑一帆", False)])
def test_the_registers_answer_is_kept_with_its_reference(centre, name, found):
    nurse = persons.nurse(centre, name=name)

    check = nurses.look_up_registry(nurse_id=nurse.pk, by=places.staff(centre, Role.CENTRE_ADMIN), now=NOW)

    assert (check.found, check.evidence, check.checked_on) == (found, "流水 8812", TODAY)
