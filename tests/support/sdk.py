"""The official SDK, unmodified: clients of one account, whose calls take their fields as keywords."""

import re
from types import ModuleType
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcts import v3 as cts
from huaweicloudsdkeps import v1 as eps
from huaweicloudsdkiam import v3 as iam
from huaweicloudsdkkms import v2

from tests.support.servers import Server

QUIET = ("ignore::DeprecationWarning", "ignore::ResourceWarning")


def quiet(item: pytest.Item) -> None:
    """Let a test pass over the SDK's own warnings."""
    for warning in QUIET:
        item.add_marker(pytest.mark.filterwarnings(warning))


class Service:
    """`Service(...).encrypt_data(key_id=..., plain_text=...)` calls the client's method and returns its answer."""

    def __init__(self, models: ModuleType, client: Any) -> None:
        self.models, self.client = models, client

    def __getattr__(self, method: str) -> Any:
        call = getattr(self.client, method)
        request = getattr(self.models, re.findall(r"v\d\.(\w+Request)`", call.__doc__)[0])
        body = request.openapi_types.get("body")

        def ask(**fields: Any) -> Any:
            named = {name: fields.pop(name) for name in request.openapi_types if name in fields}
            if body is not None:
                named["body"] = getattr(self.models, body)(**fields)
            return call(request(**named))

        return ask

    def refusal(self, method: str, **fields: Any) -> tuple[int, str]:
        """Status and code with which a call is refused."""
        with pytest.raises(ClientRequestException) as refused:
            getattr(self, method)(**fields)
        assert re.fullmatch(r"[0-9a-f]{32}", refused.value.request_id)
        return refused.value.status_code, refused.value.error_code


class Sdk(Service):
    """Key management, and beside it the neighbouring services of the same account."""

    def __init__(self, server: Server, account: dict[str, Any], *, sk: str = "", project: str = "") -> None:
        key = account["access_key"]
        self.server, self.ak, self.sk = server, key["ak"], sk or key["sk"]
        self.project = project or account["projects"][0]["id"]
        credentials = BasicCredentials(self.ak, self.sk, self.project)
        super().__init__(v2, self._client(v2.KmsClient, credentials))

    @property
    def eps(self) -> Service:
        """Enterprise projects."""
        return Service(eps, self._client(eps.EpsClient, self._of_the_account()))

    @property
    def iam(self) -> Service:
        """Identity."""
        return Service(iam, self._client(iam.IamClient, self._of_the_account()))

    @property
    def cts(self) -> Service:
        """Traces."""
        return Service(cts, self._client(cts.CtsClient, BasicCredentials(self.ak, self.sk, self.project)))

    def with_temporary(self, credential: Any) -> Service:
        """Key management with a temporary access key and its token."""
        credentials = BasicCredentials(credential.access, credential.secret, self.project)
        return Service(v2, self._client(v2.KmsClient, credentials.with_security_token(credential.securitytoken)))

    def _of_the_account(self) -> GlobalCredentials:
        return GlobalCredentials(self.ak, self.sk).with_iam_endpoint(self.server.url)

    def _client(self, kind: Any, credentials: Any) -> Any:
        return kind.new_builder().with_credentials(credentials).with_endpoint(self.server.url).build()

    def new_key(self, spec: str = "AES_256", **fields: Any) -> str:
        """The id of a new key; its alias is made of what is asked for."""
        alias = fields.pop("key_alias", f"{spec}-{len(self.list_keys(key_spec='ALL').keys)}")
        made: str = self.create_key(key_alias=alias, key_spec=spec, **fields).key_info.key_id
        return made
