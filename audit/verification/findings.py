"""What a check may find, each under a name that tests, pages and people share."""

from dataclasses import dataclass

SENTENCES = {
    "event.changed": "事件的内容与封存时不同，已被改动。",
    "event.missing": "封存过的事件不见了，已被删除。",
    "event.inserted": "多出一条封存时没有的事件，是事后插入的。",
    "event.outside": "有事件不属于任何一次封存，也不在等待封存之列。",
    "head.signature": "封存头的签名不成立。",
    "head.columns": "封存头的签名成立，但数据库里另存的数值与它不同。",
    "head.missing": "封存头的编号有缺，已被删除。",
    "head.order": "封存头的先后不成立：后一次没有接着前一次。",
    "head.key": "数据库里的公钥不是对外公布的那一把，封存头可能被整体重签。",
    "tree.root": "树里的摘要算不出封存头上的树根，摘要已被改动。",
    "tree.short": "树里的摘要比封存头声明的少，已被删除。",
    "outside.rolled_back": "外部保存着更晚的封存头，本机的历史被截短过。",
    "outside.forked": "外部保存的封存头与本机同一编号的不同，历史被改写过。",
    "outside.broken": "外部保存的封存头不能核验。",
    "outside.silent": "外部保存方没有回答，无法核对。",
    "copy.silent": "第二副本连不上，无法核对。",
    "copy.changed": "事件与第二副本不同，已被改动。",
    "copy.missing": "第二副本有而本机没有的事件，已被删除。",
    "copy.behind": "第二副本缺少一分钟以前的事件，复制可能中断。",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. ``event`` is the id of the event concerned, ``head`` the number of the head."""

    code: str
    event: int | None = None
    head: int | None = None
    place: str = ""

    @property
    def sentence(self) -> str:
        about = [f"事件 #{self.event}" if self.event else "", f"封存 #{self.head}" if self.head else "", self.place]
        return f"{'，'.join(part for part in about if part)}：{SENTENCES[self.code]}".removeprefix("：")

    def plain(self) -> dict:
        return {"code": self.code, "event": self.event, "head": self.head, "place": self.place}
