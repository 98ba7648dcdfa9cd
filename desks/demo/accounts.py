"""The accounts by which people look around: fixed names, one word of what each has to show."""

from dataclasses import dataclass

from django.conf import settings

from accounts import selectors
from accounts.models import User
from desks.demo.clock import Clock


@dataclass(frozen=True)
class DemoAccount:
    username: str
    role: str
    hint: str


ACCOUNTS = (
    DemoAccount("demo-family", "家属（代办人）", "父母有一次今天的上门护理，可以改期、确认和评价"),
    DemoAccount("demo-family-2", "服务对象本人", "昨天的服务已完成，还没有评价"),
    DemoAccount("demo-family-new", "新注册的家属", "还没有登记服务对象，可以从头走一遍"),
    DemoAccount("demo-dispatcher", "中心专员", "受理申请、安排首诊、派单"),
    DemoAccount("demo-doctor", "家庭医生", "上门首诊、签名、开具项目"),
    DemoAccount("demo-nurse", "护士", "什么都符合，今天有上门安排"),
    DemoAccount("demo-nurse-2", "护士", "正在服务对象家中"),
    DemoAccount("demo-nurse-3", "护士", "正在路上"),
    DemoAccount("demo-nurse-flawed", "护士", "培训已过期，不能被派单"),
    DemoAccount("demo-admin", "中心管理员", "人员、资质、开展项目和制度"),
    DemoAccount("demo-reviewer", "医联体牵头医院督导", "只看本医联体的中心"),
    DemoAccount("demo-supervisor", "区卫健委监管员", "全区今日情况"),
    DemoAccount("demo-qc", "区护理质控组", "全区护理质量"),
    DemoAccount("demo-auditor", "审计员", "全程留痕"),
    DemoAccount("demo-platform", "平台管理员", "只管账号，看不到服务对象资料"),
)


def password() -> str:
    """The same for every demo account; worth nothing anywhere else."""
    return getattr(settings, "DEMO_PASSWORD", "demo-hudaojia-2026")


def listing(clock: Clock) -> list[tuple[str, str, str, str, str]]:
    """Rows of (account name, role, person, place, what to see) of those that exist."""
    people = {user.username: user for user in User.objects.filter(is_demo=True, username__startswith="demo-")}
    posts = selectors.posts_in_force(on=clock.today).filter(user__in=people.values()).select_related("organisation")
    places = {post.user_id: post.organisation.name for post in posts}
    return [
        (one.username, one.role, str(people[one.username]), places.get(people[one.username].pk, "—"), one.hint)
        for one in ACCOUNTS
        if one.username in people
    ]
