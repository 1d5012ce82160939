"""Postfix: a mail server as operators run it, with STARTTLS on one port and TLS on another."""

import os
import pwd
import smtplib
from collections.abc import Sequence
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.servers.certificates import make_certificate
from tests.servers.places import free_port
from tests.servers.programs import program
from tests.servers.server import Server

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.example.com
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_base = {folder}
virtual_mailbox_maps = inline:{{ lina@example.com=inbox/, xn--fsqu00a@example.com=inbox/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_chain_files = {folder}/privkey.pem, {folder}/fullchain.pem
smtpd_tls_security_level = {security}
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
"""


class Postfix(Server):
    """Takes letters to ``lina@example.com`` and refuses all others."""

    def __init__(self, *, starttls: bool = True) -> None:
        if os.geteuid() != 0:
            pytest.skip("Postfix starts as root only")
        super().__init__("postfix")
        self.folder.chmod(0o755)
        self.tls_port = free_port()
        self.certificate = make_certificate(self.folder)
        owner = pwd.getpwnam("nobody")
        (self.folder / "inbox").mkdir()
        os.chown(self.folder / "inbox", owner.pw_uid, owner.pw_gid)
        program("postfix")
        config = self.folder / "config"
        for folder in (config, self.folder / "queue", self.folder / "data"):
            folder.mkdir()
            folder.chmod(0o755)
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        security = "may" if starttls else "none"
        (config / "main.cf").write_text(
            _MAIN.format(folder=self.folder, uid=owner.pw_uid, gid=owner.pw_gid, security=security)
        )
        (config / "master.cf").write_text(_MASTER.format(port=self.port, tls_port=self.tls_port))

    def command(self) -> Sequence[str]:
        """Return how it is started."""
        return [program("postfix"), "-c", str(self.folder / "config"), "start-fg"]

    def check(self) -> None:
        """Raise while it does not answer."""
        smtplib.SMTP("127.0.0.1", self.port, timeout=30).quit()

    def letters(self) -> list[EmailMessage]:
        """Return what arrived."""
        found = []
        for path in sorted((self.folder / "inbox").glob("new/*")):
            with suppress(FileNotFoundError):
                found.append(_letter(path))
        return found


def _letter(path: Path) -> EmailMessage:
    letter = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    return letter
