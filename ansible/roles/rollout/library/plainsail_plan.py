#!/usr/bin/python3
"""Asks a facade what a release of a worker service would meet, and what it would break. See DOCUMENTATION."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request

from ansible.module_utils.plainsail_http import open_url

DOCUMENTATION = """
module: plainsail_plan
short_description: Weigh a release of a worker service before anything is touched
description:
  - Lets the facade check the release's contracts against those in force and the jobs that are there.
  - Tells for each job type what waits, runs, is tried again and is dead, and how long an attempt may take.
  - A job type that the fleet handles and the release does not counts as broken while jobs of it are unfinished.
  - Changes nothing; does not fail because of what it finds, but says what speaks against the release.
options:
  url: {type: str, required: true, description: The facade.}
  service: {type: str, required: true, description: The worker service, e.g. document.}
  contracts: {type: list, elements: dict, required: true, description: The release's, as documents.}
  seconds: {type: int, default: 60, description: How long a facade that does not answer is asked again.}
  headers: {type: dict, default: {}, no_log: true, description: Headers for the facade.}
"""

BREAKS, UNDECIDED = "breaks", "undecided"
UNFINISHED = ("waiting", "queued", "running", "retrying")


def reason_text(reason):
    """One line of a reason: where, what, by which rule, and a payload that shows it."""
    if not isinstance(reason, dict):
        return str(reason)
    text = f"{reason.get('side', '')} {reason.get('pointer') or '/'}: {reason.get('detail', '')} ({reason.get('rule', '')})"
    return text.strip() + (f", such as {json.dumps(reason['payload'])[:500]}" if "payload" in reason else "")


def example_text(broken):
    return f"job {broken.get('job')} ({broken.get('state')}) at {broken.get('pointer') or '/'}: {broken.get('detail')}"


def against(name, answer):
    """What the facade's verdict on one contract says against it: (kind, text) pairs."""
    verdict = answer.get("verdict", "unknown")
    data = answer.get("data") or {}
    broken = data.get("wouldBreak") or 0
    reasons = [reason for reason in answer.get("reasons") or [] if not isinstance(reason, dict) or reason.get("verdict") != "compatible"]
    texts = [reason_text(reason) for reason in reasons]
    if broken:
        examples = [example_text(one) for one in (data.get("examples") or [])[:3]]
        texts.append("; ".join([f"{broken} of {data.get('checked')} jobs that are there would break", *examples]))
    if verdict not in ("compatible", "undecided") or broken:
        return [(BREAKS, f"{name}: {text}") for text in texts or [f"the verdict is {verdict}"]]
    found = [(UNDECIDED, f"{name}: {text}") for text in texts or ["no reason given"]] if verdict == "undecided" else []
    if not data.get("complete", True):
        found.append((UNDECIDED, f"{name}: {data.get('checked')} of {data.get('total')} jobs could be checked in time"))
    return found


def weigh(contracts, answers, fleet, queues, dead, timeouts):
    """The plan by job type, and what speaks against it.

    answers: the facade's, by position of the contract; fleet: keys ("type.vN") that the service's instances handle now;
    queues: rows by key; dead: how many by type; timeouts: ISO 8601 in force by key.
    """
    findings, types = [], []
    brought = {f"{one['type']}.v{one['version']}": one for one in contracts}
    for (name, one), answer in zip(brought.items(), answers):
        findings += against(name, answer)
        types.append({"type": name, "verdict": answer.get("verdict", "unknown"), "timeout": timeouts.get(name, one["timeout"])})
    for name in sorted(set(fleet) - set(brought)):
        row = queues.get(name, {})
        left = {state: row[state] for state in UNFINISHED if row.get(state)}
        if left:
            told = ", ".join(f"{count} {state}" for state, count in left.items())
            findings.append((BREAKS, f"{name}: the release does not handle it any more, and jobs of it are there: {told}"))
        types.append({"type": name, "verdict": "dropped", "timeout": timeouts.get(name, "")})
    for one in types:
        row = queues.get(one["type"], {})
        one.update({state: row.get(state, 0) for state in UNFINISHED})
        one["dead"] = dead.get(one["type"].rsplit(".v", 1)[0], 0)
    return {
        "types": types,
        "breaks": [text for kind, text in findings if kind == BREAKS],
        "undecided": [text for kind, text in findings if kind == UNDECIDED],
    }


class Facade:
    def __init__(self, url, headers, seconds):
        self.url, self.headers, self.until = url.rstrip("/"), headers, time.monotonic() + seconds

    def ask(self, path, body=None, absent=None):
        """The answer to GET, or to POST with a body; absent where there is none (404). Asks again while it is away."""
        headers = dict(self.headers, **({"Content-Type": "application/json"} if body is not None else {}))
        data = None if body is None else json.dumps(body).encode()
        while True:
            try:
                with open_url(urllib.request.Request(self.url + path, data, headers), 60) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as e:
                if e.code == 404 and absent is not None:
                    return absent
                if e.code < 500 and e.code != 429:
                    raise RuntimeError(f"{path}: {e.code} {e.read(2000).decode(errors='replace')}") from e
                trouble = e
            except OSError as e:
                trouble = e
            if time.monotonic() > self.until:
                raise RuntimeError(f"the facade at {self.url} could not be asked: {trouble}")
            time.sleep(2)


def plan(facade, service, contracts):
    # A facade that knows no check cannot say that nothing breaks.
    unknown = {"verdict": "undecided", "reasons": ["this facade does not check contracts"]}
    answers = [facade.ask(f"/v1/job-types/{urllib.parse.quote(one['type'])}/check", one, absent=unknown) for one in contracts]
    fleet = {
        name
        for worker in facade.ask("/v1/workers")["workers"]
        if worker["service"] == service and worker["state"] != "silent"
        for name in worker["types"]
    }
    names = fleet | {f"{one['type']}.v{one['version']}" for one in contracts}
    queues = {f"{row['type']}.v{row['version']}": row for row in facade.ask("/v1/queues")["queues"]}
    dead, timeouts = {}, {}
    for name in names:
        job_type, version = name.rsplit(".v", 1)
        query = urllib.parse.urlencode({"type": job_type, "state": "failed"})
        dead[job_type] = sum(facade.ask(f"/v1/jobs/count?{query}")["states"].values())
        in_force = facade.ask(f"/v1/job-types/{urllib.parse.quote(job_type)}/v{version}", absent={})
        if "timeout" in in_force:
            timeouts[name] = in_force["timeout"]
    return weigh(contracts, answers, fleet, queues, dead, timeouts)


def main():
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "service": {"type": "str", "required": True},
            "contracts": {"type": "list", "elements": "dict", "required": True},
            "seconds": {"type": "int", "default": 60},
            "headers": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    p = module.params
    try:
        found = plan(Facade(p["url"], p["headers"], p["seconds"]), p["service"], p["contracts"])
    except (RuntimeError, ValueError, KeyError) as e:
        module.fail_json(msg=f"the plan cannot be made: {e}")
    module.exit_json(changed=False, plan=found)


if __name__ == "__main__":
    main()
