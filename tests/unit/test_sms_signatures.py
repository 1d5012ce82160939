"""The signature examples that the vendors publish, byte for byte."""

from tigertally.providers.sms import aliyun, gateway, tencent
from tigertally.secret import Secret

NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_alibaba_clouds_example_of_its_signature() -> None:
    """https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature."""
    query = aliyun.query_text(
        {
            "RegionId": "cn-shanghai",
            "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
        }
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": NOTHING,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    assert aliyun.authorization(
        headers, query, key_id="YourAccessKeyId", key_secret=Secret("YourAccessKeySecret")
    ) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_alibaba_clouds_encoding_of_queries() -> None:
    """RFC 3986: a blank is %20, a tilde stays, all else is encoded."""
    query = aliyun.query_text({"b": '{"code": "1"}', "a": "~ *+/阿"})
    assert query == "a=~%20%2A%2B%2F%E9%98%BF&b=%7B%22code%22%3A%20%221%22%7D"


def test_tencent_clouds_example_of_its_signature() -> None:
    """https://cloud.tencent.com/document/api/213/30654."""
    content = (
        '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
    }
    assert tencent.authorization(
        headers,
        content,
        at=1551113065,
        service="cvm",
        key_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        key_secret=Secret("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"),
    ) == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/"
        "tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )


def test_our_own_signature_for_gateways() -> None:
    """Computed by ``printf '1700000000.{}' | openssl dgst -sha256 -hmac swordfish``."""
    assert gateway.signature("{}", at=1_700_000_000, key_secret=Secret("swordfish")) == (
        "t=1700000000,v1=5a64dfe949eac45d01aee3b0b6d5328a7bcd1554ae39b55693172fc02dd57c75"
    )
