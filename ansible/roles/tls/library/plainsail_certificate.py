#!/usr/bin/python3
"""A certificate from an authority of the cluster's own. See DOCUMENTATION."""

import fcntl
import ipaddress
import os
import pathlib
import re
import subprocess
import tempfile

DOCUMENTATION = """
module: plainsail_certificate
short_description: Certificate and key of a host, from an authority of the cluster's own
description:
  - Makes the authority (ca.key, ca.crt) and a host's certificate (<name>.key, <name>.crt) in a directory, by openssl.
  - Makes a new certificate if there is none, if it ends soon, if its names are others, or if it is another authority's.
  - For the controller; several hosts may ask at once.
options:
  directory: {type: path, required: true, description: Where they are kept, for its owner's eyes alone.}
  name: {type: str, required: true, description: The host.}
  names: {type: list, elements: str, required: true, description: Its names and addresses.}
  days: {type: int, default: 365, description: How long a certificate is good.}
  renew_days: {type: int, default: 60, description: One that is good for fewer days is made anew.}
  authority_days: {type: int, default: 3650, description: How long a new authority is good.}
  renew: {type: bool, default: false, description: Make it anew in any case.}
"""

NAME = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.-]*")


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return done.stdout


def holds(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False).returncode == 0


def new_key(path):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)


def place(made, place_of):
    """The key first: a certificate is there when both are."""
    for source, target in zip(made, place_of):
        with open(source, "rb") as file:
            os.fsync(file.fileno())
        os.replace(source, target)


def make_authority(directory, work, days):
    new_key(work / "ca.key")
    openssl(
        "req", "-x509", "-new", "-sha256", "-key", work / "ca.key", "-out", work / "ca.crt", "-days", days,
        "-subj", "/O=Plainsail/CN=Plainsail cluster authority", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )
    place((work / "ca.key", work / "ca.crt"), (directory / "ca.key", directory / "ca.crt"))


def address(name):
    """The address, written out; None if it is none."""
    try:
        return ipaddress.ip_address(name).exploded
    except ValueError:
        return None


def alternative_names(names):
    return sorted({f"IP:{address(name)}" if address(name) else f"DNS:{name}" for name in names})


def names_of(certificate):
    text = openssl("x509", "-in", certificate, "-noout", "-ext", "subjectAltName")
    kinds = [part.strip().split(":", 1) for line in text.splitlines()[1:] for part in line.split(",")]
    # openssl writes an IPv6 address with all its groups, each without leading zeros.
    return sorted(f"IP:{address(name)}" if kind == "IP Address" else f"{kind}:{name}" for kind, name in kinds)


def reason_for_a_new_one(directory, name, names, renew_days, renew):
    """Why the certificate that is there will not do; None if it will."""
    certificate, key, authority = directory / f"{name}.crt", directory / f"{name}.key", directory / "ca.crt"
    if not certificate.exists() or not key.exists():
        return "there was none"
    if renew:
        return "a new one was asked for"
    if not holds("x509", "-in", certificate, "-noout", "-checkend", renew_days * 86400):
        return f"it was good for less than {renew_days} days"
    if names_of(certificate) != alternative_names(names):
        return "its names were others"
    if not holds("verify", "-no-CApath", "-no-CAstore", "-CAfile", authority, certificate):
        return "it was another authority's"
    if openssl("x509", "-in", certificate, "-noout", "-pubkey") != openssl("pkey", "-in", key, "-pubout"):
        return "its key was another"
    return None


def make_certificate(directory, work, name, names, days):
    key, request, certificate, extensions = (work / f"host.{end}" for end in ("key", "csr", "crt", "ext"))
    new_key(key)
    openssl("req", "-new", "-sha256", "-key", key, "-subj", f"/O=Plainsail/CN={name}", "-out", request)
    extensions.write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        f"subjectAltName={','.join(alternative_names(names))}\n",
        encoding="ascii",
    )
    openssl(
        "x509", "-req", "-sha256", "-in", request, "-CA", directory / "ca.crt", "-CAkey", directory / "ca.key",
        "-set_serial", f"0x{os.urandom(16).hex()}", "-days", days, "-extfile", extensions, "-out", certificate,
    )
    place((key, certificate), (directory / f"{name}.key", directory / f"{name}.crt"))


def ensure(directory, name, names, days=365, renew_days=60, authority_days=3650, renew=False, check=False):
    """What has been done, or would be: a list, empty if all is there."""
    wrong = [given for given in [name, *names] if not NAME.fullmatch(given) and not address(given)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is neither a host's name nor an address")
    if days <= renew_days:
        raise ValueError(f"days is {days}: it must be more than renew_days, {renew_days}")
    directory = pathlib.Path(directory).expanduser()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(directory / ".lock", "w", encoding="ascii") as lock, tempfile.TemporaryDirectory(dir=directory) as work:
        fcntl.flock(lock, fcntl.LOCK_EX)
        work, done = pathlib.Path(work), []
        if (directory / "ca.key").exists() != (directory / "ca.crt").exists():
            raise ValueError(f"{directory} has only one of ca.key and ca.crt: put the other back, or remove both")
        if not (directory / "ca.key").exists():
            done.append("the authority is made")
            if not check:
                make_authority(directory, work, authority_days)
        reason = reason_for_a_new_one(directory, name, names, renew_days, renew) if not done else "the authority is new"
        if reason:
            done.append(f"the certificate of {name} is made: {reason}")
            if not check:
                make_certificate(directory, work, name, names, days)
        return done


def main():
    from ansible.module_utils.basic import AnsibleModule  # not needed to test what stands above

    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "days": {"type": "int", "default": 365},
            "renew_days": {"type": "int", "default": 60},
            "authority_days": {"type": "int", "default": 3650},
            "renew": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        done = ensure(check=module.check_mode, **module.params)
    except (OSError, RuntimeError, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(done), msg="; ".join(done))


if __name__ == "__main__":
    main()
