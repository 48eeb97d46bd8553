from django.urls import path, re_path

from blog import feeds
from blog.shown import LEGAL, STAGES
from blog.views import glossary, pages, resources, stages

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
    path("blog/", pages.post_list, name="list"),
    path("blog/feed/", feeds.feed, name="feed"),
    path("blog/<slug:slug>/", pages.post, name="post"),
    path("support/", pages.support, name="support"),
    path("support/<slug:slug>/", pages.article, name="article"),
    path("corrections/", pages.corrections, name="corrections"),
    path("corrections/report/", pages.report, name="report"),
    path("corrections/report/thanks/", pages.thanks, name="thanks"),
]
