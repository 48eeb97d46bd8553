"""Addresses of tracked codes and of sets."""

from django.urls import path

from accounts.views import sets, tracked

urlpatterns = [
    path("track/<str:hcpcs>/", tracked.track, name="track"),
    path("tracked/", tracked.tracked, name="tracked"),
    path("tracked/csv/", tracked.as_csv, name="tracked_csv"),
    path("tracked/undo/", tracked.undo, name="tracked_undo"),
    path("tracked/mails/", tracked.mails, name="tracked_mails"),
    path("tracked/mails/<str:token>/", tracked.stop_mails, name="stop_mails"),
    path("tracked/<int:pk>/", tracked.edit, name="tracked_edit"),
    path("tracked/<int:pk>/move/", tracked.move, name="tracked_move"),
    path("tracked/<int:pk>/favorite/", tracked.favorite, name="tracked_favorite"),
    path("tracked/<int:pk>/remove/", tracked.remove, name="tracked_remove"),
    path("sets/", sets.code_sets, name="sets"),
    path("sets/new/", sets.edit, name="set_new"),
    path("sets/csv/", sets.as_csv, name="sets_csv"),
    path("sets/undo/", sets.undo, name="set_undo"),
    path("sets/<int:pk>/", sets.edit, name="set_edit"),
    path("sets/<int:pk>/move/", sets.move, name="set_move"),
    path("sets/<int:pk>/remove/", sets.remove, name="set_remove"),
]
