"""What RabbitMQ's definitions hold in place of passwords."""

import base64
import hashlib


def rabbitmq_password_hash(password, user):
    """As rabbit_password_hashing_sha256: salt of 4 bytes, then SHA-256 over salt and password.

    The salt follows from user and password, so that the same input is the same file: a second run changes nothing.
    """
    salt = hashlib.sha256(f"{user}\0{password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


class FilterModule:
    def filters(self):
        return {"rabbitmq_password_hash": rabbitmq_password_hash}
