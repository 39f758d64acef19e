"""The addresses of key management, below `/console/<project id>/kms/`."""

from django.urls import path

from keys.views import creation, details
from keys.views.listing import listing

app_name = "keys"
urlpatterns = [
    path("keys", listing, name="list"),
    path("keys/create", creation.create, name="create"),
    path("keys/create/check", creation.check_field, name="check"),
    path("keys/create/usages", creation.usages, name="usages"),
    path("keys/create/tag-values", creation.tag_values, name="tag-values"),
    path("keys/<uuid:key_id>", details.details, name="details"),
    path("keys/<uuid:key_id>/alias", details.edit, {"field": "alias"}, name="edit-alias"),
    path("keys/<uuid:key_id>/description", details.edit, {"field": "description"}, name="edit-description"),
    path("keys/<uuid:key_id>/tags", details.add_tag, name="add-tag"),
    path("keys/<uuid:key_id>/tags/delete", details.delete_tag, name="delete-tag"),
]
