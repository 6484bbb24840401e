"""inventories/aws with the provider's own plugin, against a stand-in for EC2 on loopback.

    /usr/bin/python3 ansible/test/test_inventory_aws.py

Needs Debian's Ansible with amazon.aws (package ansible) and boto3 (python3-boto3). What the stand-in answers has the shape of
DescribeInstances in EC2's API, version 2016-11-15.
"""

import http.server
import json
import os
import pathlib
import ssl
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
from xml.sax.saxutils import escape

from modules import ANSIBLE, load

ENDPOINT = "ec2.eu-central-1.amazonaws.com"
C = load("library/plainsail_certificate.py")


def instance(name, groups, private, public="", state="running", cluster="production", **tags):
    return {
        "state": state, "private": private, "public": public,
        "tags": {"Name": name, "plainsail-cluster": cluster, "plainsail-groups": groups, **tags},
    }


INSTANCES = [
    instance("proxy1", "proxy+monitoring", "10.0.0.11", "203.0.113.11"),
    instance("broker1", "rabbitmq", "10.0.0.21"),
    instance("db1", "postgresql", "10.0.0.26"),
    instance("app1", "facade", "10.0.0.31"),
    instance("app2", "facade", "10.0.0.32"),
    instance("worker1", "workers", "10.0.0.41", **{"plainsail-workers": "document+webhook"}),
    instance("worker2", "workers", "10.0.0.42", state="stopped", **{"plainsail-workers": "document"}),
    instance("worker3", "workers", "10.0.0.43", cluster="staging", **{"plainsail-workers": "document"}),
]


def filters(form):
    """What an instance must have: [(name, values)]."""
    found = []
    while f"Filter.{len(found) + 1}.Name" in form:
        n = len(found) + 1
        values = [form[key][0] for key in sorted(form) if key.startswith(f"Filter.{n}.Value.")]
        found.append((form[f"Filter.{n}.Name"][0], values))
    return found


def has(one, name, values):
    if name == "instance-state-name":
        return one["state"] in values
    if name.startswith("tag:"):
        return one["tags"].get(name[4:]) in values
    raise ValueError(f"the stand-in does not know the filter {name}")


def described(number, one):
    tags = "".join(f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>" for key, value in one["tags"].items())
    public = f"<ipAddress>{one['public']}</ipAddress>" if one["public"] else ""
    return (
        f"<item><reservationId>r-{number:08x}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>"
        f"<instanceId>i-{number:08x}</instanceId><instanceState><code>16</code><name>{one['state']}</name></instanceState>"
        f"<placement><availabilityZone>eu-central-1a</availabilityZone></placement>"
        f"<privateIpAddress>{one['private']}</privateIpAddress>{public}<tagSet>{tags}</tagSet></item></instancesSet></item>")


class Ec2(http.server.BaseHTTPRequestHandler):
    """A proxy that leads to a stand-in for EC2, whatever is asked for."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        self.server.connected.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def finish(self):
        super().finish()
        self.connection.close()  # the server knows only what was there before TLS

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        wanted = filters(form)
        shown = [one for one in INSTANCES if all(has(one, *each) for each in wanted)]
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f"<requestId>1</requestId><reservationSet>{''.join(described(*each) for each in enumerate(shown))}</reservationSet>"
            "</DescribeInstancesResponse>").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class AwsInventoryTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        tls = pathlib.Path(temporary.name) / "tls"
        C.ensure(tls, "ec2", [ENDPOINT])
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ec2)
        cls.server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cls.server.tls.load_cert_chain(tls / "ec2.crt", tls / "ec2.key")
        cls.server.asked, cls.server.connected = [], []
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        # Nothing of whoever runs this, and no way to EC2 itself.
        theirs = {key: value for key, value in os.environ.items() if not key.startswith("AWS_") and not key.lower().endswith("_proxy")}
        cls.environment = theirs | {
            "HTTPS_PROXY": f"http://127.0.0.1:{cls.server.server_port}", "AWS_CA_BUNDLE": str(tls / "ca.crt"), "HOME": temporary.name,
            "AWS_ACCESS_KEY_ID": "unused", "AWS_SECRET_ACCESS_KEY": "unused", "AWS_EC2_METADATA_DISABLED": "true", "ANSIBLE_NOCOLOR": "1",
        }
        cls.inventory = json.loads(cls.run_ansible("ansible-inventory", "--list").stdout)

    @classmethod
    def run_ansible(cls, program, *arguments, check=True):
        done = subprocess.run(
            [f"/usr/bin/{program}", "--inventory", "inventories/aws", *arguments], cwd=ANSIBLE, env=cls.environment, capture_output=True, text=True,
            check=False, timeout=300)
        if check and done.returncode != 0:
            raise AssertionError(f"{program}: {done.stdout}{done.stderr}")
        return done

    def hosts(self, group):
        return sorted(self.inventory.get(group, {}).get("hosts", []))

    def variables(self, host):
        return self.inventory["_meta"]["hostvars"][host]

    def test_the_provider_is_asked_for_this_cluster_alone(self):
        self.assertEqual({f"{ENDPOINT}:443"}, set(self.server.connected))
        self.assertEqual(["DescribeInstances"], self.server.asked[0]["Action"])
        self.assertEqual(
            [("instance-state-name", ["running"]), ("tag:plainsail-cluster", ["production"])], sorted(filters(self.server.asked[0])))
        self.assertEqual({"proxy1", "broker1", "db1", "app1", "app2", "worker1"}, set(self.inventory["_meta"]["hostvars"]))

    def test_tags_say_what_a_host_is(self):
        self.assertEqual(["proxy1"], self.hosts("proxy"))
        self.assertEqual(["proxy1"], self.hosts("monitoring"))
        self.assertEqual(["broker1"], self.hosts("rabbitmq"))
        self.assertEqual(["db1"], self.hosts("postgresql"))
        self.assertEqual(["app1", "app2"], self.hosts("facade"))
        self.assertEqual(["worker1"], self.hosts("workers"))

    def test_hosts_have_what_the_roles_need_to_know(self):
        self.assertEqual(["document", "webhook"], self.variables("worker1")["plainsail_workers"])
        self.assertEqual([], self.variables("app1")["plainsail_workers"])
        self.assertEqual(("203.0.113.11", "10.0.0.11"), tuple(self.variables("proxy1")[key] for key in ("ansible_host", "plainsail_address")))
        self.assertEqual(("10.0.0.31", "10.0.0.31"), tuple(self.variables("app1")[key] for key in ("ansible_host", "plainsail_address")))

    def test_a_playbook_gets_as_far_as_its_first_check(self):
        done = self.run_ansible("ansible-playbook", "rollout.yml", check=False)
        self.assertIn("plainsail_rollout_service must be one of", done.stdout)


if __name__ == "__main__":
    unittest.main()
