"""
A lifecycle is a table of steps. Nothing here touches the database.

The table is read by the door (enforcement), by pages and API (which buttons, and why one is blocked), by the
documentation and by the tests, so a rule about "who may do what when" stands in exactly one place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from kernel.refusals import NotNow, NotYours, Refusal, Unmet

Need = Callable[[Any], Refusal | None]

NEW = ""  # the status of something that does not exist yet: steps from NEW create


@dataclass(frozen=True, slots=True)
class Step:
    """One row: from which statuses, to which, by whom, under which needs, and the clause it comes from."""

    name: str
    label: str
    from_: frozenset
    to: Any
    by: frozenset
    event: str
    needs: tuple[Need, ...] = ()
    scope: str = ""
    clause: str = ""
    also_to: frozenset = frozenset()
    stays: bool = False  # the row stands as it stood: no new status, version or clock, so what others have open holds

    @property
    def creates(self) -> bool:
        return NEW in self.from_

    @property
    def targets(self) -> frozenset:
        return self.from_ if self.stays else self.also_to | {self.to}


@dataclass(frozen=True, slots=True)
class Chance:
    """A step that this actor may take from here, and why it is blocked if it is."""

    step: Step
    blocked_by: Refusal | None = None

    @property
    def name(self) -> str:
        return self.step.name

    @property
    def label(self) -> str:
        return self.step.label


@dataclass(frozen=True)
class Workflow:
    name: str
    statuses: type[Enum]
    steps: tuple[Step, ...]
    _index: dict = field(init=False, repr=False)

    def __post_init__(self):
        index = {step.name: step for step in self.steps}
        if len(index) != len(self.steps):
            raise ValueError("two steps share a name")
        object.__setattr__(self, "_index", index)

    def __getitem__(self, name: str) -> Step:
        return self._index[name]

    def __contains__(self, name: str) -> bool:
        return name in self._index

    @property
    def final(self) -> frozenset:
        left = {status for step in self.steps for status in step.from_}
        return frozenset(self.statuses) - left

    def chances(self, subject: Any, hats: Iterable, scopes: frozenset = frozenset()) -> list[Chance]:
        """List the steps that wearing ``hats`` allows from the subject's status, with what blocks each."""
        hats = frozenset(hats)
        return [
            Chance(step, self._unmet(step, subject))
            for step in self.steps
            if subject.status in step.from_ and self.wearing(step, hats, scopes)
        ]

    def check(self, name: str, subject: Any, hats: Iterable, scopes: frozenset = frozenset()) -> Step:
        """
        Return the step if it can be taken now.

        :raises NotYours: no hat of the actor may take this step, or the proxy's scope does not reach it
        :raises NotNow: the step does not start from the present status
        :raises Unmet: a need of the step does not hold
        """
        step = self[name]
        hats = frozenset(hats)
        if not step.by & hats:
            raise NotYours(Refusal("step.not_yours", f"「{step.label}」不在您的权限内。", step.clause))
        if not self.wearing(step, hats, scopes):
            raise NotYours(Refusal("proxy.scope", f"您的代办授权不包含「{step.label}」。", "002 五(八)"))
        if subject.status not in step.from_:
            now = getattr(self.statuses(subject.status), "label", "") if subject.status else "未建立"
            raise NotNow(Refusal("step.not_now", f"当前状态是「{now}」，不能「{step.label}」。", step.clause))
        if reason := self._unmet(step, subject):
            raise Unmet(reason)
        return step

    @staticmethod
    def wearing(step: Step, hats: frozenset, scopes: frozenset) -> frozenset:
        """Return the hats under which the step may be taken; a proxy's hat counts only inside its scope."""
        worn = step.by & hats
        if step.scope and step.scope not in scopes:
            worn = frozenset(hat for hat in worn if hat != "proxy")
        return worn

    def mermaid(self) -> str:
        lines = ["stateDiagram-v2"]
        for step in self.steps:
            for status in sorted(step.from_):
                for target in [status] if step.stays else sorted(step.targets):
                    lines.append(f"    {status or '[*]'} --> {target}: {step.label}")
        lines += [f"    {status} --> [*]" for status in sorted(self.final)]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _unmet(step: Step, subject: Any) -> Refusal | None:
        return next((reason for need in step.needs if (reason := need(subject))), None)


def step(name, label, from_, to, by, *needs, event, scope="", clause="", also_to=(), stays=False) -> Step:
    """Build one row of a table; ``from_`` and ``by`` may be any iterable."""
    return Step(
        name=name,
        label=label,
        from_=frozenset(from_),
        to=to,
        by=frozenset(by),
        event=event,
        needs=tuple(needs),
        scope=scope,
        clause=clause,
        also_to=frozenset(also_to),
        stays=stays,
    )
