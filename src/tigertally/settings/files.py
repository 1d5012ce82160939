"""Files of users: where they are stored, and how many there may be."""

import re
from typing import Annotated, ClassVar
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, Field

from tigertally.settings.values import Subject, setting


def _bucket_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "s3" or not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,62}", parts.netloc):
        raise ValueError("must be like s3://bucket/prefix?endpoint=https://s3.example.com")
    query = parse_qs(parts.query, keep_blank_values=True)
    if parts.fragment:
        raise ValueError("must write `#` in the prefix as `%23`")
    if query.keys() - {"endpoint", "region"}:
        raise ValueError(
            "may carry only `endpoint` and `region`; credentials come from boto3's own"
        )
    if not all(urlsplit(each).hostname for each in query.get("endpoint", ())):
        raise ValueError("must name a whole address as its endpoint, like https://s3.example.com")
    return text


class FileSettings(Subject):
    """Bucket, quota and rate."""

    title: ClassVar[tuple[str, str]] = ("Files", "文件")

    files_url: Annotated[str, AfterValidator(_bucket_url)] | None = setting(
        None,
        "Bucket for files, as `s3://bucket/prefix?endpoint=…&region=…` (needs `tigertally[s3]`); "
        "by default a folder in the data directory.",
        "存放文件的存储桶，写作 `s3://bucket/prefix?endpoint=…&region=…`（需要安装 "
        "`tigertally[s3]`）；默认使用数据目录中的文件夹。",
    )
    files_quota: Annotated[int, Field(ge=0, le=2**50)] = setting(
        209_715_200,
        "How many bytes the files of one user may have in all, thumbnails included.",
        "每个用户的文件总共可以占用多少字节，包括缩略图。",
    )
    uploads_per_minute: Annotated[int, Field(ge=1, le=1000)] = setting(
        60,
        "How many files one user may upload within a minute; then none for a minute.",
        "每个用户一分钟内可以上传多少个文件；超出后一分钟内不能再上传。",
    )
