"""Addresses of the log: quick entry, the list, imports, and what it needs without a network."""

from django.urls import path

from accounts.views import (
    custom_codes,
    log,
    log_import,
    offline,
    places_of_work,
    procedures,
    undoing,
)

urlpatterns = [
    path("log/", log.log, name="log"),
    path("log/suggestions/", log.suggestions, name="log_suggestions"),
    path("log/undo/", undoing.undo, name="undo"),
    path("log/send/", offline.send, name="log_send"),
    path("log/token/", offline.token, name="log_token"),
    path("log/shell/", offline.shell, name="log_shell"),
    path("log-worker.js", offline.worker, name="log_worker"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("procedures/", procedures.procedures, name="procedures"),
    path("procedures/change/", procedures.procedures_change, name="procedures_change"),
    path("procedures/recalculate/", procedures.recalculate, name="recalculate"),
    path("procedures/import/", log_import.log_import, name="log_import"),
    path("procedures/import/columns/", log_import.log_import_columns, name="log_import_columns"),
    path("procedures/<int:pk>/", procedures.procedure, name="procedure"),
    path("procedures/<int:pk>/change/", procedures.procedure_change, name="procedure_change"),
    path("procedures/<int:pk>/delete/", procedures.procedure_delete, name="procedure_delete"),
    path("custom-codes/", custom_codes.custom_codes, name="custom_codes"),
    path("custom-codes/add/", custom_codes.custom_code_add, name="custom_code_add"),
    path("custom-codes/<int:pk>/", custom_codes.custom_code_change, name="custom_code_change"),
    path("sites/", places_of_work.sites, name="sites"),
    path("sites/add/", places_of_work.site_add, name="site_add"),
    path("sites/<int:pk>/", places_of_work.site_change, name="site_change"),
]
