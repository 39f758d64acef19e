"""The addresses of the wire, below `/v1.0/<project id>/kms/`."""

from django.urls import path

from keys.api.views import call

urlpatterns = [path("<path:verb>", call)]
