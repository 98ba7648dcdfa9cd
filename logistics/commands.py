"""
What a client must send with each step, and the verb that takes it: one entry for each row of each lifecycle.

Used by the API and by the pages alike, so that both hear the same refusals. What must be said is judged by the verbs,
which name the clause; here only what cannot be read is turned away.
"""

from rest_framework import serializers

from kernel.refusals import Invalid, Refusal
from logistics import rules, services
from logistics.kinds import SPECIMEN_CHOICES
from logistics.lifecycle import CARRIED
from logistics.models import Specimen, WasteBag
from orders.commands import Command, Seen


class Moment(Seen):
    """A step that happened somewhere else, a little earlier: ``at`` is when."""

    at = serializers.DateTimeField(required=False, allow_null=True, default=None, label="时间")


class TwoPeople(Moment):
    giver = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="交出人")
    receiver = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="接收人")
    words = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="说明")


class Collecting(Moment):
    order = serializers.CharField(max_length=20, label="订单编号")
    kind = serializers.ChoiceField(
        choices=SPECIMEN_CHOICES, required=False, allow_blank=True, default="", label="标本类型"
    )
    label = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="标签号")
    destination = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", label="送往的检验科室"
    )
    box_number = serializers.CharField(max_length=20, required=False, allow_blank=True, default="", label="冷藏箱编号")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="说明")


class HandingOver(TwoPeople):
    temperature = serializers.CharField(
        max_length=12, required=False, allow_blank=True, allow_null=True, default="", label="冷藏箱温度"
    )


class Receiving(Seen):
    receiver = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="检验接收人")


class Gone(Seen):
    because = serializers.ChoiceField(
        choices=Specimen.Gone.choices, required=False, allow_blank=True, default="", label="原因类别"
    )
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="具体情况")


class Resulting(Seen):
    text = serializers.CharField(max_length=500, required=False, allow_blank=True, default="", label="检验结果")
    flag = serializers.ChoiceField(
        choices=Specimen.Flag.choices, required=False, allow_blank=True, default="", label="结果判断"
    )


class Telling(Seen):
    words = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="告知情况")


class Sealing(Moment):
    order = serializers.CharField(max_length=20, label="订单编号")
    kind = serializers.ChoiceField(
        choices=WasteBag.Kind.choices, required=False, allow_blank=True, default="", label="废物类别"
    )
    number = serializers.CharField(max_length=30, required=False, allow_blank=True, default="", label="袋（盒）号")
    container = serializers.ChoiceField(
        choices=WasteBag.Container.choices, required=False, allow_blank=True, default="", label="容器"
    )
    count = serializers.IntegerField(required=False, allow_null=True, default=None, label="件数")
    weight_g = serializers.IntegerField(required=False, allow_null=True, default=None, label="重量（克）")


class HandingIn(TwoPeople):
    weight_g = serializers.IntegerField(required=False, allow_null=True, default=None, label="重量（克）")


class Removing(Moment):
    disposer = serializers.CharField(max_length=80, required=False, allow_blank=True, default="", label="处置单位")
    licence = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="经营许可证号")
    manifest = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="转移联单号")
    batch = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="批次")
    weight_g = serializers.IntegerField(required=False, allow_null=True, default=None, label="总重量（克）")
    giver = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="移交人")
    receiver = serializers.CharField(max_length=40, required=False, allow_blank=True, default="", label="接收人")
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="说明")


class Why(Seen):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="", label="原因")


def _hand_over(*, temperature, **rest):
    """A thermometer's number is read here; what cannot be read is refused beside its field."""
    read = rules.number(temperature) if temperature else None
    if temperature and read is None:
        said = "没有读懂温度，请填写一个数，例如 4.5。"
        raise Invalid(Refusal("specimen.temperature", said, CARRIED, "temperature"))
    return services.hand_over(temperature=read, **rest)


def _remove(*, bag_id, version=None, receipt=None, **rest):
    return services.remove(bag_id=bag_id, **rest).bags.get(pk=bag_id)


SPECIMEN = {
    "hand_over": Command(_hand_over, HandingOver, key="specimen_id"),
    "receive": Command(services.receive, Receiving, key="specimen_id"),
    "reject": Command(services.reject, Gone, key="specimen_id"),
    "result": Command(services.result, Resulting, key="specimen_id"),
    "tell": Command(services.tell, Telling, key="specimen_id"),
    "lose": Command(services.lose_specimen, Gone, key="specimen_id"),
}

WASTE = {
    "hand_in": Command(services.hand_in, HandingIn, key="bag_id"),
    "remove": Command(_remove, Removing, key="bag_id"),
    "withdraw": Command(services.withdraw, Why, key="bag_id"),
    "lose": Command(services.lose_bag, Why, key="bag_id"),
}

# Steps that begin a life have an address of their own.
ELSEWHERE = {"specimen": {"collect"}, "waste": {"seal"}}
