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
  - ca.crt is what is to be trusted. The authority that signs is the first in it; while the authority is being replaced, there
    are two, and next.key and next.crt are those of the new one until it signs.
  - For the controller; several hosts may ask at once.
options:
  directory: {type: path, required: true, description: Where they are kept, for its owner's eyes alone.}
  name: {type: str, description: The host. Needed where authority is not given.}
  names: {type: list, elements: str, description: Its names and addresses. Needed where authority is not given.}
  authority:
    type: str
    choices: [add, use, forget]
    description: >-
      Instead of a certificate, a step of replacing the authority. add: there is a new one beside it, which is trusted, too.
      use: the new one signs, the old one is still trusted. forget: the old one is not trusted any more. A step that has been
      done is not done again.
  days: {type: int, default: 365, description: How long a certificate is good.}
  renew_days: {type: int, default: 60, description: One that is good for fewer days is made anew.}
  authority_days: {type: int, default: 3650, description: How long a new authority is good.}
  renew: {type: bool, default: false, description: Make it anew in any case.}
"""

NAME = re.compile(r"[A-Za-z0-9*][A-Za-z0-9.-]*")
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----")


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


def make_authority(directory, work, days, name="ca"):
    """Each has a subject of its own, by which those who trust two tell them apart."""
    key, certificate = work / "ca.key", work / "ca.crt"
    new_key(key)
    openssl(
        "req", "-x509", "-new", "-sha256", "-key", key, "-out", certificate, "-days", days,
        "-subj", f"/O=Plainsail/CN=Plainsail cluster authority {os.urandom(4).hex()}",
        "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )
    place((key, certificate), (directory / f"{name}.key", directory / f"{name}.crt"))


def certificates(path):
    """Each certificate in a file, as its text."""
    return CERTIFICATE.findall(path.read_text(encoding="ascii")) if path.exists() else []


def trust(directory, work, trusted):
    """The file that callers and hosts are given: whole or not at all."""
    (work / "trusted.crt").write_text("".join(f"{certificate}\n" for certificate in trusted), encoding="ascii")
    place((work / "trusted.crt",), (directory / "ca.crt",))


def let_next_sign(directory, work):
    """In an order in which a run that broke off can be seen, and is gone on with by the next."""
    old, new = certificates(directory / "ca.crt"), certificates(directory / "next.crt")[0]
    trust(directory, work, [new, *(certificate for certificate in old if certificate != new)])
    if (directory / "next.key").exists():
        os.replace(directory / "next.key", directory / "ca.key")
    os.unlink(directory / "next.crt")


def half_used(directory):
    """A run broke off in the middle of let_next_sign."""
    new = certificates(directory / "next.crt")
    return bool(new) and certificates(directory / "ca.crt")[:1] == new


def replace_authority(directory, work, step, days, check):
    trusted = certificates(directory / "ca.crt")
    if not trusted:
        raise ValueError(f"{directory} has no authority that could be replaced")
    next_there = (directory / "next.crt").exists()
    if step == "add":
        if len(trusted) > 1 and not next_there:
            raise ValueError("the authority before the last is still trusted: \"forget\" it first")
        whole = next_there and (directory / "next.key").exists()
        if whole and certificates(directory / "next.crt")[0] in trusted:
            return []
        if not check:
            if not whole:
                (directory / "next.key").unlink(missing_ok=True)
                make_authority(directory, work, days, "next")
            trust(directory, work, [*trusted, certificates(directory / "next.crt")[0]])
        return ["a new authority is made, and trusted beside the old one"]
    if step == "use":
        if not next_there:
            if len(trusted) > 1:
                return []
            raise ValueError("there is no new authority: \"add\" it first")
        if certificates(directory / "next.crt")[0] not in trusted or not (directory / "next.key").exists():
            raise ValueError("the new authority is not whole: \"add\" it again")
        if not check:
            let_next_sign(directory, work)
        return ["the new authority signs"]
    if next_there:
        raise ValueError("the new authority does not sign yet: \"use\" it first")
    if len(trusted) == 1:
        return []
    if not check:
        trust(directory, work, trusted[:1])
    return ["the old authority is not trusted any more"]


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


def reason_for_a_new_one(directory, authority, name, names, renew_days, renew):
    """Why the certificate that is there will not do; None if it will."""
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    if not certificate.exists() or not key.exists():
        return "there was none"
    if renew:
        return "a new one was asked for"
    if not holds("x509", "-in", certificate, "-noout", "-checkend", renew_days * 86400):
        return f"it was good for less than {renew_days} days"
    if names_of(certificate) != alternative_names(names):
        return "its names were others"
    if not holds("verify", "-no-CApath", "-no-CAstore", "-partial_chain", "-CAfile", authority, certificate):
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


def ensure(directory, name=None, names=(), days=365, renew_days=60, authority_days=3650, renew=False, authority=None, check=False):
    """What has been done, or would be: a list, empty if all is there."""
    wrong = [given for given in ([] if authority else [name, *names]) if not NAME.fullmatch(given) and not address(given)]
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
        if half_used(directory) and not check:
            let_next_sign(directory, work)
        if authority:
            return replace_authority(directory, work, authority, authority_days, check)
        if not (directory / "ca.key").exists():
            done.append("the authority is made")
            if not check:
                make_authority(directory, work, authority_days)
        signer = work / "signer.crt"
        signer.write_text("".join(certificates(directory / "ca.crt")[:1]), encoding="ascii")
        reason = reason_for_a_new_one(directory, signer, name, names, renew_days, renew) if not done else "the authority is new"
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
            "name": {"type": "str"},
            "names": {"type": "list", "elements": "str"},
            "authority": {"type": "str", "choices": ["add", "use", "forget"]},
            "days": {"type": "int", "default": 365},
            "renew_days": {"type": "int", "default": 60},
            "authority_days": {"type": "int", "default": 3650},
            "renew": {"type": "bool", "default": False},
        },
        required_one_of=[["name", "authority"]],
        required_together=[["name", "names"]],
        mutually_exclusive=[["name", "authority"]],
        supports_check_mode=True,
    )
    try:
        done = ensure(check=module.check_mode, **module.params)
    except (OSError, RuntimeError, ValueError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(done), msg="; ".join(done))


if __name__ == "__main__":
    main()
