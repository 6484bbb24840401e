#!/usr/bin/python3
"""Repeats dead jobs on one release of a worker service. See DOCUMENTATION."""

import heapq
import json
import time
import urllib.error
import urllib.parse
import urllib.request

from ansible.module_utils.plainsail_http import open_url

DOCUMENTATION = """
module: plainsail_replay
short_description: Repeat dead jobs on one release of a worker service
description:
  - Repeats the newest dead jobs that were not repeated yet, each as a new job that the release's workers run.
  - A job that the facade does not repeat, and a facade that is away, are told and no failure.
options:
  url: {type: str, required: true, description: The facade.}
  release: {type: str, required: true, description: The release that is to run them.}
  types: {type: list, elements: str, required: true, description: "Of these types, such as document.render.v1."}
  most: {type: int, required: true, description: So many at most.}
  seconds: {type: int, default: 60, description: How long it may take.}
  headers: {type: dict, default: {}, no_log: true, description: Headers for the facade.}
"""

# For each that is to be repeated, so many are looked at: those that were repeated before are dead too.
LOOKED_AT = 10


class Away(Exception):
    """No answer in time."""


class Facade:
    def __init__(self, url, headers, seconds):
        self.url, self.headers, self.until = url.rstrip("/"), headers, time.monotonic() + seconds

    def ask(self, path, method="GET"):
        """Status and answer. Asks again while the facade is away: all that is asked here may be asked twice."""
        while True:
            request = urllib.request.Request(self.url + path, None, self.headers, method=method)
            try:
                with open_url(request, 30) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as e:
                if e.code < 500 and e.code != 429:
                    return e.code, problem(e.read(100_000))
                trouble = e
            except (OSError, ValueError) as e:
                trouble = e
            if time.monotonic() > self.until:
                raise Away(f"the facade at {self.url} could not be asked: {trouble}")
            time.sleep(1)


def problem(body):
    try:
        answer = json.loads(body)
        return answer if isinstance(answer, dict) else {}
    except ValueError:
        return {}


def dead(facade, job_type):
    """Dead jobs of a type, newest first, as the list shows them."""
    path = "/v1/jobs?" + urllib.parse.urlencode({"state": "failed", "type": job_type, "limit": 100})
    while path:
        status, page = facade.ask(path)
        if status != 200:
            raise Away(f"{path}: {status} {page.get('detail', '')}")
        yield from page["jobs"]
        path = page.get("next")


def replay(facade, types, release, most):
    """Ids of the new jobs, and how many were refused for which reason."""
    replayed, refused = [], {}
    # Ids sort by the time of acceptance.
    lists = [dead(facade, name) for name in sorted({key.rsplit(".v", 1)[0] for key in types})]
    newest = heapq.merge(*lists, key=lambda job: job["id"], reverse=True)
    try:
        for looked, job in enumerate(newest):
            if len(replayed) == most or looked == LOOKED_AT * most:
                break
            if f"{job['type']}.v{job['version']}" not in types:
                continue
            status, shown = facade.ask(f"/v1/jobs/{job['id']}")
            if status != 200 or "replay" in shown["links"]:
                continue
            status, answer = facade.ask(f"/v1/jobs/{job['id']}/replay?" + urllib.parse.urlencode({"onRelease": release}), "POST")
            if status == 200 and answer.get("onRelease") == release:
                replayed.append(answer["id"])
                continue
            reason = f"{status} {answer.get('title', '')}: {answer.get('detail', '')}"
            if status == 200:
                # It ignores what it does not know, and has repeated that one on whatever release takes it.
                reason = "this facade cannot repeat a job on one release"
            refused[reason] = refused.get(reason, 0) + 1
            if status == 200:
                break
    except Away as e:
        refused[str(e)] = 1
    return replayed, refused


def main():
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "release": {"type": "str", "required": True},
            "types": {"type": "list", "elements": "str", "required": True},
            "most": {"type": "int", "required": True},
            "seconds": {"type": "int", "default": 60},
            "headers": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=False,
    )
    p = module.params
    replayed, refused = replay(Facade(p["url"], p["headers"], p["seconds"]), p["types"], p["release"], p["most"])
    module.exit_json(changed=bool(replayed), replayed=replayed, refused=refused)


if __name__ == "__main__":
    main()
