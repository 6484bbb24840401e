"""The contracts that a worker's package brings. See DOCUMENTATION."""

import io
import json
import re
import tarfile
import zipfile

import yaml
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: plainsail_contracts
short_description: Contracts in a Debian package of a worker service
description:
  - Reads contracts/<type>/v<N>/ from the jars of a package, on the controller, without installing it or needing dpkg.
  - Gives each as the document that a worker announces and the facade checks.
options:
  _terms: {description: Paths of packages., required: true}
"""

POLICY = re.compile(r"contracts/(?P<type>[^/]+)/v(?P<version>[1-9][0-9]{0,8})/contract\.yaml")
AR_MAGIC, AR_HEADER = b"!<arch>\n", 60


def data_member(package):
    """A Debian package is an ar archive; its files are in the member data.tar.<compression>."""
    with open(package, "rb") as file:
        if file.read(len(AR_MAGIC)) != AR_MAGIC:
            raise ValueError("it is no Debian package")
        while header := file.read(AR_HEADER):
            if len(header) < AR_HEADER or header[58:60] != b"`\n":
                raise ValueError("it is a broken Debian package")
            name, size = header[:16].decode("ascii").strip().rstrip("/"), int(header[48:58])
            if name.startswith("data.tar"):
                return file.read(size)
            file.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError("it is a Debian package without files")


def contract(jar, policy, match):
    directory = policy[: -len("contract.yaml")]
    document = {"type": match["type"], "version": int(match["version"])}
    document.update(yaml.safe_load(jar.read(policy)))
    for field, name in (("inputSchema", "input.schema.json"), ("outputSchema", "output.schema.json")):
        document[field] = json.loads(jar.read(directory + name))
    return document


def contracts(package):
    found = []
    # As a stream, each jar whole: to go back in what is compressed would be to begin anew.
    with tarfile.open(fileobj=io.BytesIO(data_member(package)), mode="r|*") as files:
        for member in files:
            if not (member.isfile() and member.name.endswith(".jar")):
                continue
            with zipfile.ZipFile(io.BytesIO(files.extractfile(member).read())) as jar:
                for entry in jar.namelist():
                    if match := POLICY.fullmatch(entry):
                        found.append(contract(jar, entry, match))
    return sorted(found, key=lambda one: (one["type"], one["version"]))


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        found = []
        for term in terms:
            try:
                found += contracts(term)
            except (OSError, ValueError, KeyError, TypeError, tarfile.TarError, zipfile.BadZipFile, yaml.YAMLError) as e:
                raise AnsibleLookupError(f"the contracts of {term} cannot be read: {e}") from e
        return found
