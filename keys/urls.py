"""The addresses of key management, below `/console/<project id>/kms/`."""

from django.urls import path

from console.models import Service
from keys.views import (
    aliases,
    batch,
    columns,
    creation,
    details,
    grants,
    home,
    importing,
    key_traces,
    lifecycle,
    mounts,
    protection,
    public_key,
    rotation,
    services,
    tags,
    usage,
    used_by,
)
from keys.views.export import export
from keys.views.listing import default_keys, listing
from keys.views.tool import pages as tool

app_name = "keys"
urlpatterns = [
    path("keys", listing, name="list"),
    path("keys.csv", export, name="export"),
    path("home", home.home, name="home"),
    path("usage", usage.usage, name="usage"),
    path("usage.csv", usage.export, name="usage-csv"),
    path("services/rds", services.databases, name="service-rds"),
    *(
        path(f"services/{one}", services.service, {"service": one}, name=f"service-{one}")
        for one in Service
        if one is not Service.RDS
    ),
    *(path(f"services/{one}/check", services.check, {"service": one}, name=f"service-{one}-check") for one in Service),
    path("mounts/create", mounts.create, name="create-mount"),
    path("mounts/<int:mount_id>/keys/create", mounts.create_key, name="create-mount-key"),
    path("mounts/<int:mount_id>/keys/<int:number>/rotate", mounts.rotate_key, name="rotate-mount-key"),
    path("service-users/create", services.create_service_user, name="create-service-user"),
    path("columns", columns.columns, name="columns"),
    path("batch/<str:act>", batch.batch, name="batch"),
    path("default-keys", default_keys, name="default-keys"),
    path("keys/create", creation.create, name="create"),
    path("keys/create/check", creation.check_field, name="check"),
    path("keys/create/usages", creation.usages, name="usages"),
    path("keys/create/tag-values", creation.tag_values, name="tag-values"),
    path("keys/<uuid:key_id>", details.details, name="details"),
    path("keys/<uuid:key_id>/alias", details.edit, {"field": "alias"}, name="edit-alias"),
    path("keys/<uuid:key_id>/description", details.edit, {"field": "description"}, name="edit-description"),
    path("keys/<uuid:key_id>/enable", lifecycle.enable, name="enable"),
    path("keys/<uuid:key_id>/disable", lifecycle.disable, name="disable"),
    path("keys/<uuid:key_id>/delete", lifecycle.delete, name="delete"),
    path("keys/<uuid:key_id>/cancel-deletion", lifecycle.cancel_deletion, name="cancel-deletion"),
    path("keys/<uuid:key_id>/protect", protection.protect, name="protect"),
    path("keys/<uuid:key_id>/unprotect", protection.unprotect, name="unprotect"),
    path("keys/<uuid:key_id>/import", importing.wizard, name="import"),
    path("keys/<uuid:key_id>/import/material", importing.upload, name="import-material"),
    path("keys/<uuid:key_id>/import/files/<str:name>", importing.download, name="import-file"),
    path("keys/<uuid:key_id>/material/delete", importing.delete_material, name="delete-material"),
    path("keys/<uuid:key_id>/tool", tool.tool, name="tool"),
    path("keys/<uuid:key_id>/tool/<str:act>", tool.act, name="tool-act"),
    path("keys/<uuid:key_id>/rotation", rotation.rotation, name="rotation"),
    path("keys/<uuid:key_id>/aliases", aliases.aliases, name="aliases"),
    path("keys/<uuid:key_id>/aliases/delete", aliases.delete_alias, name="delete-alias"),
    path("keys/<uuid:key_id>/traces", key_traces.key_traces, name="traces"),
    path("keys/<uuid:key_id>/used-by", used_by.used_by, name="used-by"),
    path("keys/<uuid:key_id>/public-key", public_key.public_key, name="public-key"),
    path("keys/<uuid:key_id>/public-key.pem", public_key.download, {"form": "pem"}, name="public-key-pem"),
    path("keys/<uuid:key_id>/public-key.der", public_key.download, {"form": "der"}, name="public-key-der"),
    path("keys/<uuid:key_id>/tags", tags.tags, name="tags"),
    path("keys/<uuid:key_id>/tags/delete", tags.delete_tag, name="delete-tag"),
    path("keys/<uuid:key_id>/grants", grants.grants, name="grants"),
    path("keys/<uuid:key_id>/grants/create", grants.create, name="create-grant"),
    path("keys/<uuid:key_id>/grants/<str:grant_id>/revoke", grants.revoke, name="revoke-grant"),
    path("keys/<uuid:key_id>/access", grants.access, name="access"),
]
