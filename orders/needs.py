"""What must already hold before a step is offered: None, or the reason in plain words. No queries here."""

from kernel.refusals import Refusal

FIRST_VISIT = "002 五(七)1(3)"
TWO_TOGETHER = "000 五(十六)"


def _signed(request):
    if request.assessment is None or request.assessment.signed_at is None:
        return Refusal("assessment.unsigned", "请先完成首诊评估并签名。", FIRST_VISIT)
    return None


def _concluded(request, result, sentence):
    if missing := _signed(request):
        return missing
    if request.assessment.result != result:
        return Refusal("assessment.result", sentence, FIRST_VISIT)
    return None


def assessed_suitable(request):
    return _concluded(request, "suitable", "首诊结论不是「适宜上门护理」，不能开具项目。")


def assessed_unsuitable(request):
    return _concluded(request, "unsuitable", "首诊结论不是「不宜上门护理」。")


def assessed_refer(request):
    return _concluded(request, "refer", "首诊结论不是「建议转诊」。")


def record_complete(order):
    if order.visit_record is None:
        return Refusal("record.none", "请先签到并填写护理记录。", "002 五(七)2(2)")
    left = order.visit_record.missing
    if not left:
        return None
    first = left[0]
    more = f"另有 {len(left) - 1} 项未完成。" if len(left) > 1 else ""
    return Refusal("record.incomplete", f"{first['sentence']}{more}", first["clause"], field=first["field"])


def second_nurse_coming(order):
    """Where two must go, nobody sets out or rings the bell alone. The companions come along with the order's reads."""
    if not order.needs_two:
        return None
    if any(one.accepted_at and one.released_at is None for one in order.companions.all()):
        return None
    return Refusal(
        "order.second_nurse", "这次上门须两人同行，还没有第二位护士答应，请联系专员安排后再出发。", TWO_TOGETHER
    )
