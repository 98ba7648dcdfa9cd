"""Reads that pages need, complete: no query per row."""

from education.selectors.articles import (
    article,
    articles,
    fitting,
    handed_at,
    handed_to,
    handout,
    handouts_of_family,
    items_in_words,
    medicines_first,
    public_article,
    public_articles,
    readable,
    teach_back_of,
)
from education.selectors.courses import course, courses, courses_for, exam_of, offered_in, standing, standings
from education.selectors.plans import assignment, assignments, experts, nurses_at, scores, tries_left
from education.selectors.posts import post, posts, public_post, public_posts, showcase_figures
from education.selectors.trainingcentre import training_meeting, training_meetings, training_pool, training_seats

__all__ = [
    "training_seats",
    "training_pool",
    "training_meetings",
    "training_meeting",
    "article",
    "articles",
    "assignment",
    "assignments",
    "course",
    "courses",
    "courses_for",
    "exam_of",
    "experts",
    "fitting",
    "handed_at",
    "handed_to",
    "handout",
    "handouts_of_family",
    "items_in_words",
    "medicines_first",
    "nurses_at",
    "offered_in",
    "post",
    "posts",
    "public_article",
    "public_articles",
    "public_post",
    "public_posts",
    "readable",
    "scores",
    "showcase_figures",
    "standing",
    "standings",
    "teach_back_of",
    "tries_left",
]
