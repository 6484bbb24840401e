#!/usr/bin/python3
"""What HAProxy knows of the facades behind it, and of the requests that it passed on. See DOCUMENTATION."""

import csv
import socket

DOCUMENTATION = """
module: plainsail_proxy
short_description: State of the facades and counts of requests, as HAProxy has them
description:
  - Asks the statistics socket. Changes nothing. Counts are those since HAProxy was started.
options:
  socket: {type: path, default: /run/haproxy/admin.sock, description: The statistics socket.}
  backend: {type: str, default: facades, description: The backend with the facades.}
  before: {type: dict, default: {}, description: Counts of an earlier time; what has come since is told too.}
"""

COUNTS = {
    "serverErrors": ("hrsp_5xx",),
    "notConnected": ("econ",),
    "brokenAnswers": ("eresp", "srv_abrt"),
    "sentAgain": ("wretr", "wredis"),
}


def parse(text, backend):
    servers, counts = {}, {}
    for row in csv.DictReader(text.lstrip("# ").splitlines()):
        if row["pxname"] != backend:
            continue
        if row["svname"] == "BACKEND":
            counts = {name: sum(int(row[field] or 0) for field in fields) for name, fields in COUNTS.items()}
            counts["answers"] = sum(int(row[f"hrsp_{kind}"] or 0) for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))
        else:
            servers[row["svname"]] = row["status"]
    if not counts:
        raise ValueError(f"HAProxy has no backend {backend}")
    return servers, counts


def since(before, counts):
    """What has come since; nothing if HAProxy was started anew meanwhile, and so counts anew."""
    grown = {name: counts[name] - int(before[name]) for name in counts if name in before}
    return grown if grown and min(grown.values()) >= 0 else {}


def ask(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(path)
        connection.sendall(b"show stat\n")
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer.decode("utf-8")


def main():
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(
        argument_spec={
            "socket": {"type": "path", "default": "/run/haproxy/admin.sock"},
            "backend": {"type": "str", "default": "facades"},
            "before": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    try:
        servers, counts = parse(ask(module.params["socket"]), module.params["backend"])
    except (OSError, ValueError, KeyError) as e:
        module.fail_json(msg=f"HAProxy cannot be asked at {module.params['socket']}: {e}")
    up = sorted(name for name, status in servers.items() if status.startswith("UP"))
    module.exit_json(
        changed=False, servers=servers, up=up, counts=counts, since=since(module.params["before"], counts)
    )


if __name__ == "__main__":
    main()
