#!/usr/bin/python3
"""Judges a release of a worker service by what came of its jobs. See DOCUMENTATION."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

from ansible.module_utils.plainsail_http import open_url

DOCUMENTATION = """
module: plainsail_judge
short_description: Judge a release of a worker service by what came of its jobs
description:
  - Waits until the new release has ended enough attempts, or long enough, and compares them with the old release's.
  - Fails with the reasons if the new release is worse. Health checks play no part in it.
  - A repeated dead job that fails again is no failure of the release, since it failed before; one that succeeds counts.
options:
  url: {type: str, required: true, description: The facade.}
  service: {type: str, required: true, description: The worker service, e.g. document.}
  release: {type: str, required: true, description: The new release.}
  old: {type: str, required: true, description: The old release.}
  since: {type: str, required: true, description: When the new release was started, RFC 3339.}
  baseline_seconds: {type: int, default: 86400, description: How far back the old release's attempts count.}
  attempts: {type: int, default: 20, description: Ended attempts that are enough for a verdict.}
  seconds: {type: int, default: 300, description: After so long the verdict is given on what there is.}
  margin: {type: float, default: 0.05, description: How much larger the share of failures may be than the old one's.}
  slower: {type: float, default: 3.0, description: How many times as long the median may take.}
  replays: {type: list, elements: str, default: [], description: Repeated dead jobs whose end is waited for and told.}
  headers: {type: dict, default: {}, no_log: true, description: Headers for the facade.}
"""

GO, STOP, WAIT = "go", "stop", "wait"

# A single failure says more about its job than about the release.
FEWEST_FAILURES = 2
# A median of fewer says nothing, and one of milliseconds is noise.
FEWEST_FOR_MEDIAN = 10
SHORTEST_MEDIAN_MILLIS = 100

UNFINISHED = ("waiting", "queued", "running", "retrying")
# Ids of jobs in a record.
MAX_TOLD = 20


def figures(rows, service, release):
    """Sums a release's rows over its job types: attempts that ended, failures among them, medians by type."""
    sums = {"attempts": 0, "failures": 0, "medians": {}}
    for row in rows:
        if row["service"] != service or row["release"] != release:
            continue
        failures = row["failed"] + row["retried"] + row["lost"] - row.get("failedAgain", 0)
        attempts = row["succeeded"] + failures
        sums["attempts"] += attempts
        sums["failures"] += failures
        if row.get("medianMillis") is not None and attempts >= FEWEST_FOR_MEDIAN:
            sums["medians"][f"{row['type']}.v{row['version']}"] = row["medianMillis"]
    return sums


def share(sums):
    return sums["failures"] / sums["attempts"] if sums["attempts"] else 0.0


def judge(new, old, enough, margin, slower, time_is_up):
    """The verdict and its reasons. Failures beyond the margin stop it before there are enough attempts: more would fail."""
    bound = share(old) + margin
    few = new["attempts"] < enough
    # Of the attempts that are needed, not only of those that have ended: a bad start among many good ones is no verdict.
    certain = new["failures"] / max(new["attempts"], enough) > bound
    if new["failures"] >= FEWEST_FAILURES and share(new) > bound and (certain or not few or time_is_up):
        return STOP, [
            f"{new['failures']} of {new['attempts']} attempts failed, {share(new):.1%};"
            f" {share(old):.1%} of {old['attempts']} did with the old release, and {bound:.1%} is the bound"
        ]
    if few and not time_is_up:
        return WAIT, [f"{new['attempts']} of {enough} attempts have ended"]
    if new["attempts"] == 0:
        return STOP, ["no attempt has ended: there is nothing to judge by"]
    reasons = [
        f"{job_type}: the median takes {median} ms, and took {old['medians'][job_type]} ms with the old release;"
        f" {slower:g} times as long is the bound"
        for job_type, median in sorted(new["medians"].items())
        if job_type in old["medians"] and median > slower * max(old["medians"][job_type], SHORTEST_MEDIAN_MILLIS)
    ]
    if reasons:
        return STOP, reasons
    return GO, [f"{new['failures']} of {new['attempts']} attempts failed, {share(new):.1%}, within {bound:.1%}"]


class Replays:
    """What comes of repeated dead jobs."""

    def __init__(self, ids, release):
        self.open, self.release = list(ids), release
        self.told = {"replayed": len(ids), "succeeded": 0, "failedAgain": 0, "otherwise": 0, "elsewhere": 0, "failedJobs": []}

    def look(self, ask):
        """Asks for those that have not ended; ask: answers with the job of an id, or None if it is there no more."""
        still = list(self.open)
        for job_id in still:
            job = ask(job_id)
            state = "gone" if job is None else job["state"]
            if state in UNFINISHED:
                continue
            self.open.remove(job_id)
            self.told[{"succeeded": "succeeded", "failed": "failedAgain"}.get(state, "otherwise")] += 1
            attempts = (job or {}).get("attempts") or [{}]
            self.told["elsewhere"] += attempts[-1].get("release", self.release) != self.release
            if state == "failed" and len(self.told["failedJobs"]) < MAX_TOLD:
                self.told["failedJobs"].append(job_id)

    def figures(self):
        return dict(self.told, unfinished=len(self.open))


def get(url, path, headers):
    request = urllib.request.Request(url.rstrip("/") + path, headers=headers)
    with open_url(request, 10) as answer:
        return json.load(answer)


def releases(url, start, headers):
    return get(url, "/v1/releases?" + urllib.parse.urlencode({"from": start}), headers)["releases"]


def job(url, job_id, headers):
    try:
        return get(url, f"/v1/jobs/{job_id}", headers)
    except urllib.error.HTTPError as e:
        if e.code == 404:
            return None
        raise


def main():
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "service": {"type": "str", "required": True},
            "release": {"type": "str", "required": True},
            "old": {"type": "str", "required": True},
            "since": {"type": "str", "required": True},
            "baseline_seconds": {"type": "int", "default": 86400},
            "attempts": {"type": "int", "default": 20},
            "seconds": {"type": "int", "default": 300},
            "margin": {"type": "float", "default": 0.05},
            "slower": {"type": "float", "default": 3.0},
            "replays": {"type": "list", "elements": "str", "default": []},
            "headers": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    p = module.params
    until = time.monotonic() + p["seconds"]
    baseline = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - p["baseline_seconds"]))
    trouble = None
    new = old = None
    replays = Replays(p["replays"], p["release"])
    while True:
        time_is_up = time.monotonic() >= until
        try:
            new = figures(releases(p["url"], p["since"], p["headers"]), p["service"], p["release"])
            old = figures(releases(p["url"], baseline, p["headers"]), p["service"], p["old"])
            verdict, reasons = judge(new, old, p["attempts"], p["margin"], p["slower"], time_is_up)
            replays.look(lambda job_id: job(p["url"], job_id, p["headers"]))
            if verdict == GO and replays.open and not time_is_up:
                verdict = WAIT
            trouble = None
        except (OSError, ValueError, KeyError) as e:
            # A facade that is away for a moment says nothing about the release.
            verdict, reasons, trouble = WAIT, [], f"the facade at {p['url']} could not be asked: {e}"
        if verdict == WAIT and time_is_up:
            verdict, reasons = STOP, [trouble or "no verdict in time"]
        if verdict != WAIT:
            break
        time.sleep(2)
    result = {"verdict": verdict, "reasons": reasons, "figures": {"new": new, "old": old}, "replays": replays.figures()}
    if verdict == STOP:
        module.fail_json(msg=f"release {p['release']} of {p['service']} is not good: {'; '.join(reasons)}", **result)
    module.exit_json(changed=False, msg=reasons[0], **result)


if __name__ == "__main__":
    main()
