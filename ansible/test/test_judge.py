"""The judge of a canary, and the replay of dead jobs on it, case by case: python3 ansible/test/test_judge.py"""

import unittest
import urllib.parse

from modules import load

J = load("roles/rollout/library/plainsail_judge.py")
R = load("roles/rollout/library/plainsail_replay.py")


def row(release, succeeded=0, failed=0, retried=0, lost=0, again=None, median=None, service="document", job_type="document.render"):
    told = {
        "type": job_type, "version": 1, "service": service, "release": release, "succeeded": succeeded, "failed": failed,
        "retried": retried, "lost": lost, "handedBack": 0, "medianMillis": median,
    }
    return told if again is None else dict(told, failedAgain=again)


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

    def test_dead_jobs_that_fail_again_are_no_failures(self):
        self.assertEqual(verdict([row("2", 20, failed=15, retried=5, again=20)], [row("1", 100)])[0], J.GO)
        self.assertEqual(verdict([row("2", 18, failed=17, again=15)], [row("1", 100)])[0], J.STOP)

    def test_neither_are_they_attempts_that_are_enough(self):
        self.assertEqual(verdict([row("2", 19, failed=15, again=15)], [row("1", 100)])[0], J.WAIT)
        self.assertEqual(verdict([row("2", failed=15, again=15)], [], time_is_up=True)[0], J.STOP)

    def test_dead_jobs_that_succeed_count(self):
        self.assertEqual(verdict([row("2", 20, again=0)], [row("1", 100)])[0], J.GO)


class ReplaysTest(unittest.TestCase):
    def test_each_is_asked_for_until_it_has_ended(self):
        jobs = {
            "a": {"state": "succeeded", "attempts": [{"release": "2"}]},
            "b": {"state": "failed", "attempts": [{"release": "1"}, {"release": "2"}]},
            "c": {"state": "retrying", "attempts": [{"release": "2"}]},
            "d": {"state": "cancelled", "attempts": []},
            "e": None,
        }
        replays, asked = J.Replays("abcde", "2"), []
        replays.look(lambda job_id: asked.append(job_id) or jobs[job_id])
        self.assertEqual(replays.figures(), {
            "replayed": 5, "succeeded": 1, "failedAgain": 1, "otherwise": 2, "elsewhere": 0, "failedJobs": ["b"],
            "unfinished": 1})
        jobs["c"] = {"state": "succeeded", "attempts": [{"release": "2"}, {"release": "1"}]}
        replays.look(lambda job_id: asked.append(job_id) or jobs[job_id])
        self.assertEqual(asked, list("abcdec"))
        told = replays.figures()
        self.assertEqual((told["succeeded"], told["elsewhere"], told["unfinished"]), (2, 1, 0))

    def test_what_was_told_is_not_told_twice_though_the_facade_goes_away(self):
        def away(job_id):
            if job_id == "b":
                raise OSError("away")
            return {"state": "failed", "attempts": []}

        replays = J.Replays("ab", "2")
        for _ in range(2):
            with self.assertRaises(OSError):
                replays.look(away)
        self.assertEqual((replays.figures()["failedAgain"], replays.open), (1, ["b"]))

    def test_only_so_many_are_named(self):
        replays = J.Replays([str(n) for n in range(50)], "2")
        replays.look(lambda job_id: {"state": "failed", "attempts": []})
        self.assertEqual((replays.figures()["failedAgain"], len(replays.figures()["failedJobs"])), (50, J.MAX_TOLD))


class Shown:
    """A facade with dead jobs: pages of two, newest first."""

    def __init__(self, jobs, answers=None):
        self.jobs, self.answers, self.asked = jobs, answers or {}, []

    def ask(self, path, method="GET"):
        url = urllib.parse.urlsplit(path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if method == "POST":
            job_id = url.path.split("/")[3]
            self.asked.append(job_id)
            return self.answers.get(job_id, (200, {"id": "new-" + job_id, "onRelease": query["onRelease"]}))
        if url.path == "/v1/jobs":
            found = sorted((job for job in self.jobs if job["type"] == query["type"]), key=lambda job: job["id"], reverse=True)
            start = int(query.get("cursor", 0))
            page = {"jobs": found[start:start + 2]}
            more = urllib.parse.urlencode({"type": query["type"], "cursor": start + 2})
            return 200, dict(page, next="/v1/jobs?" + more) if start + 2 < len(found) else page
        shown = [job for job in self.jobs if job["id"] == url.path.split("/")[3]]
        return (200, shown[0]) if shown[0]["links"] is not None else (404, {})


def dead(job_id, job_type="a.run", version=1, links=()):
    return {"id": job_id, "type": job_type, "version": version, "links": None if links is None else dict.fromkeys(links, "")}


class ReplayTest(unittest.TestCase):
    def test_the_newest_of_all_types_are_repeated_but_not_those_that_were(self):
        facade = Shown([
            dead("1"), dead("2", links=["replay"]), dead("3"), dead("4", "b.run"), dead("5"), dead("6", "c.run"),
            dead("7", version=2), dead("8", links=None)])
        self.assertEqual(R.replay(facade, ["a.run.v1", "b.run.v1"], "2", 3), (["new-5", "new-4", "new-3"], {}))
        self.assertEqual(R.replay(facade, ["a.run.v1"], "2", 100)[0], ["new-5", "new-3", "new-1"])
        self.assertEqual(R.replay(facade, [], "2", 100), ([], {}))

    def test_only_so_many_are_looked_at(self):
        facade = Shown([dead(f"{n:02}", links=["replay"]) for n in range(1, 50)] + [dead("00")])
        self.assertEqual(R.replay(facade, ["a.run.v1"], "2", 2), ([], {}))

    def test_what_is_refused_is_told_with_its_reason(self):
        no = (422, {"title": "No", "detail": "its input breaks the contract"})
        facade = Shown([dead("1"), dead("2"), dead("3")], {"2": no, "3": no})
        self.assertEqual(
            R.replay(facade, ["a.run.v1"], "2", 3), (["new-1"], {"422 No: its input breaks the contract": 2}))

    def test_a_facade_that_ignores_the_release_is_asked_once(self):
        facade = Shown([dead("1"), dead("2")], {"2": (200, {"id": "x"})})
        self.assertEqual(
            R.replay(facade, ["a.run.v1"], "2", 2), ([], {"this facade cannot repeat a job on one release": 1}))
        self.assertEqual(facade.asked, ["2"])

    def test_what_was_repeated_before_the_facade_went_away_is_told(self):
        facade = Shown([dead("1"), dead("2")])
        usual = facade.ask

        def ask(path, method="GET"):
            if path.startswith("/v1/jobs/1/replay"):
                raise R.Away("away")
            return usual(path, method)

        facade.ask = ask
        self.assertEqual(R.replay(facade, ["a.run.v1"], "2", 2), (["new-2"], {"away": 1}))

    def test_a_facade_that_is_not_there_is_given_up(self):
        self.assertEqual(R.replay(R.Facade("http://127.0.0.1:1", {}, -1), ["a.run.v1"], "2", 2)[0], [])


if __name__ == "__main__":
    unittest.main()
