"""A gRPC client for the tests, by .venv-engines' Python: each line of stdin is a call, a line of stdout its answer.

A call is JSON: `socket`, `method` ("/package.Service/Method"), `message` (hexadecimal digits). Its answer has a
`message`, or `code` (gRPC's name of it) and `details`. What the messages mean is the test's business.
"""

import json
import sys

import grpc

channels: dict[str, grpc.Channel] = {}


def answer(wish: dict[str, str]) -> dict[str, str]:
    channel = channels.setdefault(wish["socket"], grpc.insecure_channel(f"unix:{wish['socket']}"))
    try:
        call = channel.unary_unary(wish["method"])  # bytes in, bytes out
        return {"message": call(bytes.fromhex(wish["message"]), timeout=5, wait_for_ready=True).hex()}
    except grpc.RpcError as error:
        return {"code": error.code().name, "details": error.details()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)  # noqa: T201
