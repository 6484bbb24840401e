"""The cluster's authority, case by case: python3 ansible/test/test_certificate.py"""

import importlib.util
import pathlib
import subprocess
import tempfile
import unittest

PATH = pathlib.Path(__file__).parent.parent / "roles/tls/library/plainsail_certificate.py"
SPEC = importlib.util.spec_from_file_location("plainsail_certificate", PATH)
C = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(C)

NAMES = ["app1", "localhost", "10.0.0.1", "::1"]


class CertificateTest(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.directory = pathlib.Path(self.temporary.name) / "tls"

    def ensure(self, names=tuple(NAMES), name="app1", **more):
        return C.ensure(self.directory, name, list(names), **more)

    def verify(self, name, host):
        return subprocess.run(
            ["openssl", "verify", "-CAfile", self.directory / "ca.crt", "-verify_hostname", host,
             self.directory / f"{name}.crt"], capture_output=True, check=False).returncode == 0

    def test_a_host_gets_a_certificate_for_its_names_once(self):
        self.assertEqual(len(self.ensure()), 2)
        self.assertTrue(self.verify("app1", "app1"))
        self.assertFalse(self.verify("app1", "app2"))
        self.assertEqual(self.ensure(), [])

    def test_hosts_have_one_authority(self):
        self.ensure()
        self.assertEqual(len(self.ensure(names=["app2"], name="app2")), 1)
        self.assertTrue(self.verify("app2", "app2"))

    def test_keys_are_for_their_owner_alone(self):
        self.ensure()
        for file in ("ca.key", "app1.key"):
            self.assertEqual((self.directory / file).stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.directory.stat().st_mode & 0o777, 0o700)

    def test_other_names_make_another(self):
        self.ensure()
        self.assertIn("names were others", self.ensure(names=["app1", "jobs.example.com"])[0])

    def test_one_that_ends_soon_is_renewed(self):
        self.ensure(days=61)
        self.assertIn("less than 62 days", self.ensure(renew_days=62)[0])
        self.assertEqual(self.ensure(), [])

    def test_one_of_another_authority_is_renewed(self):
        self.ensure()
        for file in ("ca.key", "ca.crt"):
            (self.directory / file).unlink()
        self.assertEqual(len(self.ensure()), 2)
        self.assertTrue(self.verify("app1", "app1"))

    def test_one_that_lost_its_key_is_renewed(self):
        self.ensure()
        self.ensure(names=["app2"], name="app2")
        (self.directory / "app2.key").rename(self.directory / "app1.key")
        self.assertIn("key was another", self.ensure()[0])

    def test_half_an_authority_is_not_replaced(self):
        self.ensure()
        (self.directory / "ca.key").unlink()
        with self.assertRaisesRegex(ValueError, "only one of"):
            self.ensure()

    def test_hostile_names_are_refused(self):
        for name in ("a,DNS:evil", "a\nb", "", "-x"):
            with self.assertRaisesRegex(ValueError, "neither"):
                self.ensure(names=[name])

    def test_a_dry_run_changes_nothing(self):
        self.assertEqual(len(self.ensure(check=True)), 2)
        self.assertFalse((self.directory / "ca.crt").exists())


if __name__ == "__main__":
    unittest.main()
