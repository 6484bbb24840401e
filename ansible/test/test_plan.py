"""A rollout's plan, case by case: what a package brings, what speaks against it, and what the proxy counts.

/usr/bin/python3 ansible/test/test_plan.py (the Python that has Ansible)
"""

import io
import lzma
import pathlib
import tarfile
import tempfile
import unittest
import zipfile

from modules import load

CONTRACTS = load("roles/rollout/lookup_plugins/plainsail_contracts.py")
PLAN = load("roles/rollout/library/plainsail_plan.py")
PROXY = load("roles/rollout/library/plainsail_proxy.py")


def jar(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as written:
        for name, text in files.items():
            written.writestr(name, text)
    return out.getvalue()


def deb(members):
    """An ar archive; each member an odd or even number of bytes, as it comes."""
    out = b"!<arch>\n"
    for name, data in members.items():
        out += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
    return out


def package(files):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as written:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            written.addfile(member, io.BytesIO(data))
    return deb({"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": lzma.compress(tar.getvalue())})


def contract(job_type, timeout="PT1M"):
    return {
        f"contracts/{job_type}/v1/contract.yaml": f"title: {job_type}\ntimeout: {timeout}\n",
        f"contracts/{job_type}/v1/input.schema.json": '{"type": "object"}',
        f"contracts/{job_type}/v1/output.schema.json": "{}",
    }


class ContractsTest(unittest.TestCase):
    def read(self, data):
        with tempfile.NamedTemporaryFile(suffix=".deb") as file:
            file.write(data)
            file.flush()
            return CONTRACTS.contracts(file.name)

    def test_the_contracts_of_all_jars_are_found(self):
        found = self.read(package({
            "./usr/share/plainsail/w/lib/b.jar": jar(contract("b.run") | {"x/contracts/not.this/v1/contract.yaml": "a: b"}),
            "./usr/share/plainsail/w/lib/a.jar": jar(contract("a.run")),
            "./usr/share/doc/contract.yaml": b"title: none",
        }))
        self.assertEqual([one["type"] for one in found], ["a.run", "b.run"])
        self.assertEqual(found[0]["version"], 1)
        self.assertEqual(found[0]["inputSchema"], {"type": "object"})
        self.assertEqual(found[0]["timeout"], "PT1M")

    def test_a_package_without_contracts_brings_none(self):
        self.assertEqual(self.read(package({"./a": b"x"})), [])

    def test_what_is_no_package_is_an_error(self):
        for broken in (b"", b"PK\x03\x04", b"!<arch>\n", package({})[:100], deb({"control.tar.xz": b"x"})):
            with self.assertRaises(ValueError):
                self.read(broken)
        with self.assertRaises(KeyError):
            self.read(package({"./a.jar": jar({"contracts/a.run/v1/contract.yaml": "title: a"})}))


def weigh(answer, fleet=("a.run.v1",), queues=None, dead=None):
    documents = [{"type": "a.run", "version": 1, "timeout": "PT1M"}]
    return PLAN.weigh(documents, [answer], set(fleet), queues or {}, dead or {}, {"a.run.v1": "PT1H"})


class PlanTest(unittest.TestCase):
    def test_a_compatible_contract_breaks_nothing_and_its_jobs_are_told(self):
        plan = weigh({"verdict": "compatible", "reasons": [], "data": {"checked": 9, "wouldBreak": 0}},
                     queues={"a.run.v1": {"queued": 3, "running": 2}}, dead={"a.run": 4})
        self.assertEqual((plan["breaks"], plan["undecided"]), ([], []))
        self.assertEqual(plan["types"], [{
            "type": "a.run.v1", "verdict": "compatible", "timeout": "PT1H", "waiting": 0, "queued": 3, "running": 2,
            "retrying": 0, "dead": 4,
        }])

    def test_an_incompatible_one_breaks_with_its_reasons(self):
        reasons = [
            {"side": "input", "pointer": "/data", "rule": "required", "verdict": "incompatible", "detail": "is new", "payload": {"a": 1}},
            {"side": "output", "pointer": "", "rule": "added", "verdict": "compatible", "detail": "an optional property"},
        ]
        plan = weigh({"verdict": "incompatible", "reasons": reasons})
        self.assertEqual(plan["breaks"], ['a.run.v1: input /data: is new (required), such as {"a": 1}'])

    def test_a_verdict_that_is_not_known_breaks_too(self):
        self.assertEqual(weigh({"verdict": "odd"})["breaks"], ["a.run.v1: the verdict is odd"])
        self.assertEqual(weigh({})["breaks"], ["a.run.v1: the verdict is unknown"])

    def test_jobs_that_would_break_count_whatever_the_verdict(self):
        examples = [{"job": "j1", "state": "failed", "pointer": "/a", "rule": "type", "detail": "a text"}]
        for verdict in ("compatible", "undecided"):
            plan = weigh({"verdict": verdict, "data": {"checked": 9, "wouldBreak": 2, "examples": examples}})
            self.assertEqual(
                plan["breaks"], ["a.run.v1: 2 of 9 jobs that are there would break; job j1 (failed) at /a: a text"])

    def test_undecided_is_told_apart(self):
        plan = weigh({"verdict": "undecided", "reasons": ["a pattern"]})
        self.assertEqual((plan["breaks"], plan["undecided"]), ([], ["a.run.v1: a pattern"]))

    def test_jobs_that_could_not_be_checked_leave_it_undecided(self):
        plan = weigh({"verdict": "compatible", "data": {"checked": 5, "total": 9, "wouldBreak": 0, "complete": False}})
        self.assertEqual((plan["breaks"], plan["undecided"]), ([], ["a.run.v1: 5 of 9 jobs could be checked in time"]))

    def test_a_type_that_is_dropped_breaks_its_unfinished_jobs(self):
        left = weigh({"verdict": "compatible"}, fleet=("a.run.v1", "a.run.v2"), queues={"a.run.v2": {"queued": 1, "running": 0}})
        self.assertEqual(left["breaks"], ["a.run.v2: the release does not handle it any more, and jobs of it are there: 1 queued"])
        idle = weigh({"verdict": "compatible"}, fleet=("a.run.v1", "a.run.v2"))
        self.assertEqual((idle["breaks"], idle["types"][1]["verdict"]), ([], "dropped"))


FIELDS = "pxname,svname,status,econ,eresp,wretr,wredis,srv_abrt,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other"
STATISTICS = f"""# {FIELDS},
api,FRONTEND,OPEN,,,,,,0,9,0,0,9,0,
facades,app1,UP,0,0,0,0,0,0,5,0,0,0,0,
facades,app2,DOWN 1/2,0,0,0,0,0,0,4,0,0,1,0,
facades,BACKEND,UP,1,2,3,4,1,0,9,0,2,1,0,
"""


class ProxyTest(unittest.TestCase):
    def test_servers_and_counts_of_the_backend_are_read(self):
        servers, counts = PROXY.parse(STATISTICS, "facades")
        self.assertEqual(servers, {"app1": "UP", "app2": "DOWN 1/2"})
        self.assertEqual(counts, {"serverErrors": 1, "notConnected": 1, "brokenAnswers": 3, "sentAgain": 7, "answers": 12})
        with self.assertRaises(ValueError):
            PROXY.parse(STATISTICS, "others")

    def test_what_has_come_since_is_told_unless_counts_began_anew(self):
        self.assertEqual(PROXY.since({"answers": 5}, {"answers": 12, "serverErrors": 1}), {"answers": 7})
        self.assertEqual(PROXY.since({"answers": 13}, {"answers": 12}), {})
        self.assertEqual(PROXY.since({}, {"answers": 12}), {})


if __name__ == "__main__":
    unittest.main()
