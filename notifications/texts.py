"""
Every message's words, in one table.

No clinical content, no reason, no person's phone and no identity number stands here: a telephone shows messages on its
locked screen. The centre's own telephone may stand here, it is public. What the matter is about is read on the page
behind the link, where permissions are judged.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    text: str


TEXTS: dict[str, Text] = {
    # --- to the family ---
    "family.received": Text("申请已受理", "您为{patient}提交的申请（{number}）已受理，中心正在安排医生上门评估。"),
    "family.declined": Text("申请未受理", "您为{patient}提交的申请（{number}）没有受理，请打开查看原因和建议。"),
    "family.assessment": Text("已约好医生上门评估", "家庭医生将于{time}上门为{patient}评估，请在家中等候。"),
    "family.assessment_moved": Text("医生上门时间有调整", "医生上门为{patient}评估的时间调整为{time}，请在家中等候。"),
    "family.unsuitable": Text("评估结果已出", "{patient}的首诊评估已完成，请打开查看医生的结论和建议。"),
    "family.referred": Text("医生建议到医院就诊", "{patient}的首诊评估已完成，医生建议转诊，请打开查看。"),
    "family.sign": Text("请签署同意书", "{patient}的上门护理项目已开具，请阅读并签署知情同意书和服务协议。"),
    "family.next_visit": Text("下一次上门已登记", "{patient}的下一次上门护理（{number}）已登记，中心正在安排护士。"),
    "family.accepted": Text("护士已约好上门时间", "护士{nurse}将于{time}上门为{patient}服务，请在家中等候。"),
    "family.accepted_otherwise": Text(
        "上门安排有变动", "原来约定的{before}已变动：护士{nurse}将于{time}上门为{patient}服务，请按新的时间等候。"
    ),
    "family.along": Text("同行护士已约好", "这次上门由护士{nurse}和{second}一起为{patient}服务，时间是{time}。"),
    "family.late": Text("护士可能要晚到", "护士{nurse}约定{time}到达，现在还没有到，中心正在联系护士，{call}。"),
    "family.nobody_came": Text(
        "护士没有按时到达", "护士{nurse}约定{time}到达，至今没有到，很抱歉，中心正在处理，{call}。"
    ),
    "family.unarranged": Text(
        "护士还没有确定", "{patient}希望的{window}，护士还没有确定，确定新的时间会马上告诉您，{call}。"
    ),
    "family.waiting": Text(
        "正在排队安排护士", "{patient}的上门护理（{number}）正在排队，预计最早{day}有护士有空，{call}。"
    ),
    "family.waiting_moved": Text(
        "预计日期有变化", "{patient}的上门护理（{number}）预计最早日期改为{day}，确定后再告诉您。"
    ),
    "family.waiting_long": Text(
        "两周内没有合适的护士", "{patient}的上门护理（{number}）两周内没有合适的护士，{call}。"
    ),
    "family.departed": Text("护士已出发", "护士{nurse}已出发前往{patient}家中，请留意门铃。"),
    "family.finished": Text("请确认本次服务", "{patient}的上门护理已结束，请打开确认；如有意见，也可以提出异议。"),
    "family.reseating": Text("正在重新安排护士", "正在为您重新安排护士，确定后会再次告诉您上门时间，请放心等候。"),
    "family.rescheduled": Text(
        "上门时间已改期", "{patient}的上门护理（{number}）已改到{window}，护士约好后会告诉您准确的时间。"
    ),
    "family.account": Text("资料已关联到您的账号", "中心已把{patient}的登记资料关联到您的账号，请打开查看。"),
    "family.may_act": Text("您可以替家人办理了", "中心已登记您替{patient}办理上门护理，到{day}为止，请打开查看。"),
    "family.may_go_on": Text("代办期限已延长", "您替{patient}办理上门护理的期限已延长到{day}，请打开查看。"),
    "family.somebody_acts": Text(
        "有家人可以替您办理", "中心登记了一位家人可以替您办理，到{day}为止；如果不是您的意思，请打开结束，或致电中心。"
    ),
    "family.cancelled": Text("本次上门已取消", "{patient}的上门护理（{number}）已取消，请打开查看说明。"),
    "family.missed": Text(
        "本次没有上门成功", "{patient}的上门护理（{number}）登记为失约，请打开查看；如不同意，可在{day}前申诉一次。"
    ),
    "family.appeal_upheld": Text("失约申诉成立", "上门护理（{number}）的失约申诉成立，登记已更正，请打开查看理由。"),
    "family.appeal_rejected": Text("失约申诉不成立", "上门护理（{number}）的失约申诉不成立，请打开查看理由。"),
    "family.aborted": Text("本次服务已中止", "{patient}的上门护理（{number}）中途停止，中心会与您联系。"),
    "family.settled": Text("异议已处理", "您对上门护理（{number}）提出的异议已处理，请打开查看结果。"),
    "family.replied": Text("中心回复了您的评价", "您对上门护理（{number}）的评价已收到中心的回复，请打开查看。"),
    "family.flag_told": Text(
        "中心登记了一条上门提示", "中心为{patient}登记了一条上门提示，请打开查看；如不同意，可以申诉。"
    ),
    "family.flag_upheld": Text("申诉成立", "您对{patient}上门提示的申诉成立，提示已撤销。"),
    "family.flag_rejected": Text("申诉已有结果", "您对{patient}上门提示的申诉已有结果，请打开查看理由。"),
    "family.visit_tomorrow": Text(
        "明天有护士上门", "护士{nurse}将于{time}上门为{patient}服务，请留人在家等候，{call}。"
    ),
    "family.guidance": Text("请查看医生写的注意事项", "医生为{patient}写了用药和护理的注意事项，请打开仔细阅读。"),
    "family.expiring": Text("有文件快到期", "{patient}的{what}将于{day}到期，到期后不能上门，{call}。"),
    "family.consult_answered": Text("护士答复了您的咨询", "您为{patient}提的问题（{number}）护士已答复，请打开查看。"),
    "family.consult_visit": Text(
        "护士建议上门看看", "您为{patient}提的问题（{number}）护士已答复，建议申请上门，请打开查看。"
    ),
    "family.report_accepted": Text(
        "您反映的情况已受理", "您反映的情况（{number}）已受理，{time}前会答复您，可以随时打开查看进展。"
    ),
    "family.report_answered": Text(
        "您反映的情况有了答复", "您反映的情况（{number}）已经答复，请打开看看是否认可，不认可也可以说明。"
    ),
    "family.report_closed": Text(
        "您反映的情况已办结", "您反映的情况（{number}）答复后没有收到异议，已经办结；有新的情况，可以再次提出。"
    ),
    "family.referral_proposed": Text("正在办理转诊", "{patient}的转诊（{number}）已提出，对方答复后会告诉您，{call}。"),
    "family.referral_accepted": Text("转诊已接收", "{patient}的转诊（{number}）对方已同意接收，请打开查看安排。"),
    "family.referral_declined": Text("转诊没有接收", "{patient}的转诊（{number}）对方没有接收，请打开查看，{call}。"),
    "family.referral_answered": Text("转诊有了结果", "{patient}的转诊（{number}）结果已反馈，请打开查看。"),
    "family.referral_withdrawn": Text(
        "转诊已撤回", "{patient}的转诊（{number}）已撤回，请您先不要按原来的安排前往，{call}。"
    ),
    "family.referral_lapsed": Text("转诊已结束", "{patient}的转诊（{number}）已结束，您不需要再前往，{call}。"),
    "family.referral_transfer": Text("转运已安排", "{patient}的转诊（{number}）已登记转运安排，请您打开查看，{call}。"),
    # --- to the nurse ---
    "nurse.remote_answered": Text("专家给出了会诊意见", "会诊{number}，{hospital}专家已给出书面意见，请打开查看。"),
    "nurse.remote_late": Text("会诊超时未答复", "会诊{number}已过{time}的答复时间，中心可电话联系{hospital}。"),
    "nurse.education_unclear": Text("家属没有看明白", "{patient}的家属说「{title}」还有不明白的，请在下次上门时再讲。"),
    "nurse.training_planned": Text("有一门课程要学", "请在{day}前学完「{title}」并通过考试。"),
    "nurse.training_soon": Text("课程快到期限", "「{title}」请在{day}前学完并通过考试。"),
    "nurse.training_late": Text("课程已过期限", "「{title}」应在{day}前完成，请尽快学习并考试。"),
    "centre.training_late": Text("护士培训逾期", "{nurse}应在{day}前完成「{title}」，还没有通过考试。"),
    "centre.post_returned": Text("稿件退回修改", "「{title}」请修改后再投，打开查看需要修改的地方。"),
    "centre.post_approved": Text("稿件审核通过", "「{title}」已审核通过。"),
    "oversight.post": Text("有稿件等待审核", "「{title}」等待审核。"),
    "nurse.consult_asked": Text("有家属咨询", "家属的护理咨询{number}在等答复，请在{time}前答复。"),
    "nurse.consult_late": Text("咨询超时未答复", "家属的护理咨询{number}已过{time}的答复时间，请马上答复。"),
    "nurse.visit_tomorrow": Text("明天有上门", "订单{number}约定{time}上门，请提前准备用品和路线。"),
    "nurse.expiring": Text("您的资质快到期", "您的{what}将于{day}到期，到期后不能派单，请尽快办理并告知中心。"),
    "nurse.offered": Text("有新的派单", "订单{number}派给了您，上门时间{time}，请在{accept_by}前答复。"),
    "nurse.reminded": Text("派单等您答复", "订单{number}还在等您答复，请在{accept_by}前接单或拒单。"),
    "nurse.late": Text("请登记到达情况", "订单{number}约定{time}上门，请签到；赶不到时请马上联系专员。"),
    "nurse.missed": Text("已登记失约", "订单{number}已登记为失约，请打开查看；如不同意，可在{day}前申诉一次。"),
    "nurse.appeal_upheld": Text("失约申诉成立", "订单{number}的失约申诉成立，登记已更正，请打开查看理由。"),
    "nurse.appeal_rejected": Text("失约申诉不成立", "订单{number}的失约申诉不成立，请打开查看理由。"),
    "nurse.recalled": Text("订单已收回", "订单{number}已收回，不需要您再上门。"),
    "nurse.cancelled": Text("订单已取消", "订单{number}已取消，不需要您再上门。"),
    "nurse.rescheduled": Text("订单已改期", "订单{number}已改期，将由专员重新安排，不需要您按原时间上门。"),
    "nurse.expired": Text("派单已超时", "订单{number}的答复期限已过，已由专员收回。"),
    "nurse.along": Text("请您同行上门", "请您与{nurse}同行上门（订单{number}），时间{time}，请在{accept_by}前答复。"),
    "nurse.along_reminded": Text("同行邀请等您答复", "订单{number}的同行邀请还在等您答复，请在{accept_by}前答复。"),
    "nurse.along_coming": Text("同行护士已确定", "订单{number}由{second}与您同行，上门时间{time}。"),
    "nurse.along_lost": Text("同行护士有变动", "订单{number}的同行护士不能来了，专员正在另行安排，请先不要出发。"),
    "nurse.along_released": Text("不需要您同行了", "订单{number}有变动，不需要您按原来的时间同行。"),
    "nurse.along_expired": Text("同行邀请已超时", "订单{number}的同行邀请答复期限已过，已由专员收回。"),
    "nurse.call_back_taken": Text("医生已接手", "订单{number}的危急值已有医生接手，请留意来电。"),
    "nurse.call_back_released": Text(
        "正在请其他医生回电", "订单{number}的危急值由接手的医生交回，正在请其他医生回电；紧急时请直接拨打 120。"
    ),
    "nurse.call_back_closed": Text("医生已答复", "订单{number}的危急值医生已答复，请打开查看。"),
    "nurse.alarm_answered": Text("值班专员已响应", "您{time}的求助，{desk}已响应，请保持电话畅通。"),
    "nurse.called_for": Text("已为您求助", "没有收到您的平安信号，已为您通知值班台；您若安全，请马上打电话告诉专员。"),
    "nurse.are_you_safe": Text(
        "您安全吗", "订单{number}已过预计时间，请打开登记「我很安全」或「我已离开」，否则将为您求助。"
    ),
    "nurse.specimen_late": Text("请尽快送检", "订单{number}的标本已超过送检时限，请马上送检，送不到请登记原因。"),
    "nurse.specimen_rejected": Text("标本被退回", "订单{number}的标本检验科没有接收，请打开查看原因。"),
    "nurse.waste_reminded": Text("请交回医疗废物", "订单{number}的医疗废物还没有交回，请在今天内交回机构。"),
    "nurse.waste_late": Text("医疗废物逾期未交", "订单{number}的医疗废物已过交回期限，请马上交回机构。"),
    # --- to the doctor ---
    "doctor.assessment": Text("有新的首诊", "申请{number}的首诊安排在{time}，请按时上门评估。"),
    "doctor.assessment_moved": Text("首诊有调整", "申请{number}的首诊调整为{time}，请按新的安排上门。"),
    "doctor.assessment_off": Text("首诊已取消", "申请{number}的首诊已取消，不需要您上门。"),
    "doctor.call_back": Text("上门护士请您马上回电", "订单{number}的上门护理测到危急值，请打开查看并接手回电。"),
    "doctor.call_back_waits": Text("护士还在等医生回电", "订单{number}的护士还在等医生的答复，请马上打开处理。"),
    "doctor.specimen_critical": Text("有一份结果须马上处理", "订单{number}有一份检验结果须马上处理，请立即打开查看。"),
    "doctor.specimen_untold": Text("结果还没有告知", "订单{number}须马上处理的检验结果还没有告知家属，请立即处理。"),
    "doctor.expiring": Text("有文件快到期", "申请{number}的{what}将于{day}到期，如需继续上门，请提前办理。"),
    # --- to the centre's desk ---
    "desk.consult_late": Text("咨询超时未答复", "家属的护理咨询{number}已过{time}的答复时间，请安排护士答复。"),
    "centre.consult_late": Text("咨询超时未答复", "家属的护理咨询{number}已过{time}的答复时间，请督促护士答复。"),
    "desk.expiring": Text("有文件快到期", "申请{number}的{what}将于{day}到期，如需继续上门，请提前联系。"),
    "centre.expiring": Text("护士资质快到期", "护士{nurse}的{what}将于{day}到期，到期后不能派单，请督促办理。"),
    "desk.submitted": Text("有新的申请", "收到新的上门护理申请{number}，请受理。"),
    "desk.declined": Text("护士没有接单", "订单{number}被护士拒单，请重新派单。"),
    "desk.declined_next": Text("护士没有接单", "订单{number}被护士拒单，下一位可改派给{next}，请确认后派单。"),
    "desk.given_back_next": Text("护士退单", "订单{number}被护士退回，下一位可改派给{next}，请确认后派单。"),
    "desk.expired_next": Text("派单超时", "订单{number}没有在期限内得到答复，下一位可改派给{next}，请确认后派单。"),
    "desk.unarranged": Text(
        "临近上门还没有护士", "订单{number}希望{window}上门，还没有护士接单，请尽快安排并告知家属。"
    ),
    "desk.waiting_moved": Text("排队日期有变化", "排队中的订单{number}预计最早日期改为{day}，请查看能否派单。"),
    "desk.given_back": Text("护士退单", "订单{number}被护士退回，请重新派单。"),
    "desk.expired": Text("派单超时", "订单{number}没有在期限内得到答复，请重新派单。"),
    "desk.along": Text("同行护士已答应", "订单{number}的同行护士{second}已答应，两位护士都已约好。"),
    "desk.along_declined": Text("同行护士不能去", "订单{number}的同行邀请被拒绝，请另选一位同行护士。"),
    "desk.along_expired": Text("同行邀请超时", "订单{number}的同行邀请没有在期限内得到答复，请另选一位同行护士。"),
    "desk.along_given_back": Text("同行护士退出", "订单{number}的同行护士退出了，请马上另选一位，责任护士须等候。"),
    "desk.objected": Text("服务对象提出异议", "订单{number}有异议，请尽快联系并处理。"),
    "centre.appeal": Text("有失约申诉", "订单{number}的失约登记有人申诉，请裁定。"),
    "centre.nobody_takes": Text("连续没有护士接单", "订单{number}已有两位护士没有接单，请协助专员安排。"),
    "desk.late": Text("护士还没有到达", "订单{number}约定{time}上门，护士还没有签到，请联系护士并告知家属。"),
    "desk.nobody_came": Text("无人到达", "订单{number}约定{time}上门，至今无人签到，请立即联系护士和服务对象。"),
    "centre.nobody_came": Text("无人到达", "订单{number}约定{time}上门，至今无人签到，专员已收到提醒，请一并跟进。"),
    "desk.overran": Text("上门服务超时", "订单{number}超过预计结束时间仍未结束，请立即联系护士确认安全。"),
    "desk.call_back_overdue": Text(
        "护士没有等到医生回电", "订单{number}的护士请医生回电，至今没有得到答复，请马上联系医生。"
    ),
    "centre.call_back_overdue": Text(
        "护士没有等到医生回电", "订单{number}的护士请医生回电，至今没有得到答复，请协助处理。"
    ),
    "desk.specimen_late": Text("标本超过送检时限", "订单{number}的标本已超过送检时限，请联系护士送检或安排重新采集。"),
    "desk.specimen_rejected": Text("标本被检验科拒收", "订单{number}的标本检验科没有接收，请查看原因并安排重新采集。"),
    "desk.specimen_lost": Text("标本没有送检", "订单{number}有一份标本没有送检，请查看原因并安排重新采集。"),
    "desk.specimen_critical": Text("有一份结果须马上告知", "订单{number}有一份检验结果须马上告知，请立即联系家属。"),
    "desk.specimen_untold": Text("结果还没有告知", "订单{number}须马上处理的检验结果还没有告知家属，请立即联系。"),
    "centre.specimen_untold": Text("结果还没有告知", "订单{number}须马上处理的检验结果还没有告知家属，请督促处理。"),
    "desk.waste_late": Text("医疗废物逾期未交", "订单{number}的医疗废物已过交回期限，请联系护士马上交回。"),
    "desk.waste_lost": Text("医疗废物遗失", "订单{number}有一袋（盒）医疗废物登记为遗失，请打开查看并协助查找。"),
    "family.education": Text("护士发来健康指导", "有为{patient}选的健康指导，请打开阅读，可以放大字号和朗读。"),
    "family.follow_up": Text("请做一次随访", "请在今天为{patient}回答几个随访问题，{call}。"),
    "family.green": Text("医生会尽快联系您", "{patient}的随访回答需要医生马上看，请保持电话畅通；情况加重请拨打 120。"),
    "doctor.green": Text("随访发现异常", "{patient}的随访回答须马上处理，请打开并接手。"),
    "doctor.green_waits": Text("随访异常还没有人接手", "{patient}的随访异常还没有医生接手，请马上打开并接手。"),
    "doctor.green_unfinished": Text("随访异常还没有处理完", "您接手的{patient}的随访异常还没有处理结果，请打开办理。"),
    "desk.green": Text("随访发现异常", "{patient}的随访回答须医生马上处理，请留意医生是否接手。"),
    "desk.follow_up_missed": Text("随访逾期未做", "{patient}应在{day}做的随访已逾期，请联系家属。"),
    "centre.green_waits": Text("随访异常还没有人接手", "{patient}的随访异常超过时限，还没有医生接手，请督促处理。"),
    "centre.green_unfinished": Text(
        "随访异常还没有处理完", "{patient}的随访异常已有医生接手，还没有处理结果，请督促处理。"
    ),
    "review.green_waits": Text("随访异常还没有人接手", "有中心的随访异常一再超过时限，还没有医生接手，请督促处理。"),
    "centre.waste_stored": Text("医疗废物暂存到期", "有医疗废物在暂存间已到期限（订单{number}），请马上联系处置单位。"),
    "desk.cancelled": Text("上门已由平台取消", "订单{number}因医生停用项目单或签署撤回而取消，请打开查看原因。"),
    "desk.aborted": Text("服务中止", "订单{number}在途中或服务中中止，请立即联系护士和服务对象。"),
    "desk.alarm": Text("护士求助", "护士{nurse}于{time}求助，请立即打开并响应。"),
    "desk.alarm_again": Text("求助还没有人响应", "护士{nurse}于{time}的求助还没有人响应，请立即打开并响应。"),
    "centre.alarm": Text("求助还没有人响应", "护士{nurse}于{time}求助，值班台还没有响应，请立即打开并响应。"),
    "desk.incident": Text("护士报告不良事件", "护士{nurse}报告：{what}（订单{number}），请打开查看并处置。"),
    "centre.incident": Text("护士报告不良事件", "护士{nurse}报告：{what}（订单{number}），请查明原因后结案。"),
    "centre.flag_appealed": Text("风险提示有申诉", "家属对一条入户风险提示提出申诉，请打开裁定。"),
    "centre.report": Text("有新的投诉或建议", "收到新的投诉或建议（{number}），请在{accept_by}前受理。"),
    # --- to the lead hospital and the commission ---
    "oversight.report": Text("有新的举报或建议", "收到新的举报或建议（{number}），请在{accept_by}前受理。"),
    "oversight.report_carried_up": Text(
        "有投诉转交上级处理", "家属对中心的答复不满意，投诉{number}已转来，请在{accept_by}前受理。"
    ),
    "review.remote_asked": Text("有中心请求会诊", "{centre}请求远程护理会诊{number}，请在{time}前答复。"),
    "review.remote_urgent": Text("有中心紧急会诊", "{centre}紧急请求远程护理会诊{number}，请在{time}前答复。"),
    "review.remote_late": Text("会诊超时未答复", "{centre}的会诊{number}已过{time}的答复时间，请马上答复。"),
    "desk.remote_answered": Text("专家给出了会诊意见", "会诊{number}，{hospital}专家已给出书面意见，请打开查看。"),
    "desk.remote_late": Text("会诊超时未答复", "会诊{number}已过{time}的答复时间，可电话联系{hospital}。"),
    "review.referral_proposed": Text("有中心转来服务对象", "{centre}提出转诊{number}，请打开查看并答复是否接收。"),
    "review.referral_accepted": Text("中心已接收转诊", "{centre}已接收转诊{number}，正在安排居家护理。"),
    "review.referral_declined": Text("中心没有接收转诊", "{centre}没有接收转诊{number}，请打开查看原因。"),
    "review.referral_answered": Text("转诊有了结果", "{centre}已反馈转诊{number}的结果，请打开查看。"),
    "review.referral_withdrawn": Text("中心撤回了转诊", "{centre}已撤回转诊{number}，请您取消为其保留的安排。"),
    "review.referral_lapsed": Text("转诊已结束", "{centre}的转诊{number}已结束，不再需要接诊，请您取消原来的安排。"),
    "desk.referral_withdrawn": Text("医院撤回了转诊", "{hospital}已撤回转诊{number}，不需要您再答复。"),
    "desk.referral_proposed": Text("医院转来服务对象", "{hospital}提出转诊{number}，请打开查看并答复是否接收。"),
    "doctor.referral_accepted": Text("医院已接收转诊", "{hospital}已接收转诊{number}，请打开查看安排。"),
    "doctor.referral_declined": Text("医院没有接收转诊", "{hospital}没有接收转诊{number}，请打开查看原因并告知家属。"),
    "doctor.referral_answered": Text("转诊有了结果", "{hospital}已反馈转诊{number}的结果，请打开查看。"),
    "review.alarm": Text("护士求助无人响应", "护士{nurse}于{time}求助，所在中心至今无人响应，请马上联系中心。"),
    "oversight.alarm": Text("护士求助无人响应", "护士{nurse}于{time}求助，所在中心至今无人响应，请马上督促中心处置。"),
}
