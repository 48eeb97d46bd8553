"""Addresses of contracts, of credit rules and of the question what if."""

from django.urls import path

from accounts.views import contracts, what_if

urlpatterns = [
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/add/", contracts.contract_add, name="contract_add"),
    path("contracts/rules/add/", contracts.rules_add, name="rules_add"),
    path("contracts/rules/<int:pk>/", contracts.rules_change, name="rules_change"),
    path("contracts/rules/<int:pk>/delete/", contracts.rules_delete, name="rules_delete"),
    path("contracts/<int:pk>/", contracts.contract_detail, name="contract"),
    path("contracts/<int:pk>/change/", contracts.contract_change, name="contract_change"),
    path("contracts/<int:pk>/amend/", contracts.contract_amend, name="contract_amend"),
    path("contracts/<int:pk>/end/", contracts.contract_end, name="contract_end"),
    path("contracts/<int:pk>/delete/", contracts.contract_delete, name="contract_delete"),
    path("what-if/", what_if.compare, name="what_if"),
]
