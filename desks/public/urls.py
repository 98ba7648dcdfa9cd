from desks.pages import PUBLIC, page
from desks.public import badge, education, finding, results, views

app_name = "public"
urlpatterns = [
    page("", views.home, name="home", roles=PUBLIC),
    page("robots.txt", finding.robots, name="robots", roles=PUBLIC),
    page("sitemap.xml", finding.sitemap_xml, name="sitemap", roles=PUBLIC),
    page("institutions/", views.institutions_by_town, name="institutions", roles=PUBLIC),
    page("results/", results.listing, name="results", roles=PUBLIC),
    page("results/<int:pk>/", results.one, name="result", roles=PUBLIC),
    page("learn/", education.library, name="learn", roles=PUBLIC),
    page("learn/<slug:code>/", education.article, name="learn_one", roles=PUBLIC),
    page("learn/<slug:code>/print/", education.paper, name="learn_paper", roles=PUBLIC),
    page("stories/", education.stories, name="stories", roles=PUBLIC),
    page("stories/<int:pk>/", education.story, name="story", roles=PUBLIC),
    page("complain/", views.complain, name="complain", roles=PUBLIC),
    page("checking/", views.checking, name="checking", roles=PUBLIC),
    page("badge/", badge.page, name="badge", roles=PUBLIC),
    page("badge/check/", badge.check, name="badge_check", roles=PUBLIC),
    page("badge/sw.js", badge.worker, name="badge_worker", roles=PUBLIC),
    page("checking/verify.py", views.program, name="checking_program", roles=PUBLIC),
]
