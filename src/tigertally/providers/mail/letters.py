"""Letters as mail programs show them: plain text, and HTML for light and dark screens."""

import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from tigertally.clock import Clock
from tigertally.core.senders import Message
from tigertally.providers.mail.words import words_of

# No picture and no link: nothing is fetched when a letter is opened, and scanners find nothing to
# follow. Mail programs that know no dark mode show the light one.
_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{subject}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
  .page {{ background: #0f1412 !important; }}
  .card {{ background: #141a18 !important; border-color: #222a27 !important; }}
  .text {{ color: #e4ebe7 !important; }}
  .muted {{ color: #9aa8a2 !important; }}
  .site {{ color: #5cc0a6 !important; }}
  .code {{ background: #222a27 !important; color: #e4ebe7 !important; }}
}}
</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f6f5f1;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="page"
 style="background:#f6f5f1;"><tr><td align="center" style="padding:32px 16px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" class="card"
 style="max-width:480px;background:#ffffff;border:1px solid #e6e3da;border-radius:8px;">
<tr><td style="padding:32px;font-family:system-ui,-apple-system,'Segoe UI','PingFang SC',
'Microsoft YaHei',sans-serif;font-size:16px;line-height:1.6;">
<p class="site" style="margin:0 0 24px;color:#1f6b5a;font-weight:600;">{site}</p>
<h1 class="text" style="margin:0 0 16px;color:#1d2422;font-size:22px;line-height:1.4;">
{heading}</h1>
<p class="text" style="margin:0 0 24px;color:#1d2422;">{before}</p>
{code}<p class="muted" style="margin:0;color:#5a645f;font-size:14px;">{after}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
"""

_CODE: Final = """<p class="code" style="margin:0 0 24px;padding:16px;background:#f6f5f1;
color:#1d2422;border-radius:6px;text-align:center;font-family:ui-monospace,Menlo,Consolas,monospace;
font-size:32px;font-weight:600;letter-spacing:6px;">{code}</p>
"""


def make_letter(
    message: Message, *, to: Address, sender: Address, site: str, clock: Clock
) -> EmailMessage:
    """Return a letter that is ready to be sent. ``to`` is :func:`address_of` the target."""
    words = words_of(message.letter, message.locale)
    told = {"site": site, "minutes": str(message.minutes)}
    code = message.code.reveal()
    before, after = words.before.format(**told), words.after.format(**told)
    letter = EmailMessage(policy=SMTP)
    letter["From"] = sender
    letter["To"] = to
    letter["Subject"] = f"{words.subject} · {site}"
    letter["Date"] = format_datetime(clock.now())
    # The same each time it is tried: a second one is shown as the first, or not at all.
    letter["Message-ID"] = f"<{message.id}@{sender.domain}>"
    letter["Content-Language"] = message.locale
    # RFC 3834: absence notes stay away.
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content("\n\n".join(filter(None, [before, code and f"    {code}", after])) + "\n")
    parts = {"lang": message.locale, "subject": words.subject, "before": before, "after": after}
    escaped = {name: html.escape(text) for name, text in parts.items()}
    page = _PAGE.format(
        site=html.escape(site),
        heading=html.escape(words.heading.format(**told)),
        code=_CODE.format(code=html.escape(code)) if code else "",
        **escaped,
    )
    letter.add_alternative(page, subtype="html")
    return letter


def address_of(text: str) -> Address:
    """Return an address as letters name it. Raises ValueError where none can."""
    name, _, domain = text.rpartition("@")
    # Mail servers that know no international addresses still know the domain in ASCII.
    return Address(username=name, domain=domain.encode("idna").decode())
