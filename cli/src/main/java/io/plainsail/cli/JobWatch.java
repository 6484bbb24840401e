package io.plainsail.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.client.Job;
import io.plainsail.client.JobEvent;
import io.plainsail.client.JobEvents;
import io.plainsail.client.LogLine;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Shows a job while it goes on: on a terminal its log, and below it one line that says how far it is; elsewhere a line for
 * each change.
 */
final class JobWatch {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);
    private static final int BAR = 30;
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream out;
    private final boolean terminal;
    private final int columns;
    private final Screen screen;
    private String lastStatus = "";

    /** @param out where {@code screen} shows things for people */
    JobWatch(PrintStream out, Surroundings around, Screen screen) {
        this.out = out;
        this.terminal = around.terminal();
        this.columns = around.columns();
        this.screen = screen;
    }

    /** Until the job has ended, or nobody reads any more. Null if it was gone before it was seen. */
    @Nullable
    Job follow(JobEvents events) {
        Job last = null;
        try (events) {
            while (events.hasNext() && !out.checkError()) {
                JobEvent event = events.next();
                if (event instanceof JobEvent.Changed changed) {
                    last = changed.job();
                    show(changed);
                } else if (event instanceof JobEvent.Logged logged) {
                    show(logged.line());
                }
            }
        } finally {
            if (terminal && screen.isForPeople() && !lastStatus.isEmpty()) {
                out.println();
                out.flush();
            }
        }
        return last;
    }

    private void show(JobEvent.Changed changed) {
        Job job = changed.job();
        if (!screen.isForPeople()) {
            screen.next(event("job").set("job", job.json()));
            return;
        }
        String status = terminal ? cut(status(job)) : status(job);
        if (terminal) {
            out.print(CLEAR_LINE + status);
            out.flush();
        } else if (!status.equals(lastStatus)) {
            screen.say(time(job) + " " + status);
        }
        lastStatus = status;
    }

    private void show(LogLine line) {
        if (!screen.isForPeople()) {
            screen.next(logEvent(line));
            return;
        }
        String text = TIME.format(line.at()) + " | " + Harmless.line(line.line());
        if (terminal) {
            out.print(CLEAR_LINE + text + System.lineSeparator() + lastStatus);
            out.flush();
        } else {
            screen.say(text);
        }
    }

    static ObjectNode logEvent(LogLine line) {
        ObjectNode event = event("log");
        event.put("attempt", line.attempt())
                .put("sequence", line.sequence())
                .put("at", line.at().toString())
                .put("line", line.line());
        return event;
    }

    private static ObjectNode event(String kind) {
        return JsonNodeFactory.instance.objectNode().put("event", kind);
    }

    /** When it came to be as it is. */
    static String time(Job job) {
        Instant at = job.finishedAt();
        if (at == null && job.progress() != null) {
            at = job.progress().at();
        }
        if (at == null) {
            at = job.startedAt();
        }
        return TIME.format(at == null ? job.acceptedAt() : at);
    }

    /** Harmless, on one line. */
    static String status(Job job) {
        StringBuilder status = new StringBuilder(job.state().word());
        Job.Progress progress = job.ended() ? null : job.progress();
        if (progress != null) {
            if (progress.percent() != null) {
                status.append(' ').append(bar(progress.percent()));
            }
            if (progress.message() != null) {
                status.append(' ').append(progress.message());
            }
        } else if (job.error() != null) {
            status.append(": ")
                    .append(job.error().code())
                    .append(": ")
                    .append(job.error().message());
        } else if (job.reason() != null) {
            status.append(": ").append(job.reason());
        }
        if (job.nextAttemptAt() != null) {
            status.append(", again at ").append(job.nextAttemptAt());
        }
        return Harmless.line(status.toString());
    }

    /** To one row: only that is cleared for the next one. */
    private String cut(String status) {
        return status.codePointCount(0, status.length()) < columns
                ? status
                : status.substring(0, status.offsetByCodePoints(0, columns - 2)) + "…";
    }

    static String bar(double percent) {
        double within = Math.max(0, Math.min(100, percent));
        int full = (int) (within * BAR / 100);
        return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "] " + Math.round(within) + " %";
    }
}
