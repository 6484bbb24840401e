#!/usr/bin/python3
"""Sees that a host bears jobs after its move. See DOCUMENTATION."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from ansible.module_utils.plainsail_http import open_url

DOCUMENTATION = """
module: plainsail_probe
short_description: See that a host bears jobs after its move
description:
  - Offers probe jobs, one after the other, until one was run on the host, and fails if one was run without success.
  - A probe that nobody has begun says nothing about the host. Once its time is over, the host has passed too if its new
    process has finished a job successfully; that is waited for, for so long at most.
  - Without a host, for a facade, any worker may run the probe, and any job that ends successfully meanwhile will do.
options:
  url: {type: str, required: true, description: The facade.}
  probe: {type: dict, required: true, description: The request for a probe job.}
  what: {type: str, required: true, description: "What is looked at, as it is told: document 1.2.3 on worker1."}
  types: {type: list, elements: str, required: true, description: "Job types whose outcomes count, such as document.render.v1."}
  host: {type: str, default: '', description: The host as workers tell it; empty for a facade.}
  release: {type: str, default: '', description: The release that the host has now.}
  process: {type: str, default: '', description: The service's process id there.}
  seconds: {type: int, default: 60, description: How long a probe may wait for its begin; and how long it may run.}
  sign_seconds: {type: int, default: 600, description: How long a sign of life is waited for after that.}
  headers: {type: dict, default: {}, no_log: true, description: Headers for the facade.}
"""

# Where other hosts take every one of so many, this one takes none.
MOST_PROBES = 60
NOT_BEGUN = ("waiting", "queued")
BEGUN = ("running", "retrying")


class Unseen(Exception):
    """Why the host has not passed."""


class Refused(OSError):
    """The facade does not take what it was sent, and hardly will."""


class Facade:
    def __init__(self, url, headers, wait):
        self.url, self.headers, self.wait = url.rstrip("/"), headers, wait

    def ask(self, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self.headers, **(headers or {})}
        try:
            with open_url(urllib.request.Request(self.url + path, data, sent), 30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            refused = 400 <= e.code < 500 and e.code not in (409, 429)
            raise (Refused if refused else OSError)(f"{e.code} {e.read(500).decode('utf-8', 'replace')}") from e

    def offer(self, probe, key):
        """A new job; the same one again for the same key."""
        return self.ask("/v1/jobs", probe, {"Idempotency-Key": key})

    def job(self, job_id):
        """As it is when it has ended, or some seconds later."""
        return self.ask(f"/v1/jobs/{job_id}", headers={"Prefer": f"wait={self.wait}"})

    def ahead(self, job):
        """Jobs of its type that were accepted earlier and wait for a worker too."""
        query = {"state": "queued", "type": job["type"], "before": job["acceptedAt"]}
        return self.ask("/v1/jobs/count?" + urllib.parse.urlencode(query))["total"]


class HostsJobs:
    """What a worker's process has finished, as far as it is among the newest jobs that succeeded."""

    def __init__(self, ask, types, host, release, process):
        self.ask, self.host, self.release = ask, host, release
        self.names = sorted({key.rsplit(".v", 1)[0] for key in types})
        # An instance is named <host>-<process id>-<random>: whatever ran before on the host is another.
        self.instance = re.compile(".*-" + re.escape(process) + "-[^-]+")
        self.jobs = set()

    def ran(self, job):
        last = (job.get("attempts") or [{}])[-1]
        return (
            last.get("host") == self.host
            and last.get("release") == self.release
            and self.instance.fullmatch(last.get("instance", "")) is not None)

    def finished(self):
        for name in self.names:
            query = urllib.parse.urlencode({"state": "succeeded", "type": name, "limit": 100})
            self.jobs.update(job["id"] for job in self.ask("/v1/jobs?" + query)["jobs"] if self.ran(job))
        return len(self.jobs)


class AnyJobs:
    """What any worker has finished since this was asked first."""

    def __init__(self, ask, types):
        self.ask, self.start, self.before = ask, None, {}
        self.names = sorted({key.rsplit(".v", 1)[0] for key in types})

    def ran(self, job):
        return True

    def finished(self):
        count = 0
        for name in self.names:
            query = {"type": name} if self.start is None else {"type": name, "from": self.start}
            answer = self.ask("/v1/releases?" + urllib.parse.urlencode(query))
            # One beginning for all: by default it moves on with the time.
            self.start = answer["from"]
            succeeded = sum(row["succeeded"] for row in answer["releases"])
            count += succeeded - self.before.setdefault(name, succeeded)
        return count


def see(facade, jobs, probe, what, seconds, sign_seconds, clock=time.monotonic, rest=time.sleep):
    """How it was seen, and what that took. Raises Unseen."""
    start = clock()
    job, begun_at, offered, finished, trouble, refused = None, None, 0, None, None, False
    key = str(uuid.uuid4())

    def told(by):
        return {"by": by, "probe": job["id"], "probes": offered, "finished": finished or 0, "seconds": round(clock() - start)}

    while True:
        late = clock() - start >= seconds
        over = clock() - start >= seconds + sign_seconds
        try:
            if finished is None:
                finished = jobs.finished()
            if job is None or (job["state"] == "succeeded" and offered < MOST_PROBES):
                job, begun_at = facade.offer(probe, key), None
                key, offered = str(uuid.uuid4()), offered + 1
            job = facade.job(job["id"])
            if job["state"] in BEGUN:
                begun_at = clock() if begun_at is None else begun_at
            elif job["state"] == "succeeded" and jobs.ran(job):
                return told("probe")
            elif late and job["state"] in (*NOT_BEGUN, "succeeded"):
                finished = jobs.finished()
                if finished > 0:
                    return told("outcomes")
            trouble, refused = None, False
        except (OSError, ValueError, KeyError) as e:
            # A facade that is away for a moment says nothing about the host.
            trouble, refused = f"the facade could not be asked: {e}", isinstance(e, Refused)
        state = job["state"] if job else None
        if state not in (None, *NOT_BEGUN, *BEGUN, "succeeded"):
            why = (job.get("error") or {}).get("message") or job.get("reason") or "it was not run"
            raise Unseen(f"the probe, job {job['id']}, is {state}: {why}")
        if state in BEGUN:
            if clock() - begun_at >= seconds:
                raise Unseen(f"the probe, job {job['id']}, is {state}: no outcome {seconds} s after its begin (rollout_probe_seconds)")
        elif over or (late and refused) or (late and offered >= MOST_PROBES and state == "succeeded"):
            raise Unseen(trouble or unseen(facade, job, what, finished, offered, round(clock() - start)))
        rest(1)


def unseen(facade, job, what, finished, offered, waited):
    if job["state"] == "succeeded":
        return f"{what} has run none of {offered} probes and finished {finished} jobs in {waited} s"
    try:
        ahead = facade.ahead(job)
    except (OSError, ValueError, KeyError):
        ahead = "an unknown number of"
    reason = f" ({job['reason']})" if job.get("reason") else ""
    return (
        f"the probe, job {job['id']}, is {job['state']}{reason} behind {ahead} jobs, and {what} has finished {finished}"
        f" in {waited} s: there is no sign that it takes jobs (rollout_probe_seconds, then rollout_sign_seconds)")


def main():
    from ansible.module_utils.basic import AnsibleModule  # not needed to test what stands above

    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "probe": {"type": "dict", "required": True},
            "what": {"type": "str", "required": True},
            "types": {"type": "list", "elements": "str", "required": True},
            "host": {"type": "str", "default": ""},
            "release": {"type": "str", "default": ""},
            "process": {"type": "str", "default": ""},
            "seconds": {"type": "int", "default": 60},
            "sign_seconds": {"type": "int", "default": 600},
            "headers": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=False,
    )
    p = module.params
    facade = Facade(p["url"], p["headers"], max(1, min(5, p["seconds"])))
    jobs = HostsJobs(facade.ask, p["types"], p["host"], p["release"], p["process"]) if p["host"] else AnyJobs(facade.ask, p["types"])
    try:
        module.exit_json(changed=False, **see(facade, jobs, p["probe"], p["what"], p["seconds"], p["sign_seconds"]))
    except Unseen as e:
        module.fail_json(msg=str(e))


if __name__ == "__main__":
    main()
