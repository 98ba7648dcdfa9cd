"""The doors of this app. Every status change of an article, a course or a post passes here."""

from audit.door import Door
from education import access
from education.lifecycle import ARTICLE, COURSE, POST, SHOWN, TAUGHT, TRAINED
from education.models import Article, ArticleStep, Course, CourseStep, Post, PostStep
from kernel.refusals import Refusal

FOUR_EYES = "起草和审核不能是同一个人，请由另一位审核。"
IN_WORK = "这个代码已有一版正在起草或审核，请在那一版上修改。"
RELATED = ("district", "written_by", "reviewed_by")

ARTICLES = Door(
    workflow=ARTICLE,
    model=Article,
    step_model=ArticleStep,
    owner="article",
    what="科普文章",
    hats=access.paper_hats,
    related=RELATED,
    conflicts={
        "article_one_in_work": Refusal("article.in_work", IN_WORK, TAUGHT, field="code"),
        "article_reviewed_by_another": Refusal("paper.four_eyes", FOUR_EYES, TAUGHT),
    },
)

COURSES = Door(
    workflow=COURSE,
    model=Course,
    step_model=CourseStep,
    owner="course",
    what="培训课程",
    hats=access.paper_hats,
    related=RELATED,
    conflicts={
        "course_one_in_work": Refusal("course.in_work", IN_WORK, TRAINED, field="code"),
        "course_reviewed_by_another": Refusal("paper.four_eyes", FOUR_EYES, TRAINED),
    },
)

POSTS = Door(
    workflow=POST,
    model=Post,
    step_model=PostStep,
    owner="post",
    what="稿件",
    hats=access.post_hats,
    related=("district", "organisation", "written_by"),
    conflicts={"post_decided_by_another": Refusal("post.four_eyes", "投稿和审核不能是同一个人。", SHOWN)},
)
