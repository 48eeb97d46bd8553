from django.urls import path, re_path

from blog import feeds
from blog.shown import LEGAL, STAGES
from blog.views import cards, glossary, pages, posts, resources, stages

app_name = "blog"

urlpatterns = [
    re_path(rf"^(?P<slug>{'|'.join(STAGES)})/$", stages.stage, name="stage"),
    path("medical-students/quiz/", stages.quiz_question, name="quiz"),
    re_path(rf"^(?P<slug>{'|'.join(LEGAL)})/$", pages.legal, name="legal"),
    path("glossary/", glossary.glossary, name="glossary"),
    path("glossary/<slug:slug>/", glossary.term, name="term"),
    path("resources/", resources.hub, name="resources"),
    path("resources/<slug:slug>/", resources.resource, name="resource"),
    path("resources/conversion-factors.csv", resources.factors_csv, name="factors_csv"),
    path("resources/localities.csv", resources.localities_csv, name="localities_csv"),
    path("resources/glossary.csv", resources.glossary_csv, name="glossary_csv"),
    path("cards/site.png", cards.site_card, name="site_card"),
    path("cards/blog/<slug:slug>.png", cards.post_card, name="card"),
    path("blog/", posts.post_list, name="list"),
    path("blog/feed/", feeds.feed, name="feed"),
    path("blog/feed/rss/", feeds.rss, name="rss"),
    re_path(r"^blog/(?P<year>[0-9]{4})/(?P<month>[1-9]|1[0-2])/$", posts.archive, name="archive"),
    path("blog/<slug:slug>/", posts.post, name="post"),
    path("support/", pages.support, name="support"),
    path("support/<slug:slug>/", pages.article, name="article"),
    path("corrections/", pages.corrections, name="corrections"),
    path("corrections/report/", pages.report, name="report"),
    path("corrections/report/thanks/", pages.thanks, name="thanks"),
]
