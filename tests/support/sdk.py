"""The official SDK, unmodified: a client of one account, whose calls take their fields as keywords."""

import re
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkkms import v2

from tests.support.servers import Server


class Sdk:
    """`Sdk(...).encrypt_data(key_id=..., plain_text=...)` calls `KmsClient.encrypt_data` and returns its answer."""

    def __init__(self, server: Server, account: dict[str, Any], *, sk: str = "", project: str = "") -> None:
        key = account["access_key"]
        credentials = BasicCredentials(key["ak"], sk or key["sk"], project or account["projects"][0]["id"])
        self.client = v2.KmsClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()

    def __getattr__(self, method: str) -> Any:
        call = getattr(self.client, method)
        request = getattr(v2, re.findall(r"v2\.(\w+Request)`", call.__doc__)[0])
        body = request.openapi_types.get("body")

        def ask(**fields: Any) -> Any:
            named = {name: fields.pop(name) for name in request.openapi_types if name in fields}
            if body is not None:
                named["body"] = getattr(v2, body)(**fields)
            return call(request(**named))

        return ask

    def new_key(self, spec: str = "AES_256", **fields: Any) -> str:
        """The id of a new key; its alias is made of what is asked for."""
        alias = fields.pop("key_alias", f"{spec}-{len(self.list_keys(key_spec='ALL').keys)}")
        made: str = self.create_key(key_alias=alias, key_spec=spec, **fields).key_info.key_id
        return made

    def refusal(self, method: str, **fields: Any) -> tuple[int, str]:
        """Status and code with which a call is refused."""
        with pytest.raises(ClientRequestException) as refused:
            getattr(self, method)(**fields)
        assert re.fullmatch(r"[0-9a-f]{32}", refused.value.request_id)
        return refused.value.status_code, refused.value.error_code
