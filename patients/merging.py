"""When two records are one person's: pure rules over both, asked before anything is merged (002 五(八))."""

from kernel.refusals import Refusal
from patients.models import Patient

CLAUSE = "002 五(八)"


def why_not(record: Patient, into: Patient, *, seen: bool) -> list[Refusal]:
    """
    Say everything that forbids to merge the first record into the second.

    ``seen``: staff held the papers of both. Without it, whoever registers a stranger under another paper and calls
    himself a relative would come by the stranger's whole record.
    """
    if record.pk == into.pk:
        return [Refusal("merge.same", "这是同一份登记，不需要合并。", CLAUSE)]
    found = []
    if record.merged_into_id or into.merged_into_id:
        found.append(Refusal("merge.done", "其中一份登记已经合并过，请刷新后再看。", CLAUSE))
    if record.name_index != into.name_index:
        found.append(Refusal("merge.name", "两份登记的姓名不一致，请先核对证件并更正。", CLAUSE))
    if (record.birth_date, record.sex) != (into.birth_date, into.sex):
        found.append(Refusal("merge.birth", "两份登记的出生日期或性别不一致，请先核对证件并更正。", CLAUSE))
    if not seen:
        found.append(Refusal("merge.seen", "请先核对两份登记的证件原件并登记，再合并。", CLAUSE))
    return found
