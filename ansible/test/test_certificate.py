"""The cluster's authority, case by case: python3 ansible/test/test_certificate.py"""

import pathlib
import subprocess
import tempfile
import unittest

from modules import load

C = load("library/plainsail_certificate.py")

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

    def step(self, step):
        return C.ensure(self.directory, authority=step)

    def trusted(self):
        return C.certificates(self.directory / "ca.crt")

    def test_the_authority_is_replaced_in_three_steps(self):
        self.ensure()
        old = self.trusted()
        old_one = (self.directory / "app1.crt").read_text()
        self.assertEqual(len(self.step("add")), 1)
        self.assertEqual(self.trusted()[:1], old)
        self.assertEqual(len(self.trusted()), 2)
        self.assertEqual(self.ensure(), [], "the old one signs")
        self.assertEqual(len(self.ensure(names=["app2"], name="app2")), 1)
        self.assertEqual(len(self.step("use")), 1)
        self.assertEqual(self.trusted()[1:], old)
        self.assertTrue(self.verify("app1", "app1"), "one of the old authority is good as long as it is trusted")
        self.assertIn("another authority's", self.ensure()[0])
        self.assertEqual(self.ensure(), [])
        self.assertEqual(len(self.step("forget")), 1)
        self.assertEqual(len(self.trusted()), 1)
        self.assertNotEqual(self.trusted(), old)
        self.assertTrue(self.verify("app1", "app1"))
        self.assertFalse(self.verify("app2", "app2"), "still of the old authority")
        (self.directory / "app1.crt").write_text(old_one)
        self.assertFalse(self.verify("app1", "app1"))
        self.assertEqual({file.name for file in self.directory.iterdir()},
                         {".lock", "ca.key", "ca.crt", "app1.key", "app1.crt", "app2.key", "app2.crt"})

    def test_a_step_is_done_once(self):
        self.ensure()
        for step in ("add", "use", "forget"):
            self.assertEqual(len(self.step(step)), 1)
            before = self.trusted()
            self.assertEqual(self.step(step), [])
            self.assertEqual(self.trusted(), before)

    def test_steps_are_taken_in_their_order(self):
        with self.assertRaisesRegex(ValueError, "no authority"):
            self.step("add")
        self.ensure()
        with self.assertRaisesRegex(ValueError, '"add" it first'):
            self.step("use")
        self.assertEqual(self.step("forget"), [])
        self.step("add")
        with self.assertRaisesRegex(ValueError, '"use" it first'):
            self.step("forget")
        self.step("use")
        with self.assertRaisesRegex(ValueError, '"forget" it first'):
            self.step("add")

    def test_an_authority_without_its_key_is_made_anew(self):
        self.ensure()
        self.step("add")
        (self.directory / "next.key").unlink()
        with self.assertRaisesRegex(ValueError, '"add" it again'):
            self.step("use")
        self.step("add")
        self.step("use")
        self.assertIn("another authority's", self.ensure()[0])
        self.step("forget")
        self.assertTrue(self.verify("app1", "app1"))

    def test_a_step_that_broke_off_is_gone_on_with(self):
        replace = C.os.replace
        for breaks_at in ("next.key", "next.crt"):
            with self.subTest(breaks_at):
                self.ensure()
                self.step("add")

                def breaks(*paths, at=breaks_at):
                    if pathlib.Path(paths[0]).name == at:
                        raise OSError("no power")
                    replace(*paths)

                C.os.replace, unlink = breaks, C.os.unlink
                C.os.unlink = lambda path, *more, at=breaks_at, **most: unlink(path, *more, **most) if pathlib.Path(
                    path).name != at else breaks(path)
                try:
                    with self.assertRaisesRegex(OSError, "no power"):
                        self.step("use")
                finally:
                    C.os.replace, C.os.unlink = replace, unlink
                self.assertIn("another authority's", self.ensure()[0])
                self.assertEqual(self.step("use"), [])
                self.step("forget")
                self.assertTrue(self.verify("app1", "app1"))

    def test_hostile_names_are_refused(self):
        for name in ("a,DNS:evil", "a\nb", "", "-x"):
            with self.assertRaisesRegex(ValueError, "neither"):
                self.ensure(names=[name])

    def test_a_dry_run_changes_nothing(self):
        self.assertEqual(len(self.ensure(check=True)), 2)
        self.assertFalse((self.directory / "ca.crt").exists())


if __name__ == "__main__":
    unittest.main()
