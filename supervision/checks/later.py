"""What has to be done after a visit, or in time: records, waste, tubes, calls for help, complaints, incidents."""

from supervision.checks.declared import Check

GROUP = "记录与安全"

LATER = (
    Check(
        "record_open", "护理记录逾期未提交", "服务结束 24 小时后，护理记录还没有提交。", "002 五(七)2(2)",
        group=GROUP, days=1,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.finished_at + interval '24 hours', '结束 24 小时后仍未提交', v.id,
               v.nurse_id
        FROM visit v JOIN clinical_visitrecord r ON r.id = v.visit_record_id
        WHERE v.finished_at + interval '24 hours' < %(now)s AND r.closed_at IS NULL
        """,
    ),
    Check(
        "waste_missing", "没有申报医疗废物", "服务结束后没有申报医疗废物，或申报产生却没有登记袋（盒）。",
        "002 五(七)1(1)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.finished_at,
               CASE WHEN r.waste = '' THEN '没有申报' ELSE '申报产生废物，没有登记袋（盒）' END, v.id, v.nurse_id
        FROM visit v JOIN clinical_visitrecord r ON r.id = v.visit_record_id
        WHERE v.finished_at IS NOT NULL AND (r.waste = '' OR r.waste <> 'none' AND NOT EXISTS (
            SELECT 1 FROM logistics_wastebag b WHERE b.record_id = r.id AND b.status = ANY(%(declared)s)))
        """,
    ),
    Check(
        "sharps_box", "利器没有入盒", "产生损伤性废物的上门，没有登记利器盒。", "002 五(七)1(1)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.finished_at, '申报损伤性废物，没有登记利器盒', v.id, v.nurse_id
        FROM visit v JOIN clinical_visitrecord r ON r.id = v.visit_record_id
        WHERE v.finished_at IS NOT NULL AND r.waste IN ('sharps', 'both') AND NOT EXISTS (
            SELECT 1 FROM logistics_wastebag b
            WHERE b.record_id = r.id AND b.kind = 'sharps' AND b.container = 'box' AND b.status = ANY(%(declared)s))
        """,
    ),
    Check(
        "waste_stored", "医疗废物暂存超过两天", "医疗废物在暂存间超过两天没有交给处置单位。", "002 五(七)1(1)",
        group=GROUP,
        days=1,
        sql="""
        SELECT 'bag:' || b.id, b.centre_id, least(b.store_until, b.handed_at + interval '48 hours'),
               '袋（盒）' || b.number || ' 暂存已到期', b.order_id, NULL
        FROM logistics_wastebag b JOIN place ON place.id = b.centre_id
        WHERE b.status = ANY(%(stored)s) AND least(b.store_until, b.handed_at + interval '48 hours') < %(now)s
        """,
    ),
    Check(
        "waste_carried", "医疗废物逾期未交回", "护士带回的医疗废物过了期限还没有交回机构。", "000 五(十五)",
        group=GROUP,
        days=1,
        sql="""
        SELECT 'bag:' || b.id, b.centre_id, b.hand_in_by, '袋（盒）' || b.number || ' 没有交回', b.order_id, n.id
        FROM logistics_wastebag b JOIN place ON place.id = b.centre_id
        LEFT JOIN nurses_nurse n ON n.user_id = b.nurse_id
        WHERE b.status = ANY(%(carried)s) AND b.hand_in_by < %(now)s
        """,
    ),
    Check(
        "specimen_late", "标本超时未送检", "标本过了时限还没有交给检验科。", "002 附件-11", group=GROUP, days=1,
        sql="""
        SELECT 'specimen:' || s.id, s.centre_id, s.due_at, '标本超过送检时限', s.order_id, n.id
        FROM logistics_specimen s JOIN place ON place.id = s.centre_id
        LEFT JOIN nurses_nurse n ON n.user_id = s.nurse_id
        WHERE s.status = ANY(%(to_hand_over)s) AND s.due_at < %(now)s
        """,
    ),
    Check(
        "critical_untold", "危急值没有告知", "检验结果为危急值，过了时限还没有告知。", "002 附件-11", group=GROUP,
        days=1,
        sql="""
        SELECT 'specimen:' || s.id, s.centre_id, s.resulted_at, '危急值没有告知', s.order_id, NULL
        FROM logistics_specimen s JOIN place ON place.id = s.centre_id
        WHERE s.flag = 'critical' AND s.told_at IS NULL
          AND s.resulted_at + make_interval(mins => %(critical_minutes)s) < %(now)s
        """,
    ),
    Check(
        "sos_unanswered", "求助无人响应", "护士求助后，过了升级时限仍没有人响应。", "004 三(八)", group=GROUP, days=1,
        sql="""
        SELECT 'alarm:' || a.id, a.centre_id, a.raised_at, '求助没有人响应', a.order_id, a.nurse_id
        FROM safety_alarm a JOIN place ON place.id = a.centre_id
        WHERE a.status = ANY(%(unanswered)s) AND a.raised_at + make_interval(secs => %(alarm_seconds)s) < %(now)s
        """,
    ),
    Check(
        "complaint_late", "投诉逾期未处理", "投诉超过处理时限没有办结。", "004 三(五)", group=GROUP,
        sql="""
        SELECT 'complaint:' || c.id, c.centre_id, c.opened_at + make_interval(mins => %(settle_minutes)s),
               '投诉超过处理时限', c.order_id, NULL
        FROM safety_complaint c JOIN place ON place.id = c.centre_id
        WHERE c.closed_at IS NULL AND c.opened_at + make_interval(mins => %(settle_minutes)s) < %(now)s
        """,
    ),
    Check(
        "incident_open", "不良事件逾期未结案", "不良事件发生七天后还没有查明原因并结案。", "004 三(五)", group=GROUP,
        sql="""
        SELECT 'incident:' || i.id, i.centre_id, i.opened_at + interval '7 days', '不良事件七天没有结案', i.order_id,
               NULL
        FROM safety_incident i JOIN place ON place.id = i.centre_id
        WHERE i.closed_at IS NULL AND i.opened_at + interval '7 days' < %(now)s
        """,
    ),
)  # fmt: skip
