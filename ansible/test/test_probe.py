"""How a host is seen to bear jobs, case by case: python3 ansible/test/test_probe.py"""

import http.server
import json
import threading
import unittest
import urllib.parse

from modules import load

P = load("roles/rollout/library/plainsail_probe.py")

HERE = {"host": "worker1", "release": "2", "instance": "worker1-77-ab"}
THERE = {"host": "worker2", "release": "2", "instance": "worker2-77-ab"}


class Cluster:
    """A facade and a clock: what each probe becomes so many seconds after it was offered, and what the host finishes."""

    def __init__(self, *probes, finished=()):
        self.probes, self.times, self.time, self.keys, self.away = probes, finished, 0, [], range(0)
        self.offered_at = []

    def offer(self, probe, key):
        self.answer()
        self.keys.append(key)
        self.offered_at.append(self.time)
        return {"id": str(len(self.keys)), "state": "queued"}

    def job(self, job_id):
        self.answer()
        number = int(job_id) - 1
        story = self.probes[min(number, len(self.probes) - 1)]
        since = self.time - self.offered_at[number]
        shown = {"state": "queued"}
        for second, then in story:
            if since >= second:
                shown = then
        return dict(shown, id=job_id)

    def ahead(self, job):
        return 4711

    def answer(self):
        if self.time in self.away:
            raise OSError("away")

    # As HostsJobs and AnyJobs.
    def ran(self, job):
        return job["attempts"][-1] is HERE

    def finished(self):
        self.answer()
        return sum(1 for second in self.times if second <= self.time)

    def rest(self, seconds):
        self.time += seconds

    def see(self, seconds=60, sign_seconds=600):
        return P.see(
            self, self, {"type": "a.run"}, "a 2 on worker1", seconds, sign_seconds, clock=lambda: self.time, rest=self.rest)


def done(second, attempt, state="succeeded"):
    return [(second, {"state": state, "attempts": [attempt]})]


class SeeTest(unittest.TestCase):
    def unseen(self, cluster, **bounds):
        with self.assertRaises(P.Unseen) as thrown:
            cluster.see(**bounds)
        return str(thrown.exception)

    def test_a_probe_that_succeeds_here_is_enough(self):
        seen = Cluster(done(3, HERE)).see()
        self.assertEqual((seen["by"], seen["probe"], seen["probes"], seen["seconds"]), ("probe", "1", 1, 3))

    def test_probes_are_offered_one_after_the_other_until_one_falls_here(self):
        cluster = Cluster(done(1, THERE), done(1, THERE), done(1, HERE))
        self.assertEqual((cluster.see()["by"], len(set(cluster.keys))), ("probe", 3))

    def test_a_probe_that_fails_fails_the_host_though_it_has_finished_others(self):
        story = [(5, {"state": "failed", "attempts": [HERE], "error": {"message": "no such library"}})]
        self.assertEqual(
            self.unseen(Cluster(story, finished=range(100))), "the probe, job 1, is failed: no such library")

    def test_so_does_one_that_fails_after_it_has_waited_for_long(self):
        self.assertIn("job 1, is failed", self.unseen(Cluster(done(300, HERE, "failed"))))

    def test_a_cancelled_probe_fails_the_host(self):
        self.assertIn("is cancelled: it was not run", self.unseen(Cluster([(5, {"state": "cancelled"})])))

    def test_a_probe_that_waits_does_not_fail_a_host_that_finishes_jobs(self):
        cluster = Cluster([], finished=[20, 30, 40])
        seen = cluster.see()
        self.assertEqual((seen["by"], seen["finished"], seen["probes"], seen["seconds"]), ("outcomes", 3, 1, 60))

    def test_until_its_time_is_over_only_the_probe_counts(self):
        self.assertEqual(Cluster(done(59, HERE), finished=[1]).see()["by"], "probe")

    def test_the_first_job_that_the_host_finishes_is_waited_for(self):
        seen = Cluster([], finished=[400]).see()
        self.assertEqual((seen["by"], seen["seconds"]), ("outcomes", 400))

    def test_the_probe_goes_on_counting_meanwhile(self):
        self.assertEqual(Cluster(done(500, HERE)).see()["by"], "probe")

    def test_a_host_that_takes_no_jobs_fails_and_is_told_with_what_was_seen(self):
        cluster = Cluster([])
        self.assertEqual(
            self.unseen(cluster),
            "the probe, job 1, is queued behind 4711 jobs, and a 2 on worker1 has finished 0 in 660 s: there is no sign that"
            " it takes jobs (rollout_probe_seconds, then rollout_sign_seconds)")
        self.assertEqual(len(cluster.keys), 1)

    def test_a_probe_that_waits_for_another_reason_is_told_with_it(self):
        story = [(0, {"state": "waiting", "reason": "paused"})]
        self.assertIn("is waiting (paused)", self.unseen(Cluster(story)))

    def test_a_probe_has_its_time_from_its_begin(self):
        running = {"state": "running", "attempts": [HERE]}
        self.assertEqual(Cluster([(59, running)] + done(118, HERE)).see()["by"], "probe")
        late = Cluster([(59, running)] + done(120, HERE), finished=[90])
        self.assertIn("is running: no outcome 60 s after its begin", self.unseen(late))

    def test_a_probe_that_is_tried_again_has_begun(self):
        self.assertIn("is retrying", self.unseen(Cluster([(1, {"state": "retrying", "attempts": [HERE]})], finished=[2])))

    def test_where_others_run_every_probe_this_one_takes_none(self):
        cluster = Cluster(done(1, THERE))
        self.assertEqual(self.unseen(cluster), "a 2 on worker1 has run none of 60 probes and finished 0 jobs in 119 s")
        self.assertEqual(len(cluster.keys), P.MOST_PROBES)

    def test_where_each_probe_waits_for_a_while_outcomes_count_after_the_first_ones(self):
        cluster = Cluster(done(25, THERE), finished=[10])
        self.assertEqual((cluster.see()["by"], len(cluster.keys)), ("outcomes", 3))

    def test_and_not_sixty_of_them_are_waited_for(self):
        cluster = Cluster(done(25, THERE))
        self.assertIn("finished 0", self.unseen(cluster))
        self.assertLess(cluster.time, 700)

    def test_a_facade_that_is_away_for_a_while_says_nothing(self):
        cluster = Cluster(done(100, HERE))
        cluster.away = range(0, 90)
        self.assertEqual(cluster.see()["by"], "probe")

    def test_a_probe_is_offered_again_under_the_same_name(self):
        cluster, asked = Cluster(done(1, HERE)), []
        usual = cluster.offer

        def offer(probe, key):
            asked.append(key)
            if len(asked) < 3:
                raise OSError("no answer")
            return usual(probe, key)

        cluster.offer = offer
        cluster.see()
        self.assertEqual(len(set(asked)), 1)

    def test_a_facade_that_stays_away_is_told(self):
        cluster = Cluster([])
        cluster.away = range(10_000)
        self.assertEqual(self.unseen(cluster), "the facade could not be asked: away")
        self.assertEqual(cluster.time, 660)

    def test_a_probe_that_is_refused_is_given_up_earlier(self):
        cluster = Cluster([])

        def offer(probe, key):
            raise P.Refused("422 the input breaks the contract")

        cluster.offer = offer
        self.assertIn("422", self.unseen(cluster))
        self.assertEqual(cluster.time, 60)


def succeeded(job_id, **last):
    return {"id": job_id, "state": "succeeded", "attempts": [THERE, dict(HERE, **last)]}


class HostsJobsTest(unittest.TestCase):
    def jobs(self, pages):
        def ask(path):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
            self.assertEqual(query["state"], ["succeeded"])
            return {"jobs": pages[query["type"][0]].pop(0)}

        return P.HostsJobs(ask, ["a.run.v1", "a.run.v2", "b.run.v1"], "worker1", "2", "77")

    def test_jobs_of_this_process_count_once_each(self):
        jobs = self.jobs({"a.run": [[succeeded("1"), succeeded("2")], [succeeded("2"), succeeded("3")]], "b.run": [[], [succeeded("4")]]})
        self.assertEqual([jobs.finished(), jobs.finished()], [2, 4])

    def test_those_of_other_hosts_releases_and_earlier_processes_do_not(self):
        jobs = self.jobs({
            "a.run": [[
                succeeded("1", host="worker2"), succeeded("2", release="1"), succeeded("3", instance="worker1-7-ab"),
                succeeded("4", instance="worker1-177-ab"), {"id": "5", "state": "succeeded", "attempts": []},
                {"id": "6", "attempts": [{"number": 1}]}]],
            "b.run": [[]]})
        self.assertEqual(jobs.finished(), 0)


class AnyJobsTest(unittest.TestCase):
    def test_what_ends_from_the_first_look_on_counts(self):
        answers, asked = [[100, 5], [100, 5], [101, 7]], []

        def ask(path):
            asked.append(urllib.parse.parse_qs(urllib.parse.urlsplit(path).query))
            return {"from": "2026-01-01T00:00:00Z", "releases": [{"succeeded": n} for n in answers.pop(0)]}

        jobs = P.AnyJobs(ask, ["document.render"])
        self.assertEqual([jobs.finished(), jobs.finished(), jobs.finished()], [0, 0, 3])
        self.assertEqual(asked, [{"type": ["document.render"]}] + 2 * [
            {"type": ["document.render"], "from": ["2026-01-01T00:00:00Z"]}])


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.tell(202, {"key": self.headers["Idempotency-Key"], "got": json.loads(self.rfile.read(int(self.headers["Content-Length"])))})

    def do_GET(self):
        status = {"/v1/jobs/bad": 404, "/v1/jobs/soon": 503, "/v1/jobs/many": 429, "/v1/jobs/moved": 307}.get(self.path, 200)
        self.tell(status, {"total": 3, "path": self.path, "prefer": self.headers["Prefer"], "key": self.headers["Authorization"]})

    def tell(self, status, answer):
        self.send_response(status)
        if status == 307:
            self.send_header("Location", "/v1/jobs/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *arguments):
        pass


class FacadeTest(unittest.TestCase):
    def setUp(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.facade = P.Facade(f"http://127.0.0.1:{server.server_address[1]}/", {"Authorization": "Bearer x"}, 5)

    def test_what_is_asked(self):
        self.assertEqual(self.facade.offer({"type": "a.run"}, "k"), {"key": "k", "got": {"type": "a.run"}})
        self.assertEqual(
            self.facade.job("1"), {"total": 3, "path": "/v1/jobs/1", "prefer": "wait=5", "key": "Bearer x"})
        self.assertEqual(self.facade.ahead({"type": "a.run", "acceptedAt": "2026-01-01T00:00:00Z"}), 3)

    def test_what_is_refused_is_told_from_what_may_pass(self):
        with self.assertRaises(P.Refused):
            self.facade.job("bad")
        for path in ("soon", "many"):
            with self.assertRaises(OSError) as thrown:
                self.facade.job(path)
            self.assertNotIsInstance(thrown.exception, P.Refused)

    def test_a_redirect_is_not_followed_with_the_key(self):
        with self.assertRaisesRegex(OSError, "307"):
            self.facade.job("moved")


if __name__ == "__main__":
    unittest.main()
