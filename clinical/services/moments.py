"""Explained before, asked during, observed after: the three prompts of an item, each with its time (000 二(三))."""

from collections.abc import Mapping
from datetime import datetime

from clinical import prompts
from clinical.models import CareMoment
from clinical.services.records import _writing
from kernel.actors import Actor
from kernel.refusals import Invalid, Refusal, hidden


def keep_moment(
    *, record_id, item_id: int, moment: str, observed: Mapping[str, str] | None = None, words: str = "",
    at: datetime | None = None, by: Actor, now: datetime,
) -> CareMoment:  # fmt: skip
    """
    Keep that something was explained, asked or observed; ``observed`` is what was seen after the procedure.

    :raises kernel.refusals.Invalid: an observation is missing, unknown, or unusual without a word
    """
    after = moment == CareMoment.Moment.AFTER
    seen = prompts.clean(observed or {}) if after else {}
    if isinstance(seen, Refusal):
        raise Invalid(seen)
    if moment not in CareMoment.Moment.values:
        raise Invalid(Refusal("moment.unknown", "请选择操作前、操作中或操作后。", prompts.CLAUSE))
    if len(words) > 200:
        raise Invalid(Refusal("moment.words", "说明请控制在 200 字以内。", prompts.CLAUSE, field="words"))
    if after and prompts.unusual(seen) and not words.strip():
        raise Invalid(Refusal("moment.words", "操作后观察有异常，请写一句说明和处理。", prompts.CLAUSE, field="words"))
    with _writing(record_id, "clinical.moment_kept", by, now) as (record, entry):
        if not record.items.filter(pk=item_id).exists():
            raise hidden("这个护理项目")
        row, _ = CareMoment.objects.update_or_create(
            record=record,
            item_id=item_id,
            moment=moment,
            defaults={"observed": seen, "words": words.strip(), "at": at or now, "recorded_at": now},
        )
        entry.data.update({"item": item_id, "moment": moment})
    return row
