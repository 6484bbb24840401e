#!/usr/bin/python3
"""A worker service in Python, by docs/wire.md alone: one job at a time, of the type in contract.json.

It declares its queue, announces its contract, claims what may not be the only copy, reports started, progress, log and
outcome, lets failures for now rest in the broker, stops what is cancelled, and acknowledges last.

usage: worker.py
environment: PLAINSAIL_AMQP_URI (default amqp://guest:guest@127.0.0.1:5672/%2f), PLAINSAIL_FACADE_URL (default
http://127.0.0.1:8080), PLAINSAIL_HEARTBEAT_EVERY (ISO 8601, a third of the facade's lease at most, default PT10S). Needs Python 3.9 or newer and pika 1.2 or newer (Debian: python3-pika).

SIGTERM: no further job; the one that runs may finish within 30 s, else it is handed back. Exit status 0.
"""

import json
import os
import random
import re
import signal
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

CE = "cloudEvents_"
DELAYS = (1, 3, 10, 30, 100, 300, 1000, 3600)
NO_DELIVERY_LIMIT = 1_000_000_000
NEWS_EVERY = 0.5
ABANDON_GRACE = 5.0
CHECK_EVERY = 1.0
ANNOUNCE_EVERY = 30.0
STARTED_AFTER = 0.5
DRAIN_GRACE = 30.0
CLAIM_PATIENCE = 5.0
STALE_AFTER = 5.0
MAX_LOG_LINES = 2000


class JobFailed(Exception):
    """What a handler raises to fail in its own words. Categories that may pass: unavailable, throttled, timeout, internal."""

    def __init__(self, category, code, message):
        super().__init__(message)
        self.category, self.code = category, code


class Interrupted(Exception):
    """Raised inside a handler that asks Job.rest or Job.check after it should end."""


# ---- the handler: all that is this worker's own -----------------------------------------------------------------------


def count(job):
    text = job.input["text"]
    lines = text.splitlines()
    words = 0
    for number, line in enumerate(lines, start=1):
        words += len(line.split())
        job.progress(100 * number / len(lines), f"line {number} of {len(lines)}")
        job.rest(job.input.get("secondsPerLine", 0))
    job.log(f"counted {words} words")
    return {"lines": len(lines), "words": words, "characters": len(text)}


# ---- the wire ---------------------------------------------------------------------------------------------------------


def storable(text, most):
    """Text that JSON and every store can hold: no half characters, no NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")[:most]


def now():
    return datetime.now(timezone.utc)


def rfc3339(moment):
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def instant(text):
    """RFC 3339 in UTC with up to nine digits of a second, of which Python keeps six."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z", text)
    if not match:
        raise ValueError(f"{text!r} is not a time in UTC")
    micros = int(((match[2] or ".0")[1:] + "000000")[:6])
    return datetime.fromisoformat(match[1]).replace(microsecond=micros, tzinfo=timezone.utc)


def seconds(text):
    """An ISO 8601 duration of days, hours, minutes and seconds."""
    match = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", text)
    if not match or text in ("P", "PT"):
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    days, hours, minutes, secs = (float(part or 0) for part in match.groups())
    return 86400 * days + 3600 * hours + 60 * minutes + secs


class Message:
    """A job message as it came. Raises ValueError or KeyError for what cannot be read."""

    def __init__(self, method, properties, body, contract):
        self.tag, self.body = method.delivery_tag, body
        # The broker's own begin with x- and are not to be published again.
        self.headers = {
            name: value
            for name, value in (properties.headers or {}).items()
            if isinstance(value, str) and not name.startswith("x-")
        }
        self.delivered_before = method.redelivered or (properties.headers or {}).get("x-delivery-count", 0) > 0
        self.came = time.monotonic()
        self.job = str(uuid.UUID(self.headers[CE + "subject"]))
        self.attempt = int(self.headers[CE + "plainsailattempt"])
        if self.attempt < 1:
            raise ValueError(f"attempt is {self.attempt}: must be 1 or more")
        version = int(self.headers[CE + "plainsailversion"])
        if (self.headers[CE + "plainsailtype"], version) != (contract["type"], contract["version"]):
            raise ValueError("it is of another job type")
        self.timeout = min(seconds(self.headers[CE + "plainsailtimeout"]), seconds(contract["timeout"]))
        self.token = self.headers.get(CE + "plainsailtoken", "")
        self.failed_attempts = int(self.headers.get(CE + "plainsailfailedattempts", "0"))
        self.maybe_duplicate = self.headers.get(CE + "plainsailmaybeduplicate") == "true"
        self.unheard = [claim for claim in self.headers.get(CE + "plainsailunheardclaims", "").split(",") if claim]
        self.not_before = self.time("notbefore")
        self.start_by, self.end_by = self.time("startby"), self.time("endby")

    def time(self, name):
        text = self.headers.get(CE + "plainsail" + name)
        return instant(text) if text else None

    def is_late(self):
        return bool(self.start_by and self.attempt == 1 and now() > self.start_by) or bool(
            self.end_by and now() > self.end_by
        )

    def again(self, not_before, **changes):
        """The headers of the same message, to come again later."""
        headers = dict(self.headers)
        headers[CE + "plainsailnotbefore"] = rfc3339(not_before)
        for name, value in changes.items():
            headers[CE + "plainsail" + name] = value
        return headers

    def next_attempt(self, not_before):
        headers = self.again(
            not_before, attempt=str(self.attempt + 1), failedattempts=str(self.failed_attempts + 1)
        )
        headers[CE + "id"] = f"{self.job}.{self.attempt + 1}"
        for name in ("maybeduplicate", "unheardclaims"):
            headers.pop(CE + "plainsail" + name, None)
        return headers


class Facade:
    """What a worker asks the facade. None: not reached."""

    def __init__(self, url, worker):
        self.url, self.worker = url.rstrip("/"), worker

    def post(self, path, body, token=None):
        request = urllib.request.Request(
            self.url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}, method="POST"
        )
        if token is not None:
            request.add_header("Authorization", "Bearer " + token)
        with urllib.request.urlopen(request, timeout=CLAIM_PATIENCE) as answer:
            return json.load(answer)

    def claim(self, message, maybe_running, suspects_welcome, claim):
        """("answer", {...}), ("refused", why), ("unheard", None) or ("unreached", None)"""
        body = dict(
            self.worker, maybeRunning=maybe_running, suspectsWelcome=suspects_welcome, id=claim, unheard=message.unheard
        )
        try:
            return "answer", self.post(f"/v1/jobs/{message.job}/attempts/{message.attempt}/claim", body, message.token)
        except urllib.error.HTTPError as e:
            problem = e.headers.get_content_type() == "application/problem+json"
            if e.code in (400, 403) and problem:
                return "refused", e.read().decode(errors="replace")
            return "unheard", None
        except urllib.error.URLError as e:
            return ("unreached" if isinstance(e.reason, (ConnectionRefusedError, socket.gaierror)) else "unheard"), None
        except (OSError, ValueError):
            return "unheard", None

    def check(self, types, running):
        try:
            return self.post(f"/v1/workers/{self.worker['instance']}/check", {"types": types, "running": running})
        except (OSError, ValueError):
            return None


class Job(threading.Thread):
    """One attempt, on a thread of its own: the connection's thread must go on answering the broker."""

    def __init__(self, message, attempt):
        super().__init__(daemon=True)
        self.message, self.attempt = message, attempt
        self.started_at, self.began = now(), time.monotonic()
        self.lock = threading.Lock()
        self.news, self.log_lines = {}, []
        self.logged = 0
        self.ending = threading.Event()
        self.outcome = None  # {"kind": "succeeded" or "failed", ...}
        self.input = None

    # What the handler calls.

    def progress(self, percent, message):
        with self.lock:
            self.news["progress"] = {"at": rfc3339(now()), "percent": percent, "message": storable(message, 500)}

    def log(self, line):
        with self.lock:
            if self.logged < MAX_LOG_LINES:
                self.log_lines.append({"at": rfc3339(now()), "sequence": self.logged, "line": storable(line, 4000)})
                self.logged += 1

    def check(self):
        if self.ending.is_set():
            raise Interrupted()

    def rest(self, duration):
        self.ending.wait(duration)
        self.check()

    # What the worker calls.

    def run(self):
        try:
            self.input = json.loads(self.message.body)
            self.outcome = {"kind": "succeeded", "output": count(self)}
        except JobFailed as e:
            self.outcome = {"kind": "failed", "category": e.category, "code": e.code, "message": storable(str(e), 4000)}
        except Interrupted:
            self.outcome = {"kind": "interrupted"}
        except ValueError as e:
            self.outcome = {"kind": "failed", "category": "invalid-input", "code": "invalid-json", "message": storable(str(e), 4000)}
        except Exception as e:  # pylint: disable=broad-except
            self.log(traceback.format_exc())
            self.outcome = {
                "kind": "failed",
                "category": "internal",
                "code": "exception",
                "message": storable(str(e), 4000),
                "errorClass": type(e).__name__,
            }

    def event(self, kind, **fields):
        return {"kind": kind, "job": self.message.job, "attempt": self.attempt, **fields}

    def rest_of_log(self):
        with self.lock:
            lines, self.log_lines = self.log_lines, []
        return [self.event("log", **line) for line in lines]

    def news_events(self):
        """The newest progress and the log, for as long as it runs."""
        with self.lock:
            news, self.news = self.news, {}
        return [self.event(kind, **fields) for kind, fields in news.items()] + self.rest_of_log()


class Worker:
    """1. connect and declare, 2. announce, 3. take a message, 4. claim it if need be, 5. run, 6. report, 7. acknowledge."""

    def __init__(self, amqp_uri, facade_url, heartbeat_every, contract):
        self.amqp_uri, self.heartbeat_every, self.contract = amqp_uri, heartbeat_every, contract
        self.key = f"{contract['type']}.v{contract['version']}"
        self.queue = "plainsail.jobs." + self.key
        host = socket.gethostname()
        self.worker = {
            "service": "python-example",
            "instance": f"{host}-{os.getpid()}-{uuid.uuid4().hex[:4]}",
            "host": host,
            "release": "1.0",
        }
        self.facade = Facade(facade_url, self.worker)
        self.stopping = threading.Event()
        self.claim_each = False
        self.silent_until = 0.0
        self.seen = time.monotonic()  # When this process last looked at the clock: a gap is a stand-still.
        self.stood_still = -1e9
        self.announced = self.checked = -1e9
        self.connection = self.taking = self.telling = self.job = None

    def run(self):
        while not self.stopping.is_set():
            try:
                self.connect()
                self.work()
            except (AMQPError, OSError) as e:
                # What was not acknowledged is delivered again, to whomever.
                print(f"The broker is lost: {e!r}; again in a second", file=sys.stderr, flush=True)
                if self.job is not None:
                    self.job.ending.set()
                    self.job.join(ABANDON_GRACE)
                    self.job = None
                self.stopping.wait(1)
            finally:
                self.disconnect()

    def connect(self):
        parameters = pika.URLParameters(self.amqp_uri)
        parameters.blocked_connection_timeout = 60  # Or a publish waits for as long as the broker has no memory or disk.
        self.connection = pika.BlockingConnection(parameters)
        self.taking, self.telling = self.connection.channel(), self.connection.channel()
        self.taking.basic_qos(prefetch_count=1)
        self.telling.confirm_delivery()
        self.declare(self.taking)
        self.announced = self.checked = -1e9
        self.tick(None)
        print(f"Worker {self.worker['instance']} takes {self.key}", flush=True)

    def disconnect(self):
        try:
            if self.connection is not None and self.connection.is_open:
                self.connection.close()
        except (AMQPError, OSError):
            pass

    def declare(self, channel):
        """As every worker and facade declares them: the arguments must be the same to the last."""
        def quorum(**arguments):
            names = {name.replace("_", "-"): value for name, value in arguments.items()}
            return {"x-queue-type": "quorum", **names}

        def dead_letters(to, **arguments):
            strategy = {"x_dead_letter_strategy": "at-least-once", "x_overflow": "reject-publish"}
            return quorum(x_dead_letter_exchange=to, **strategy, **arguments)

        def exchange(name, kind, arguments=None):
            channel.exchange_declare(name, exchange_type=kind, durable=True, arguments=arguments)

        def queue(name, arguments):
            channel.queue_declare(name, durable=True, arguments=arguments)

        exchange("plainsail.dead", "fanout")
        queue("plainsail.dead", quorum(x_delivery_limit=NO_DELIVERY_LIMIT))
        channel.queue_bind("plainsail.dead", "plainsail.dead", "")
        exchange("plainsail.events", "direct")
        queue("plainsail.events", dead_letters("plainsail.dead", x_delivery_limit=20))
        channel.queue_bind("plainsail.events", "plainsail.events", "events")
        exchange("plainsail.rested", "direct", {"alternate-exchange": "plainsail.dead"})
        for delay in DELAYS:
            name = f"plainsail.delay.{delay}s"
            exchange(name, "fanout")
            limits = {"x_message_ttl": 1000 * delay, "x_delivery_limit": NO_DELIVERY_LIMIT}
            queue(name, dead_letters("plainsail.rested", **limits))
            channel.queue_bind(name, name, "")
        exchange("plainsail.jobs", "direct")
        queue(self.queue, dead_letters("plainsail.dead", x_delivery_limit=20))
        channel.queue_bind(self.queue, "plainsail.jobs", self.key)
        channel.queue_bind(self.queue, "plainsail.rested", self.key)

    # ---- publishing: each call returns when the broker has confirmed

    def publish(self, exchange, key, content_type, headers, body):
        properties = pika.BasicProperties(content_type=content_type, headers=headers, delivery_mode=2)
        while True:
            try:
                self.telling.basic_publish(exchange, key, body, properties, mandatory=True)
                return
            except (NackError, UnroutableError) as e:
                if self.stopping.is_set():
                    raise
                print(f"{exchange} did not take a message: {e!r}; again in a second", file=sys.stderr, flush=True)
                self.connection.sleep(1)

    def tell(self, events):
        if events:
            body = json.dumps({"worker": self.worker, "events": events}).encode()
            self.publish("plainsail.events", "events", "application/vnd.plainsail.events+json", None, body)

    def let_rest(self, message, headers, not_before):
        """Into the longest delay that fits; what comes out too early rests again."""
        wait = (not_before - now()).total_seconds()
        delay = max((step for step in DELAYS if step <= wait), default=DELAYS[0])
        self.publish(f"plainsail.delay.{delay}s", self.key, "application/json", headers, message.body)

    # ---- one message after the other

    def work(self):
        for method, properties, body in self.taking.consume(self.queue, inactivity_timeout=0.2):
            if self.stopping.is_set():
                return  # Closing the connection gives an unacknowledged message back.
            self.tick(None)
            if method is None:
                continue
            try:
                message = Message(method, properties, body, self.contract)
            except (KeyError, ValueError) as e:
                print(f"A message is rejected: {e!r}", file=sys.stderr, flush=True)
                self.taking.basic_reject(method.delivery_tag, requeue=False)
                continue
            self.handle(message)

    def handle(self, message):
        if message.not_before and (message.not_before - now()).total_seconds() > 0.1:
            self.let_rest(message, message.headers, message.not_before)
            self.taking.basic_ack(message.tag)
            return
        attempt = self.permit(message)
        if attempt is None:
            return
        job = Job(message, attempt)
        self.job = job
        job.start()
        self.watch(job)

    def permit(self, message):
        """The number to run the attempt under, or None: then the message is settled."""
        maybe_running = message.delivered_before or message.maybe_duplicate
        irreversible = self.contract["effectClass"] == "irreversible"
        stood_still = time.monotonic() - self.stood_still < 10
        stale = time.monotonic() - message.came > STALE_AFTER or stood_still
        must_ask = irreversible or message.is_late() or bool(message.unheard)
        if not (maybe_running or must_ask or message.attempt > 1 or self.claim_each or stale):
            return message.attempt
        verdict, answer, claim = "unreached", None, None
        if time.monotonic() >= self.silent_until:
            for suspects_welcome in (False, True):  # One job at a time runs here, so a suspect is alone.
                claim = str(uuid.uuid4())
                verdict, answer = self.facade.claim(message, maybe_running, suspects_welcome, claim)
                if not (verdict == "answer" and answer["verdict"] == "wait" and answer.get("lost", 0) >= 2):
                    break
            self.silent_until = 0.0 if verdict in ("answer", "refused") else time.monotonic() + CLAIM_PATIENCE
        if verdict == "refused":
            print(f"A message is rejected: {answer}", file=sys.stderr, flush=True)
            self.taking.basic_reject(message.tag, requeue=False)
            return None
        if verdict == "answer" and answer["verdict"] == "run":
            return answer["attempt"]
        if verdict == "answer" and answer["verdict"] == "drop":
            self.taking.basic_ack(message.tag)
            return None
        if verdict == "unreached" and not must_ask:
            return message.attempt
        changes = {"maybeduplicate": "true"} if maybe_running else {}
        if verdict == "unheard":
            changes["unheardclaims"] = ",".join([*message.unheard, claim][-8:])
        rest = answer["afterSeconds"] if verdict == "answer" else 10
        later = now() + timedelta(seconds=rest)
        self.let_rest(message, message.again(later, **changes), later)
        self.taking.basic_ack(message.tag)
        return None

    def watch(self, job):
        """Until the attempt has ended: tells that it runs, how far it is, and asks whether it is still wanted."""
        heartbeat = told = drain_by = why = ended = None
        while job.is_alive() and (ended is None or time.monotonic() - ended < ABANDON_GRACE):
            self.connection.process_data_events(time_limit=0.1)
            moment = time.monotonic()
            elapsed = moment - job.began
            if elapsed >= STARTED_AFTER and (heartbeat is None or moment - heartbeat >= self.heartbeat_every):
                heartbeat = moment
                self.tell([job.event("started", at=rfc3339(job.started_at))])
            if heartbeat is not None and (told is None or moment - told >= NEWS_EVERY):
                told = moment
                self.tell(job.news_events())
            if self.tick(job):
                why = why or "unwanted"
            if elapsed > job.message.timeout:
                why = why or "timeout"
            if self.stopping.is_set():
                drain_by = drain_by or moment + DRAIN_GRACE
                if moment >= drain_by:
                    why = why or "drain"
            if why and ended is None:
                ended = moment
                job.ending.set()
        self.job = None
        self.conclude(job, why)

    def conclude(self, job, why):
        """An attempt that was told to end has no outcome of its own: it may be half of it."""
        message, at = job.message, {"startedAt": rfc3339(job.started_at), "at": rfc3339(now())}
        if why == "unwanted":
            self.tell(job.rest_of_log())
            self.taking.basic_ack(message.tag)
            return
        if why == "drain":
            self.tell([job.event("handed-back", **at)])
            self.taking.basic_nack(message.tag, requeue=True)
            return
        outcome = job.outcome
        if why == "timeout" or outcome["kind"] == "interrupted":
            told = f"the attempt ran longer than its timeout, {message.timeout:g} s"
            outcome = {"kind": "failed", "category": "timeout", "code": "attempt-timeout", "message": told}
        if outcome["kind"] == "failed" and self.may_retry(message, outcome["category"]):
            self.retry(job, outcome, at)
        else:
            self.tell(job.rest_of_log() + [job.event(**outcome, **at)])
        self.taking.basic_ack(message.tag)

    def may_retry(self, message, category):
        attempts = self.contract["retry"]["attempts"]
        attempts = min(attempts, int(message.headers.get(CE + "plainsailretryattempts", attempts)))
        return category in ("unavailable", "throttled", "timeout", "internal") and message.failed_attempts + 1 < attempts

    def retry(self, job, outcome, at):
        """First the next attempt: if this ends between the two, one attempt runs again, and none is missing."""
        message, policy = job.message, self.contract["retry"]
        longest = seconds(policy["maxBackoff"])
        longest = min(longest, seconds(message.headers.get(CE + "plainsailretrymaxbackoff", policy["maxBackoff"])))
        rest = min(longest, seconds(policy["backoff"]) * 2 ** min(message.failed_attempts, 30)) * random.uniform(0.5, 1.0)
        next_at = now() + timedelta(seconds=rest)
        message.attempt = job.attempt
        self.let_rest(message, message.next_attempt(next_at), next_at)
        reason = outcome["message"][:1000]
        retrying = {**outcome, **at, "kind": "retrying", "nextAt": rfc3339(next_at), "reason": reason}
        self.tell(job.rest_of_log() + [job.event(**retrying)])

    def tick(self, job):
        """What is due: announcing, asking what is unwanted. True if the job is."""
        moment = time.monotonic()
        if moment - self.seen > STALE_AFTER:
            self.stood_still = moment
        self.seen = moment
        if moment - self.announced >= ANNOUNCE_EVERY:
            self.announced = moment
            self.tell([{"kind": "announced", "at": rfc3339(now()), "contracts": [self.contract]}])
        if moment - self.checked < CHECK_EVERY:
            return False
        self.checked = moment
        running = [{"job": job.message.job, "attempt": job.attempt}] if job else []
        answer = self.facade.check([self.key], running)
        if answer is None:
            return False
        self.claim_each = self.key in answer["claimEach"]
        return any(over in running for over in ({"job": o["job"], "attempt": o["attempt"]} for o in answer["over"]))


def main():
    contract = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf-8"))
    worker = Worker(
        os.environ.get("PLAINSAIL_AMQP_URI") or "amqp://guest:guest@127.0.0.1:5672/%2f",
        os.environ.get("PLAINSAIL_FACADE_URL") or "http://127.0.0.1:8080",
        seconds(os.environ.get("PLAINSAIL_HEARTBEAT_EVERY") or "PT10S"),
        contract,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stopping.set())
    worker.run()


if __name__ == "__main__":
    main()
