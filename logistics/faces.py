"""How a tube or a bag looks: label, colour, icon (UI guide 5)."""

from logistics.lifecycle import SpecimenStatus as T
from logistics.lifecycle import WasteStatus as W
from orders.faces import Face

SPECIMEN = {
    T.COLLECTED: Face(T.COLLECTED.label, "护士正在送检", "ask", "test-pipe", "护士"),
    T.HANDED_OVER: Face(T.HANDED_OVER.label, "已送到检验科", "go", "package", "检验科"),
    T.RECEIVED: Face(T.RECEIVED.label, "正在检验", "assess", "clipboard-check", "检验科"),
    T.RESULTED: Face(T.RESULTED.label, "结果已出，中心会联系您", "ask", "file-text", "医生"),
    T.TOLD: Face(T.TOLD.label, "结果已告知", "done", "check", ""),
    T.REJECTED: Face(T.REJECTED.label, "需要重新采集，中心会联系您", "alert", "alert-triangle", "专员"),
    T.LOST: Face(T.LOST.label, "需要重新采集，中心会联系您", "alert", "alert-triangle", "专员"),
}

WASTE = {
    W.DECLARED: Face(W.DECLARED.label, "护士已带回", "ask", "package", "护士"),
    W.HANDED_IN: Face(W.HANDED_IN.label, "已交回机构", "go", "building-hospital", "管理员"),
    W.REMOVED: Face(W.REMOVED.label, "已交处置单位", "done", "check", ""),
    W.WITHDRAWN: Face(W.WITHDRAWN.label, "登记已撤销", "wait", "x", ""),
    W.LOST: Face(W.LOST.label, "登记为遗失", "alert", "alert-triangle", "管理员"),
}
