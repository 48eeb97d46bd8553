"""Addresses of benchmarks and of a person's own surveys."""

from django.urls import path

from accounts.views import benchmarks

urlpatterns = [
    path("benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("benchmarks/surveys/", benchmarks.surveys, name="surveys"),
    path("benchmarks/surveys/csv/", benchmarks.surveys_csv, name="surveys_csv"),
    path("benchmarks/surveys/keep/", benchmarks.survey_keep, name="survey_keep"),
    path("benchmarks/surveys/new/", benchmarks.survey_edit, name="survey_new"),
    path("benchmarks/surveys/<int:pk>/", benchmarks.survey_edit, name="survey_edit"),
    path("benchmarks/surveys/<int:pk>/remove/", benchmarks.survey_remove, name="survey_remove"),
]
