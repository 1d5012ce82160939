"""SMS through stand-ins that check each signature, and what their answers mean."""

import traceback
from collections.abc import Callable

import pytest
from tests.integration.messages.letters import CODE, sms
from tests.integration.messages.sms_stand_in import KEY_ID, KEY_SECRET, SmsStandIn

from tigertally.clock import SystemClock
from tigertally.core.senders import Sender, Sent
from tigertally.errors import ProviderMisconfigured, ProviderUnavailable
from tigertally.providers.sms.aliyun import SMS, VERIFICATION, AliyunSms
from tigertally.providers.sms.gateway import GatewaySms
from tigertally.providers.sms.tencent import TencentSms
from tigertally.providers.upstream import Upstream
from tigertally.secret import Secret

SIGN, TEMPLATE = "虎符科技", "SMS_154950909"
Make = Callable[[str], Sender]


def aliyun(url: str, secret: str = KEY_SECRET) -> Sender:
    return AliyunSms(SMS, Upstream(url), KEY_ID, Secret(secret), SIGN, TEMPLATE, SystemClock())


def aliyun_verify(url: str, secret: str = KEY_SECRET) -> Sender:
    return AliyunSms(
        VERIFICATION, Upstream(url), KEY_ID, Secret(secret), SIGN, "100001", SystemClock()
    )


def tencent(url: str, secret: str = KEY_SECRET) -> Sender:
    return TencentSms(
        Upstream(url), KEY_ID, Secret(secret), SIGN, "1400006666", "449739", SystemClock()
    )


def gateway(url: str, secret: str = KEY_SECRET) -> Sender:
    return GatewaySms.at(
        f"{url}/sms/send", proxy=None, key_secret=Secret(secret), sign=SIGN, template=TEMPLATE,
        clock=SystemClock(),
    )  # fmt: skip


def tencents(code: str) -> dict[str, object]:
    """Return an answer of Tencent's about one number."""
    return {"Response": {"SendStatusSet": [{"Code": code, "Message": "+8613800138000"}]}}


def test_alibaba_cloud_gets_a_signed_request() -> None:
    with SmsStandIn(answer={"Code": "OK"}) as service:
        assert aliyun(service.url).send(sms()) is Sent.DONE
        assert service.received == [
            {
                "PhoneNumbers": "13800138000",
                "SignName": SIGN,
                "TemplateCode": TEMPLATE,
                "TemplateParam": f'{{"code": "{CODE}"}}',
            }
        ]
        aliyun(service.url).send(sms("+852 5123 4567"))
        assert service.received[1]["PhoneNumbers"] == "85251234567"


def test_alibaba_clouds_verification_gets_our_code_with_its_template() -> None:
    """https://help.aliyun.com/zh/pnvs/developer-reference/api-dypnsapi-2017-05-25-sendsmsverifycode."""
    with SmsStandIn(answer={"Code": "OK"}) as service:
        assert aliyun_verify(service.url).send(sms()) is Sent.DONE
        assert service.received == [
            {
                "PhoneNumber": "13800138000",
                "SignName": SIGN,
                "TemplateCode": "100001",
                "TemplateParam": f'{{"code": "{CODE}", "min": "5"}}',
            }
        ]


def test_tencent_cloud_gets_a_signed_request() -> None:
    with SmsStandIn(answer=tencents("Ok")) as service:
        assert tencent(service.url).send(sms()) is Sent.DONE
        assert service.received == [
            {
                "PhoneNumberSet": ["+8613800138000"],
                "SmsSdkAppId": "1400006666",
                "SignName": SIGN,
                "TemplateId": "449739",
                "TemplateParamSet": [CODE],
            }
        ]


def test_a_gateway_gets_a_signed_request_with_an_id_that_stays() -> None:
    message = sms()
    with SmsStandIn(status=204) as service:
        for _ in range(2):
            assert gateway(service.url).send(message) is Sent.DONE
        first, second = service.received
    assert first == second
    assert first == {
        "id": message.id,
        "phone": "+8613800138000",
        "code": CODE,
        "letter": "login_code",
        "locale": "zh-CN",
        "minutes": 5,
        "sign": SIGN,
        "template": TEMPLATE,
    }


@pytest.mark.parametrize("make", [aliyun, aliyun_verify, tencent, gateway])
def test_a_wrong_key_is_reported_to_the_operator(make: Callable[[str, str], Sender]) -> None:
    with SmsStandIn() as service:
        with pytest.raises(ProviderMisconfigured):
            make(service.url, "another").send(sms())
        assert service.received == []


@pytest.mark.parametrize(
    ("make", "status", "answer"),
    [
        (aliyun, 200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}),
        (aliyun_verify, 200, {"Code": "MOBILE_NUMBER_ILLEGAL"}),
        (tencent, 200, tencents("InvalidParameterValue.IncorrectPhoneNumber")),
        (tencent, 200, tencents("FailedOperation.PhoneNumberInBlacklist")),
        (gateway, 400, None),
        (gateway, 422, {"error": "no such number"}),
    ],
)
def test_a_number_that_cannot_be_reached_is_not_tried_again(
    make: Make, status: int, answer: object
) -> None:
    with SmsStandIn(status, answer) as service:
        assert make(service.url).send(sms()) is Sent.REFUSED


@pytest.mark.parametrize(
    ("make", "status", "answer"),
    [
        (aliyun, 200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}),
        (aliyun, 400, {"Code": "Throttling.User"}),
        (aliyun_verify, 200, {"Code": "biz.FREQUENCY"}),
        (aliyun_verify, 200, {"Code": "FREQUENCY_FAIL"}),
        (aliyun_verify, 200, {"Code": "BUSINESS_LIMIT_CONTROL"}),
        (aliyun, 200, {"Message": "no code"}),
        (aliyun, 200, ["no object"]),
        (aliyun, 200, None),
        (aliyun, 502, {"Code": "OK"}),
        (tencent, 200, tencents("LimitExceeded.PhoneNumberDailyLimit")),
        (tencent, 200, {"Response": {"Error": {"Code": "InternalError"}}}),
        (tencent, 200, {"Response": {"SendStatusSet": []}}),
        (tencent, 200, {"Response": {"SendStatusSet": "Ok"}}),
        (tencent, 500, tencents("Ok")),
        (gateway, 429, None),
        (gateway, 503, None),
    ],
)
def test_a_temporary_failure_keeps_the_message(make: Make, status: int, answer: object) -> None:
    with SmsStandIn(status, answer) as service, pytest.raises(ProviderUnavailable):
        make(service.url).send(sms())


@pytest.mark.parametrize(
    ("make", "status", "answer"),
    [
        (aliyun, 200, {"Code": "isv.AMOUNT_NOT_ENOUGH"}),
        (aliyun_verify, 200, {"Code": "FUNCTION_NOT_OPENED"}),
        (aliyun, 404, {"Code": "InvalidAccessKeyId.NotFound"}),
        (tencent, 200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure"}}}),
        (tencent, 200, tencents("FailedOperation.TemplateIncorrectOrUnapproved")),
        (gateway, 301, None),
        (gateway, 302, None),
        (gateway, 401, None),
        (gateway, 404, None),
    ],
)
def test_a_wrong_setting_is_reported_as_one(make: Make, status: int, answer: object) -> None:
    with SmsStandIn(status, answer) as service, pytest.raises(ProviderMisconfigured):
        make(service.url).send(sms())


def test_a_gateways_address_with_a_query_is_refused() -> None:
    with pytest.raises(ValueError, match="no query"):
        gateway("http://127.0.0.1/?to=")


@pytest.mark.parametrize("make", [AliyunSms, TencentSms])
@pytest.mark.parametrize("key_id", ["钥匙-314", "id-314\n"])
def test_a_key_that_no_header_can_carry_keeps_the_message(make: type, key_id: str) -> None:
    first, more = ([], ["1400006666"]) if make is TencentSms else ([SMS], [])
    with SmsStandIn() as service:
        sender = make(
            *first, Upstream(service.url), key_id, Secret(KEY_SECRET), SIGN, *more, TEMPLATE,
            SystemClock(),
        )  # fmt: skip
        with pytest.raises(ProviderUnavailable) as raised:
            sender.send(sms())
    assert "314" not in f"{raised.value!r}"
    assert raised.value.__context__ is None


@pytest.mark.parametrize("make", [aliyun, aliyun_verify, tencent, gateway])
def test_no_error_names_a_number_a_code_or_a_key(make: Make) -> None:
    shown = ""
    for status, answer in ((200, {"Code": "x"}), (500, None), (200, tencents("x"))):
        with SmsStandIn(status, answer) as service:
            try:
                make(service.url).send(sms())
            except (ProviderMisconfigured, ProviderUnavailable) as error:
                frames = traceback.StackSummary.extract(
                    traceback.walk_tb(error.__traceback__), capture_locals=True
                )
                shown += f"{error} {error.__cause__} {error.__context__}"
                shown += "".join(
                    f"{frame.locals}" for frame in frames if "/providers/" in frame.filename
                )
    assert shown or make is gateway
    assert "138000" not in shown
    assert CODE not in shown
    assert KEY_SECRET not in shown
