"""A family is told from somebody who books for strangers: what a tie covers, and what is left over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import touting
from orders.touting import Applied, Figures, Tie

pytestmark = pytest.mark.clause("003 二(一)1四")
SETTINGS = {"booking.days": 30, "booking.ask_patients": 5, "booking.most_patients": 20}
RELATIONS = [*touting.COVERS, *touting.STRANGERS, "侄子", "外甥女"]


def said(relation="", *, himself=False, vouched=False):
    return touting.tie(himself=himself, relation=relation, vouched=vouched)


def people(n, tie, start=0):
    return [Applied(start + i, tie) for i in range(n)]


@pytest.mark.parametrize(
    ("rows", "unrelated"),
    [
        (people(1, said(himself=True)), 0),
        (people(4, said("女儿")), 0),
        (people(5, said("女儿")), 1),
        (people(4, said("女儿")) + people(1, said("配偶"), 4) + people(1, said(himself=True), 5), 0),
        (people(2, said("配偶")), 1),
        (people(3, said("侄子")), 0),
        (people(3, said("侄子")) + people(1, said("表妹"), 3), 1),
        (people(6, said("朋友或邻居")), 6),
        (people(6, said("")), 6),
        (people(9, said("志愿者", vouched=True)), 0),
        (people(9, said("志愿者", vouched=True)) + people(6, said("朋友"), 9), 6),
    ],
)
def test_ties_cover_as_many_people_as_one_can_have_of_them(rows, unrelated):
    found = touting.measure(rows, 30)

    assert (found.patients, found.unrelated) == (len(rows), unrelated)


def test_a_person_counts_once_however_often_one_applied():
    again = [Applied("一位", None), Applied("一位", None), Applied("一位", Tie("self", 1))]

    assert touting.measure(again, 30) == Figures(30, 1, 0)


rows_of = st.lists(
    st.builds(
        Applied,
        st.integers(0, 30),
        st.builds(said, st.sampled_from(RELATIONS), vouched=st.booleans()),
    ),
    max_size=60,
)


@given(rows_of, rows_of)
def test_more_applications_never_make_fewer_people_and_never_more_unrelated_than_people(first, more):
    one, all_ = touting.measure(first, 30), touting.measure(first + more, 30)

    assert 0 <= one.unrelated <= one.patients <= all_.patients
    assert all_.patients == len({row.patient for row in first + more})


@given(rows_of)
def test_the_order_of_applications_does_not_matter_where_each_person_has_one_tie(rows):
    once = list({row.patient: row for row in rows}.values())

    assert touting.measure(once, 30) == touting.measure(once[::-1], 30)


def test_the_desk_is_asked_from_the_districts_number_on():
    assert not touting.asks(Figures(30, 9, 4), SETTINGS)
    assert touting.asks(Figures(30, 9, 5), SETTINGS)


def test_the_sentence_has_the_figures():
    assert touting.sentence(Figures(30, 6, 6)) == "该账号近 30 天为 6 位服务对象提交申请，请核实是否代人抢号。"
    assert "其中 5 位不在本人、近亲和受邀代办之列" in touting.sentence(Figures(30, 9, 5))
    assert "受邀或凭证明代办的另有 3 位" in touting.sentence(Figures(30, 9, 5, 3))


def test_beyond_the_limit_one_is_told_politely_whom_to_call_and_why():
    assert touting.too_many(Figures(30, 24, 20), SETTINGS, "潍坊中心", "021-5000") is None

    no = touting.too_many(Figures(30, 25, 21), SETTINGS, "潍坊中心", "021-5000")

    assert "请拨打潍坊中心的电话 021-5000" in no.sentence
    assert no.clause == "003 二(一)1四"
    assert "请联系潍坊中心" in touting.too_many(Figures(30, 25, 21), SETTINGS, "潍坊中心", "").sentence
