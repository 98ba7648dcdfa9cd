"""What several verbs ask of the same fields of a form. Reads and judges only; the verbs write."""

from datetime import date

from kernel.refusals import Invalid, Refusal, hidden
from nurses.models import Nurse


def locked(nurse_id: int) -> Nurse:
    """
    Lock the nurse's row until the transaction ends.

    :raises kernel.refusals.Hidden: there is no such nurse
    """
    nurse = (
        Nurse.objects.select_for_update(of=("self",), no_key=True).select_related("user").filter(pk=nurse_id).first()
    )
    if nurse is None:
        raise hidden("这位护士")
    return nurse


def text(field: str, label: str, value: str, limit: int, problems: list[Refusal], *, required: bool = True) -> str:
    """Trim a text; what is missing, too long or unprintable is added to ``problems``."""
    value = value.strip()
    if required and not value:
        problems.append(Refusal("form.required", f"请填写{label}。", field=field))
    elif len(value) > limit:
        problems.append(Refusal("form.too_long", f"{label}请不要超过 {limit} 个字。", field=field))
    elif not value.isprintable():
        problems.append(Refusal("form.unprintable", f"{label}中有无法显示的字符，请重新填写。", field=field))
    return value


def not_after(field: str, label: str, day: date, today: date, problems: list[Refusal]) -> None:
    if day > today:
        problems.append(Refusal("form.future", f"{label}不能晚于今天。", field=field))


def in_order(field: str, starts: date, expires: date, problems: list[Refusal]) -> None:
    if expires <= starts:
        problems.append(Refusal("form.dates", "到期日期应晚于开始日期。", field=field))


def stop_at(problems: list[Refusal]) -> None:
    """
    Go on when nothing is wrong.

    :raises kernel.refusals.Invalid: with all problems at once, so that a form is corrected in one go
    """
    if problems:
        raise Invalid(*problems)
