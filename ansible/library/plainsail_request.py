#!/usr/bin/python3
"""One HTTP request, also with TLS on a new Python. See DOCUMENTATION."""

import json
import urllib.error
import urllib.request

from ansible.module_utils.plainsail_http import open_url

DOCUMENTATION = """
module: plainsail_request
short_description: One HTTP request from a host
description:
  - As ansible.builtin.uri, with its names for what of it is here. That of ansible-core 2.14, which Debian 12 has, cannot
    speak TLS on hosts with Python 3.12 or newer, which Debian 13 has.
  - Trusts what the host trusts. No answer is the status -1.
options:
  url: {type: str, required: true, description: Where it goes.}
  method: {type: str, default: GET, description: What it asks for.}
  headers: {type: dict, default: {}, no_log: true, description: Its headers.}
  body: {type: raw, description: Sent as JSON.}
  body_format: {type: str, choices: [json], default: json, description: How the body is sent.}
  status_code: {type: list, elements: int, default: [200], description: Answers that are no failure.}
  timeout: {type: int, default: 30, description: Seconds until it is given up.}
  validate_certs: {type: bool, default: true, description: Whether it must be proven who answers.}
"""

MAX_BYTES = 16 * 1024 * 1024


def ask(url, method, headers, body, timeout, validate_certs):
    """The status and the body; -1 and the reason if there is no answer."""
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **headers}
    try:
        request = urllib.request.Request(url, data=data, method=method, headers=headers)
        with open_url(request, timeout, validate_certs) as answer:
            return answer.status, answer.read(MAX_BYTES).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(MAX_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        return -1, str(getattr(error, "reason", error))


def main():
    from ansible.module_utils.basic import AnsibleModule  # not needed to test what stands above

    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "method": {"type": "str", "default": "GET"},
            "headers": {"type": "dict", "default": {}, "no_log": True},
            "body": {"type": "raw"},
            "body_format": {"type": "str", "choices": ["json"], "default": "json"},
            "status_code": {"type": "list", "elements": "int", "default": [200]},
            "timeout": {"type": "int", "default": 30},
            "validate_certs": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    if module.check_mode and wanted["method"] != "GET":
        module.exit_json(changed=True, skipped=True, status=-1, msg="not sent in check mode")
    status, text = ask(
        wanted["url"], wanted["method"], wanted["headers"], wanted["body"], wanted["timeout"], wanted["validate_certs"])
    result = {"changed": False, "status": status, "url": wanted["url"], "content": text}
    try:
        result["json"] = json.loads(text)
    except ValueError:
        pass
    if status not in wanted["status_code"]:
        shown = text if len(text) <= 500 else text[:500] + " …"
        module.fail_json(msg=f"{wanted['url']}: {status}, expected {wanted['status_code']}: {shown}", **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
