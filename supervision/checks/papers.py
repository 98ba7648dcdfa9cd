"""On what each visit rested: consent, agreement, first assessment, prescription, catalogue, identity."""

from supervision.checks.declared import Check

GROUP = "文书与项目"

PAPERS = (
    Check(
        "consent", "没有有效的知情同意", "上门当天没有覆盖全部项目的有效知情同意书。", "002 五(七)1(4)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '没有覆盖本次项目的有效签署', v.id, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM patients_consent c JOIN patients_papertext t ON t.id = c.text_id
            WHERE c.patient_id = v.patient_id AND c.organisation_id = v.centre_id AND t.kind = 'consent'
              AND c.signed_at <= v.arrived_at AND c.valid_until >= v.day
              AND (c.withdrawn_at IS NULL OR c.withdrawn_at > v.arrived_at)
              AND c.item_codes @> ARRAY(SELECT i.code FROM orders_orderline l JOIN catalog_item i ON i.id = l.item_id
                                        WHERE l.order_id = v.id))
        """,
    ),
    Check(
        "agreement", "没有有效的服务协议", "上门当天没有有效的服务协议。", "004 三(七)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '没有有效的服务协议', v.id, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM patients_consent c JOIN patients_papertext t ON t.id = c.text_id
            WHERE c.patient_id = v.patient_id AND c.organisation_id = v.centre_id AND t.kind = 'agreement'
              AND c.signed_at <= v.arrived_at AND c.valid_until >= v.day
              AND (c.withdrawn_at IS NULL OR c.withdrawn_at > v.arrived_at))
        """,
    ),
    Check(
        "assessment", "没有有效的首诊评估", "开具项目单时，没有已签名、结论为适宜且在有效期内的首诊评估。",
        "002 五(七)1(3)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '开具项目单时首诊评估无效', v.id, NULL
        FROM visit v
        JOIN clinical_prescription p ON p.id = v.prescription_id
        JOIN clinical_assessment a ON a.id = p.assessment_id
        WHERE a.signed_at IS NULL OR a.signed_at > p.signed_at OR a.result <> 'suitable'
           OR a.valid_until IS NULL OR a.valid_until < (p.signed_at AT TIME ZONE %(tz)s)::date
        """,
    ),
    Check(
        "prescription_expired", "项目单过期", "上门当天，服务项目单已过有效期。", "002 五(四)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '项目单有效期至 ' || p.valid_until, v.id, NULL
        FROM visit v JOIN clinical_prescription p ON p.id = v.prescription_id
        WHERE p.valid_until < v.day OR p.signed_at > v.arrived_at
        """,
    ),
    Check(
        "prescription_exceeded", "超出项目单次数", "实际上门的次数超过了医生开具的次数。", "002 五(四)", group=GROUP,
        sql="""
        SELECT 'line:' || pl.id, min(v.centre_id), max(v.arrived_at),
               '「' || i.name || '」开具 ' || pl.times || ' 次，已上门 ' || count(*) || ' 次', max(v.id), NULL
        FROM visit v
        JOIN orders_orderline l ON l.order_id = v.id
        JOIN clinical_prescriptionline pl ON pl.id = l.prescription_line_id
        JOIN catalog_item i ON i.id = pl.item_id
        GROUP BY pl.id, pl.times, i.name HAVING count(*) > pl.times
        """,
    ),
    Check(
        "item_not_prescribed", "做了未开具的项目", "订单中的项目与医生开具的不是同一项。", "002 五(四)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id || ':' || l.item_id, v.centre_id, v.arrived_at,
               '「' || i.name || '」不是项目单开具的项目',
               v.id, NULL
        FROM visit v
        JOIN orders_orderline l ON l.order_id = v.id
        JOIN clinical_prescriptionline pl ON pl.id = l.prescription_line_id
        JOIN catalog_item i ON i.id = l.item_id
        WHERE pl.item_id <> l.item_id OR pl.prescription_id <> v.prescription_id
        """,
    ),
    Check(
        "item_edition", "项目不在目录内", "上门的项目不属于订单所依的目录版本，或该版本在开具当天没有生效。",
        "002 五(五)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id || ':' || i.id, v.centre_id, v.arrived_at, '「' || i.name || '」不在当时有效的目录内',
               v.id, NULL
        FROM visit v
        JOIN orders_orderline l ON l.order_id = v.id
        JOIN catalog_item i ON i.id = l.item_id
        JOIN catalog_edition e ON e.id = i.edition_id
        JOIN clinical_prescription p ON p.id = v.prescription_id
        WHERE i.edition_id <> v.edition_id
           OR (p.signed_at AT TIME ZONE %(tz)s)::date < e.effective_from
           OR (p.signed_at AT TIME ZONE %(tz)s)::date > e.effective_to
        """,
    ),
    Check(
        "negative_list", "负面清单", "上门的项目或服务对象的情况在负面清单内。", "004 三(三)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id || ':' || x.id, v.centre_id, v.arrived_at, '「' || x.text || '」在负面清单内', v.id,
               NULL
        FROM visit v
        JOIN patients_patient w ON w.id = v.patient_id
        JOIN catalog_negativeentry x ON x.district_id = %(district)s
         AND x.starts_on <= v.day AND (x.ends_on IS NULL OR x.ends_on >= v.day)
        WHERE x.kind = 'patient_fact' AND EXISTS (
                  SELECT 1 FROM unnest(w.facts) f WHERE position(x.text IN f) > 0)
           OR x.kind = 'service' AND EXISTS (
                  SELECT 1 FROM orders_orderline l JOIN catalog_item i ON i.id = l.item_id
                  WHERE l.order_id = v.id AND position(x.text IN i.name) > 0)
        """,
    ),
    Check(
        "two_identifiers", "身份核对不足两项", "到达时核对的身份标识不足两种。", "000 三(七)", group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '核对的身份标识不足两种', v.id, v.nurse_id
        FROM visit v JOIN clinical_visitrecord r ON r.id = v.visit_record_id
        WHERE (SELECT count(DISTINCT one) FROM unnest(r.identifiers) one) < 2
        """,
    ),
    Check(
        "original_seen", "没有核对证件原件", "上门前没有核对服务对象的证件原件，也没有比对。", "002 五(八)",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '上门前没有原件核对或比对记录', v.id, NULL
        FROM visit v
        WHERE NOT EXISTS (
            SELECT 1 FROM patients_identitycheck c
            WHERE c.patient_id = v.patient_id AND c.passed AND c.kind IN ('original', 'police', 'face')
              AND c.checked_at <= v.arrived_at)
        """,
    ),
    Check(
        "override_words", "改约时间没有说明", "上门时间不在服务对象希望的时段内，派单时没有写明原因。",
        "003 二(一)1一",
        group=GROUP,
        sql="""
        SELECT 'order:' || v.id, v.centre_id, v.arrived_at, '约定时间在希望时段以外，派单没有写原因', v.id, v.nurse_id
        FROM visit v
        JOIN LATERAL (
            SELECT s.reason FROM orders_orderstep s
            WHERE s.order_id = v.id AND s.name = 'offer' ORDER BY s.id DESC LIMIT 1) sent ON true
        WHERE (v.planned_start < v.window_start OR v.planned_start > v.window_end) AND sent.reason = ''
        """,
    ),
)  # fmt: skip
