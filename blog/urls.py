from django.urls import path, re_path

from blog import feeds, views
from blog.shown import STAGES

app_name = "blog"

urlpatterns = [
    re_path(rf"^(?P<slug>{'|'.join(STAGES)})/$", views.stage, name="stage"),
    path("resources/", views.resource_list, name="resources"),
    path("resources/<slug:slug>/", views.resource, name="resource"),
    path("blog/", views.post_list, name="list"),
    path("blog/feed/", feeds.feed, name="feed"),
    path("blog/<slug:slug>/", views.post, name="post"),
    path("support/", views.support, name="support"),
    path("support/<slug:slug>/", views.article, name="article"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/report/", views.report, name="report"),
    path("corrections/report/thanks/", views.thanks, name="thanks"),
]
