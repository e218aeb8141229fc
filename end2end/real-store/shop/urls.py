"""Storefront and dashboard as Oscar has them, beside Django's own admin pages."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from storetrail_bridge import operations

urlpatterns = [
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("storetrail/operations/", operations.apply),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
