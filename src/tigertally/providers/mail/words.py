"""The words of letters, in both languages. Each was written in its language, not translated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tigertally.core.senders import Letter


@dataclass(frozen=True, slots=True)
class Words:
    """A letter: ``{site}`` is the name of the site, ``{minutes}`` how long its code is good."""

    subject: str
    heading: str
    before: str
    after: str


ENGLISH: Final[Mapping[Letter, Words]] = {
    Letter.LOGIN_CODE: Words(
        "Your sign-in code",
        "Sign in to {site}",
        "Enter this code on the page where you asked for it:",
        "It works once, and for {minutes} minutes. Tell it to nobody: nobody from {site} will ask "
        "you for it. If you did not ask for a code, you need not do anything.",
    ),
    Letter.RESET_CODE: Words(
        "Reset your password",
        "Choose a new password for {site}",
        "Enter this code on the page where you asked for it:",
        "It works once, and for {minutes} minutes. After that, all your devices are signed out. "
        "Tell the code to nobody. If you did not ask for it, your password stays as it is.",
    ),
    Letter.VERIFY_CODE: Words(
        "Confirm your email address",
        "Is this your address?",
        "Enter this code to confirm it for your account at {site}:",
        "It works once, and for {minutes} minutes. If you have no account at {site}, somebody "
        "mistyped their address, and you need not do anything.",
    ),
    Letter.REGISTER_CODE: Words(
        "Your code for {site}",
        "Welcome to {site}",
        "Enter this code on the page where you asked for it:",
        "It works once, and for {minutes} minutes. If you have no account yet, it makes one; "
        "otherwise it signs you in. Tell it to nobody. If you did not ask for it, you need not do "
        "anything.",
    ),
    Letter.REAUTHENTICATE_CODE: Words(
        "Confirm that it is you",
        "Is it you?",
        "Enter this code at {site} to confirm that it is you:",
        "It works once, and for {minutes} minutes. Tell it to nobody. If you did not ask for it, "
        "somebody is at a device where you are signed in: look at your devices in the security "
        "settings.",
    ),
    Letter.PASSWORD_RESET: Words(
        "Your password was changed",
        "Your password was changed",
        "The password of your account at {site} was replaced by a code that went to a verified "
        "address or number of yours. All devices were signed out.",
        "If it was not you, reset the password again at once, and look at your addresses and "
        "devices in the security settings.",
    ),
}

CHINESE: Final[Mapping[Letter, Words]] = {
    Letter.LOGIN_CODE: Words(
        "登录验证码",
        "登录{site}",
        "请在登录页面输入以下验证码：",
        "{minutes} 分钟内有效，仅可使用一次。请勿告诉任何人，{site}的工作人员也不会向您索要。"
        "如果不是您本人操作，忽略本邮件即可。",
    ),
    Letter.RESET_CODE: Words(
        "重置密码",
        "为{site}设置新密码",
        "请在重置密码的页面输入以下验证码：",
        "{minutes} 分钟内有效，仅可使用一次。密码重置后，所有设备都会退出登录。"
        "请勿将验证码告诉任何人。如果不是您本人操作，请忽略本邮件，您的密码不会改变。",
    ),
    Letter.VERIFY_CODE: Words(
        "验证您的邮箱",
        "这是您的邮箱吗？",
        "请输入以下验证码，为您在{site}的账号确认这个邮箱：",
        "{minutes} 分钟内有效，仅可使用一次。如果您没有{site}的账号，可能是别人填错了邮箱，"
        "忽略本邮件即可。",
    ),
    Letter.REGISTER_CODE: Words(
        "{site}验证码",
        "欢迎使用{site}",
        "请在页面中输入以下验证码：",
        "{minutes} 分钟内有效，仅可使用一次。还没有账号时会自动注册，已有账号则直接登录。"
        "请勿告诉任何人。如果不是您本人操作，忽略本邮件即可。",
    ),
    Letter.REAUTHENTICATE_CODE: Words(
        "请确认是您本人",
        "是您本人在操作吗？",
        "请在{site}输入以下验证码，确认是您本人：",
        "{minutes} 分钟内有效，仅可使用一次。请勿告诉任何人。如果不是您本人操作，"
        "说明有人正在使用您已登录的设备，请到安全设置中检查登录设备。",
    ),
    Letter.PASSWORD_RESET: Words(
        "您的密码已修改",
        "您的密码已修改",
        "您在{site}的账号已通过验证码重置密码，所有设备都已退出登录。",
        "如果不是您本人操作，请立即再次重置密码，并在安全设置中检查邮箱、手机号和登录设备。",
    ),
}


def words_of(letter: Letter, locale: str) -> Words:
    """Return the words of a letter in the language of its reader."""
    return (CHINESE if locale.startswith("zh") else ENGLISH)[letter]
