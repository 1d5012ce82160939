"""What letters say: in both languages, in text and HTML, and nothing that a stranger chose."""

from email.headerregistry import Address

import pytest

from tigertally.core.contacts import email_target
from tigertally.core.senders import Letter, Message
from tigertally.providers.mail.letters import address_of, make_letter
from tigertally.secret import Secret
from tigertally.testing import MovableClock

SENDER = Address("Tiger Tally", addr_spec="tally@example.com")
CODE = "314159"


def bodies(letter: Letter, locale: str, site: str = "example.com") -> tuple[str, str]:
    """Return the text and the page of a letter."""
    code = Secret("" if letter is Letter.PASSWORD_RESET else CODE)
    message = Message(
        id="m",
        to=email_target("lina@example.com"),
        letter=letter,
        locale=locale,
        code=code,
        minutes=5,
    )
    made = make_letter(
        message, to=address_of(message.to.value), sender=SENDER, site=site, clock=MovableClock()
    )
    text, page = made.get_body(("plain",)), made.get_body(("html",))
    assert text is not None
    assert page is not None
    return text.get_content(), page.get_content()


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("letter", Letter)
def test_both_forms_of_a_letter_say_the_same(letter: Letter, locale: str) -> None:
    text, page = bodies(letter, locale)
    assert f'lang="{locale}"' in page
    assert "{" not in text
    assert (CODE in text) is (CODE in page) is (letter is not Letter.PASSWORD_RESET)
    for line in text.splitlines():
        assert line.strip() in page.replace("&#x27;", "'")


@pytest.mark.parametrize("letter", Letter)
def test_a_letter_fetches_nothing_and_has_nothing_to_follow(letter: Letter) -> None:
    text, page = bodies(letter, "en")
    for told in (text, page):
        assert "http" not in told
        assert "src=" not in told
        assert "href" not in told
    assert "prefers-color-scheme: dark" in page


def test_the_name_of_the_site_is_text_and_no_markup() -> None:
    _, page = bodies(Letter.LOGIN_CODE, "en", site="<b>&")
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_an_address_with_a_chinese_domain_is_written_in_ascii() -> None:
    message = Message(
        id="m", to=email_target("lina@例子.公司"), letter=Letter.LOGIN_CODE, locale="zh-CN"
    )
    made = make_letter(
        message,
        to=address_of(message.to.value),
        sender=SENDER,
        site="example.com",
        clock=MovableClock(),
    )
    assert made["To"] == "lina@xn--fsqu00a.xn--55qx5d"
