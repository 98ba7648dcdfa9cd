"""The door as clients see it: an object lists its steps with what blocks each, and a step is one POST."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from audit import looks
from audit import services as audit
from kernel.workflow import Chance, Workflow

ONE_LOOK = 15 * 60  # seconds
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="回执编号：同一编号重复提交，得到与第一次相同的结果。",
)


class Blocked(serializers.Serializer):
    code = serializers.CharField(label="代码")
    message = serializers.CharField(source="sentence", label="说明")
    clause = serializers.CharField(label="依据")


class StepOut(serializers.Serializer):
    """A step that the asker may take from the present status; ``blocked_by`` says why not yet."""

    name = serializers.CharField(label="步骤")
    label = serializers.CharField(label="名称")
    blocked_by = Blocked(allow_null=True, label="暂不能办理的原因")


class Steps(serializers.Field):
    """``steps`` of an object: what this actor may do with it now, by ``chances(row, actor)`` of the object's door."""

    def __init__(self, chances: Callable[[Any, Any], list[Chance]], **options):
        self.chances = chances
        super().__init__(source="*", read_only=True, label="可办理的步骤", **options)

    def to_representation(self, row):
        return StepOut(self.chances(row, self.context["request"].actor), many=True).data


extend_schema_field(StepOut(many=True))(Steps)


def given(form: type[serializers.Serializer], request: Request) -> Mapping[str, Any]:
    """
    Clean what was posted. A receipt may come as the ``Idempotency-Key`` header as well.

    :raises rest_framework.exceptions.ValidationError: with every field that is wrong
    """
    data, key = request.data, request.headers.get("Idempotency-Key")
    if key and isinstance(data, Mapping) and "receipt" in form().fields and "receipt" not in data:
        data = {**_plain(data), "receipt": key}
    clean = form(data=data, context={"request": request})
    clean.is_valid(raise_exception=True)
    return clean.validated_data


def looked(request: Request, *, target: Model, why: str) -> None:
    """
    Record that this account looked at this person's papers; again after a quarter of an hour (002 五(八)).

    A program asks for the same object many times while one person looks at it once.
    """
    key = f"look:api:{request.actor.id}:{target._meta.label_lower}:{target.pk}"
    if looks.is_new(key, seconds=ONE_LOOK):
        audit.looked(target=target, by=request.actor, now=timezone.now(), why=why)


def steps(commands: Mapping[str, Any], workflow: Workflow, tag: str):
    """
    Give a viewset one POST per command, at ``steps/<name>/``: documented with its own input, and no name invented.

    The viewset has ``step_pk(key)``, which finds the row's id by its address, and ``taken``, the answer's serializer.
    Whether the row is this actor's is asked by the door alone: it knows receipts of acts that took the row away.
    """

    def add(viewset):
        for name, command in commands.items():
            setattr(viewset, f"step_{name}", _one(name, command, workflow[name].label, viewset, tag))
        return viewset

    return add


class Proof(serializers.Serializer):
    """What a signature asks for besides its own input."""

    password = serializers.CharField(
        max_length=128, trim_whitespace=False, required=False, allow_blank=True, default="", write_only=True,
        label="登录密码", help_text="这一步是签名：登录已有一段时间的，要再给一次登录密码。",
    )  # fmt: skip


def _one(name, command, label, viewset, tag):
    form = command.Input
    if command.proof:
        form = type(f"Signed{form.__name__}", (Proof, form), {})

    def take(self, request, **address):
        # What was posted is judged first, so that an address tells a stranger nothing.
        clean = dict(given(form, request))
        if command.proof:
            command.proof(request, clean.pop("password"))
        pk = self.step_pk(address[self.lookup_field])
        row = command.run(**{command.key: pk}, by=request.actor, now=timezone.now(), **clean)
        return Response(viewset.taken(row, context=self.get_serializer_context()).data)

    take.__name__ = f"step_{name}"
    documented = extend_schema(
        summary=label, request=form, responses=viewset.taken, tags=[tag], parameters=[IDEMPOTENCY_KEY]
    )(take)
    return action(detail=True, methods=["post"], url_path=f"steps/{name}", url_name=f"step-{name}", filter_backends=[])(
        documented
    )


def _plain(data):
    return data.dict() if hasattr(data, "dict") else data
