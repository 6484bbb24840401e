"""The judge of a canary, case by case: python3 ansible/test/test_judge.py"""

import importlib.util
import pathlib
import unittest

PATH = pathlib.Path(__file__).parent.parent / "roles/rollout/library/plainsail_judge.py"
SPEC = importlib.util.spec_from_file_location("plainsail_judge", PATH)
J = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(J)


def row(release, succeeded=0, failed=0, retried=0, lost=0, median=None, service="document", job_type="document.render"):
    return {
        "type": job_type, "version": 1, "service": service, "release": release, "succeeded": succeeded, "failed": failed,
        "retried": retried, "lost": lost, "handedBack": 0, "medianMillis": median,
    }


def verdict(new, old, time_is_up=False, enough=20):
    new, old = (J.figures(rows, "document", release) for rows, release in ((new, "2"), (old, "1")))
    return J.judge(new, old, enough, 0.05, 3.0, time_is_up)


class JudgeTest(unittest.TestCase):
    def test_enough_good_attempts_pass(self):
        self.assertEqual(verdict([row("2", 20)], [row("1", 100)])[0], J.GO)

    def test_too_few_attempts_are_waited_for(self):
        self.assertEqual(verdict([row("2", 19)], [row("1", 100)])[0], J.WAIT)

    def test_few_good_attempts_pass_when_time_is_up(self):
        self.assertEqual(verdict([row("2", 1)], [], time_is_up=True)[0], J.GO)

    def test_nothing_to_judge_by_does_not_pass(self):
        self.assertEqual(verdict([], [row("1", 100)], time_is_up=True)[0], J.STOP)

    def test_failures_beyond_the_margin_stop(self):
        outcome, reasons = verdict([row("2", 18, failed=2)], [row("1", 100)])
        self.assertEqual(outcome, J.STOP)
        self.assertEqual(
            reasons,
            ["2 of 20 attempts failed, 10.0%; 0.0% of 100 did with the old release, and 5.0% is the bound"])

    def test_retried_and_lost_attempts_are_failures(self):
        self.assertEqual(verdict([row("2", 18, retried=2)], [row("1", 100)])[0], J.STOP)
        self.assertEqual(verdict([row("2", 18, lost=2)], [row("1", 100)])[0], J.STOP)

    def test_what_fails_as_before_passes(self):
        self.assertEqual(verdict([row("2", 16, failed=4)], [row("1", 80, failed=20)])[0], J.GO)

    def test_a_single_failure_is_the_jobs_own(self):
        self.assertEqual(verdict([row("2", 9, failed=1)], [row("1", 100)], time_is_up=True)[0], J.GO)

    def test_a_release_that_fails_everything_is_stopped_early(self):
        self.assertEqual(verdict([row("2", failed=2)], [row("1", 100)])[0], J.STOP)

    def test_a_bad_start_that_may_still_become_good_is_waited_for(self):
        self.assertEqual(verdict([row("2", 8, failed=2)], [row("1", 100)], enough=100)[0], J.WAIT)

    def test_a_release_that_is_much_slower_is_stopped(self):
        self.assertEqual(verdict([row("2", 20, median=901)], [row("1", 100, median=300)])[0], J.STOP)
        self.assertEqual(verdict([row("2", 20, median=900)], [row("1", 100, median=300)])[0], J.GO)
        self.assertEqual(verdict([row("2", 20, median=90)], [row("1", 100, median=3)])[0], J.GO)

    def test_other_services_and_releases_do_not_count(self):
        rows = [row("2", 20), row("3", failed=50), row("2", failed=50, service="webhook")]
        self.assertEqual(verdict(rows, [row("1", 100)])[0], J.GO)


if __name__ == "__main__":
    unittest.main()
