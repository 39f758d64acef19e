"""Every address of the server. Pages name their place: `/console/<project id>/…`."""

from django.contrib import admin
from django.urls import include, path

from console.views import (
    access_keys,
    approvals,
    enterprise,
    errors,
    oidc,
    projects,
    roles,
    second_factor,
    service_users,
    trail,
    user_access,
    users,
)
from console.views.description import openapi
from console.views.duration import duration
from console.views.home import home, service_list
from console.views.password import password
from console.views.places import places
from console.views.preferences import preferences, shortcuts
from console.views.recent import confirm
from console.views.reference import reference
from console.views.second_step import SecondStep
from console.views.security import end_sessions, security
from console.views.session import SignIn, sign_out
from console.views.traces import traces
from console.views.zone import zone

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

console = [
    path("", home, name="home"),
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-in/second-factor", SecondStep.as_view(), name="second-factor"),
    path("sign-out", sign_out, name="sign-out"),
    path("api/openapi.json", openapi, name="openapi"),
    path("sign-in/oidc", oidc.to_provider, name="to-provider"),
    path("sign-in/oidc/callback", oidc.from_provider, name="from-provider"),
    path("confirm", confirm, name="confirm"),
    path("session", duration, name="session"),
    path("preferences", preferences, name="preferences"),
    path("console/<str:project_id>/services", service_list, name="services"),
    path("console/<str:project_id>/api", reference, name="reference"),
    path("console/<str:project_id>/traces", traces, name="traces"),
    path("console/<str:project_id>/traces.csv", trail.export, name="traces-csv"),
    path("console/<str:project_id>/traces/verify", trail.verify, name="verify-trail"),
    path("console/<str:project_id>/access-keys", access_keys.access_keys, name="access-keys"),
    path("console/<str:project_id>/access-keys/create", access_keys.create, name="create-access-key"),
    path("console/<str:project_id>/access-keys/csv", access_keys.as_csv, name="access-key-csv"),
    path("console/<str:project_id>/access-keys/<str:ak>/switch", access_keys.switch, name="switch-access-key"),
    path("console/<str:project_id>/access-keys/<str:ak>/delete", access_keys.delete, name="delete-access-key"),
    path("console/<str:project_id>/users", users.users, name="users"),
    path("console/<str:project_id>/users/create", users.create, name="create-user"),
    path("console/<str:project_id>/users/second-factor", users.require_factor, name="require-second-factor"),
    path("console/<str:project_id>/users/<str:user_id>", users.user, name="user"),
    path(
        "console/<str:project_id>/users/<str:user_id>/second-factor", users.disable_factor, name="disable-second-factor"
    ),
    path("console/<str:project_id>/users/<str:user_id>/password", users.give_password, name="user-password"),
    path("console/<str:project_id>/users/<str:user_id>/tokens/create", service_users.create_token, name="create-token"),
    path(
        "console/<str:project_id>/users/<str:user_id>/tokens/<str:token_id>/delete",
        service_users.delete_token,
        name="delete-token",
    ),
    path(
        "console/<str:project_id>/users/<str:user_id>/access-keys/create",
        service_users.create_access_key,
        name="create-service-access-key",
    ),
    path(
        "console/<str:project_id>/users/<str:user_id>/access-keys/<str:ak>/switch",
        service_users.switch_access_key,
        name="switch-service-access-key",
    ),
    path(
        "console/<str:project_id>/users/<str:user_id>/access-keys/<str:ak>/delete",
        service_users.delete_access_key,
        name="delete-service-access-key",
    ),
    path("console/<str:project_id>/users/<str:user_id>/proof", service_users.as_file, name="proof-file"),
    path("console/<str:project_id>/users/<str:user_id>/switch/<str:flag>", users.switch, name="switch-user"),
    path("console/<str:project_id>/users/<str:user_id>/roles/<int:role_id>/take", users.take_role, name="take-role"),
    path(
        "console/<str:project_id>/users/<str:user_id>/sessions/end", user_access.end_sessions, name="end-user-sessions"
    ),
    path("console/<str:project_id>/users/<str:user_id>/unlock", user_access.unlock, name="unlock-user"),
    path("console/<str:project_id>/users/<str:user_id>/link", user_access.link, name="link-user"),
    path(
        "console/<str:project_id>/users/<str:user_id>/link/<int:identity_id>/end",
        user_access.unlink,
        name="unlink-user",
    ),
    path("console/<str:project_id>/roles", roles.roles, name="roles"),
    path("console/<str:project_id>/roles/create", roles.create, name="create-role"),
    path("console/<str:project_id>/roles/<int:role_id>", roles.edit, name="role"),
    path("console/<str:project_id>/roles/<int:role_id>/delete", roles.delete, name="delete-role"),
    path("console/<str:project_id>/approvals", approvals.approvals, name="approvals"),
    path("console/<str:project_id>/approvals/switch", approvals.switch, name="switch-approval"),
    path("console/<str:project_id>/approvals/<str:request_id>/approve", approvals.approve, name="approve"),
    path("console/<str:project_id>/approvals/<str:request_id>/reject", approvals.reject, name="reject"),
    path("console/<str:project_id>/approvals/<str:request_id>/withdraw", approvals.withdraw, name="withdraw"),
    path("console/<str:project_id>/enterprise-projects", enterprise.enterprise_projects, name="enterprise-projects"),
    path("console/<str:project_id>/enterprise-projects/create", enterprise.create, name="create-enterprise-project"),
    path("console/<str:project_id>/enterprise-projects/<str:eps_id>", enterprise.edit, name="edit-enterprise-project"),
    path("console/<str:project_id>/projects", projects.projects, name="projects"),
    path("console/<str:project_id>/projects/create", projects.create, name="create-project"),
    path("console/<str:project_id>/projects/<str:other_id>", projects.describe, name="describe-project"),
    path("console/<str:project_id>/places", places, name="places"),
    path("console/<str:project_id>/time-zone", zone, name="time-zone"),
    path("console/<str:project_id>/shortcuts", shortcuts, name="shortcuts"),
    path("console/<str:project_id>/password", password, name="password"),
    path("console/<str:project_id>/security", security, name="security"),
    path("console/<str:project_id>/security/sessions/end", end_sessions, name="end-sessions"),
    path("console/<str:project_id>/security/authenticator", second_factor.authenticator, name="authenticator"),
    path(
        "console/<str:project_id>/security/authenticator/remove",
        second_factor.remove_authenticator,
        name="remove-authenticator",
    ),
    path("console/<str:project_id>/security/passkeys/add", second_factor.add_passkey, name="add-passkey"),
    path(
        "console/<str:project_id>/security/passkeys/<int:passkey_id>/remove",
        second_factor.remove_passkey,
        name="remove-passkey",
    ),
    path("console/<str:project_id>/security/recovery-codes", second_factor.recovery_codes, name="recovery-codes"),
    path(
        "console/<str:project_id>/security/recovery-codes/file",
        second_factor.recovery_codes_file,
        name="recovery-codes-file",
    ),
]

urlpatterns = [
    path("", include((console, "console"))),
    path("console/<str:project_id>/kms/", include("keys.urls")),
    path("admin/", admin.site.urls),
]
