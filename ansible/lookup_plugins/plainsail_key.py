"""An API key that is made when it is first asked for. See DOCUMENTATION."""

import os
import pathlib
import re
import secrets
import tempfile
import zlib

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: plainsail_key
short_description: API key of a Plainsail facade, from a file that is made at first use
description:
  - The key as the facade checks it (psk_<id>_<secret><CRC-32>), in a file of mode 0600 on the controller.
options:
  _terms: {description: Paths of the files., required: true}
"""

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = re.compile(r"psk_[0-9a-z]{12}_[0-9A-Za-z]{49}")


def checksum(body):
    value = zlib.crc32(body.encode("ascii"))
    letters = ""
    for _ in range(6):
        value, letter = divmod(value, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def fresh():
    public = "".join(secrets.choice(ALPHABET[:10] + ALPHABET[36:]) for _ in range(12))
    body = f"psk_{public}_" + "".join(secrets.choice(ALPHABET) for _ in range(43))
    return body + checksum(body)


def make(path):
    """Whole or not at all; where several ask at once, the first one's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(fresh() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
    finally:
        os.unlink(temporary)


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        keys = []
        for term in terms:
            path = pathlib.Path(term).expanduser()
            if not path.exists():
                make(path)
            key = path.read_text(encoding="ascii").strip()
            if not FORM.fullmatch(key) or checksum(key[:-6]) != key[-6:]:
                raise AnsibleLookupError(f"{path} holds no key (psk_…): delete it for a new one")
            keys.append(key)
        return keys
