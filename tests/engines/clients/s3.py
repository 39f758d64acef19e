"""An object store by boto3."""

import hashlib
import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

from tests.engines.clients.answering import answer_all

MEGABYTE = 1 << 20
s3 = boto3.client(
    "s3",
    endpoint_url=os.environ["STORE"],
    aws_access_key_id=os.environ["STORE_AK"],
    aws_secret_access_key=os.environ["STORE_SK"],
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
)


def encryption(key: str | None) -> dict[str, str]:
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}


def make_bucket(*, bucket: str) -> None:
    s3.create_bucket(Bucket=bucket)


def put(*, bucket: str, name: str, text: str, key: str | None = None) -> dict[str, Any]:
    """What the answer says of the encryption."""
    answer = s3.put_object(Bucket=bucket, Key=name, Body=text.encode(), **encryption(key))
    return {name: answer.get(name) for name in ("ServerSideEncryption", "SSEKMSKeyId")}


def get(*, bucket: str, name: str) -> str:
    return str(s3.get_object(Bucket=bucket, Key=name)["Body"].read().decode())


def put_and_get_many(*, bucket: str, name: str, number: int, key: str) -> list[str]:
    """What comes back of so many objects, eight at a time."""

    def one(place: int) -> str:
        put(bucket=bucket, name=f"{name}-{place}", text=f"text {place}", key=key)
        return get(bucket=bucket, name=f"{name}-{place}")

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(one, range(number)))


def copy(*, bucket: str, name: str, to: str, key: str) -> str | None:
    """Which key the answer names."""
    source = {"Bucket": bucket, "Key": name}
    key_id: str | None = s3.copy_object(Bucket=bucket, Key=to, CopySource=source, **encryption(key)).get("SSEKMSKeyId")
    return key_id


def upload_in_parts(*, bucket: str, name: str, megabytes: int, key: str) -> str:
    """The SHA-256 of what was uploaded, in parts of 5 MB."""
    content = os.urandom(megabytes * MEGABYTE)
    config = TransferConfig(multipart_threshold=5 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
    s3.upload_fileobj(io.BytesIO(content), bucket, name, ExtraArgs=encryption(key), Config=config)
    return hashlib.sha256(content).hexdigest()


def download(*, bucket: str, name: str) -> str:
    """The SHA-256 of what was downloaded."""
    content = io.BytesIO()
    s3.download_fileobj(bucket, name, content)
    return hashlib.sha256(content.getvalue()).hexdigest()


def milliseconds(*, bucket: str, length: int, number: int, key: str) -> dict[str, list[float]]:
    """How long each of so many uploads and downloads of an object took."""
    content = os.urandom(length)
    times: dict[str, list[float]] = {"put": [], "get": []}
    for _ in range(number):
        begun = time.perf_counter()
        s3.put_object(Bucket=bucket, Key="timed", Body=content, **encryption(key))
        between = time.perf_counter()
        s3.get_object(Bucket=bucket, Key="timed")["Body"].read()
        times["put"].append((between - begun) * 1000)
        times["get"].append((time.perf_counter() - between) * 1000)
    return times


if __name__ == "__main__":
    answer_all(make_bucket, put, get, put_and_get_many, copy, upload_in_parts, download, milliseconds)
