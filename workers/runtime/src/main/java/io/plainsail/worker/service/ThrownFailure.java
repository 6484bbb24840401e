package io.plainsail.worker.service;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns what a handler threw into a failure with a fingerprint. Equal errors get equal digests: they are taken over
 * classes and methods of the whole chain of causes, without messages, line numbers, generated names and the runtime's
 * own frames.
 */
final class ThrownFailure {
    /** Lines of a stack trace that go to the job's log, at most. */
    static final int MAX_TRACE_LINES = 100;

    private static final int MAX_CAUSES = 8;
    private static final int MAX_FRAMES = 64;
    private static final int RECURRING = 8;
    private static final String RUNNER = AttemptRunner.class.getName();

    private ThrownFailure() {}

    static Failure of(Throwable thrown) {
        String errorClass = thrown.getClass().getName();
        if (thrown instanceof JobFailedException failed) {
            String message = String.valueOf(failed.getMessage());
            return new Failure(failed.category(), failed.code(), message, errorClass, digest(thrown));
        }
        String message = thrown.getMessage() == null ? errorClass : errorClass + ": " + thrown.getMessage();
        return new Failure(ErrorCategory.INTERNAL, "handler-error", message, errorClass, digest(thrown));
    }

    /** The stack trace as lines of the job's log. */
    static List<String> trace(Throwable thrown) {
        List<String> lines = new ArrayList<>();
        Throwable at = thrown;
        for (int i = 0; at != null && i < MAX_CAUSES; i++) {
            lines.add((i == 0 ? "" : "Caused by: ")
                    + at.getClass().getName()
                    + (at.getMessage() == null ? "" : ": " + at.getMessage()));
            StackTraceElement[] frames = at.getStackTrace();
            int handlers = framesOfHandler(frames);
            int shown = Math.min(handlers, Math.max(4, MAX_TRACE_LINES / 2 - lines.size() / 2));
            for (int f = 0; f < shown; f++) {
                lines.add("    at " + frames[f]);
            }
            if (frames.length > shown) {
                lines.add("    … " + (frames.length - shown) + " more");
            }
            at = at.getCause();
        }
        return lines.size() <= MAX_TRACE_LINES ? lines : lines.subList(0, MAX_TRACE_LINES);
    }

    static String digest(Throwable thrown) {
        StringBuilder text = new StringBuilder(2_000);
        Throwable at = thrown;
        for (int i = 0; at != null && i < MAX_CAUSES; i++) {
            text.append(at.getClass().getName()).append('\n');
            if (at instanceof StackOverflowError) {
                appendRecurring(text, at.getStackTrace());
            } else {
                appendFrames(text, at.getStackTrace());
            }
            at = at.getCause();
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return "sha-256:" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void appendFrames(StringBuilder text, StackTraceElement[] frames) {
        int end = framesOfHandler(frames);
        int taken = 0;
        for (int i = 0; i < end && taken < MAX_FRAMES; i++) {
            if (!isReflection(frames[i])) {
                text.append(nameOf(frames[i])).append('\n');
                taken++;
            }
        }
    }

    /** Where a stack ends by overflow is chance; the cycle that filled it is not. */
    private static void appendRecurring(StringBuilder text, StackTraceElement[] frames) {
        Map<String, Integer> count = new TreeMap<>();
        for (StackTraceElement frame : frames) {
            count.merge(nameOf(frame), 1, Integer::sum);
        }
        count.forEach((name, times) -> {
            if (times >= RECURRING) {
                text.append(name).append('\n');
            }
        });
    }

    /** How many frames, from the top, lie above the runtime's own: those of the handler and what it called. */
    private static int framesOfHandler(StackTraceElement[] frames) {
        for (int i = 0; i < frames.length; i++) {
            if (frames[i].getClassName().equals(RUNNER)) {
                return i;
            }
        }
        return frames.length;
    }

    private static boolean isReflection(StackTraceElement frame) {
        String name = frame.getClassName();
        return name.startsWith("jdk.internal.reflect.") || name.startsWith("java.lang.reflect.");
    }

    private static String nameOf(StackTraceElement frame) {
        return withoutGenerated(frame.getClassName()) + "." + withoutGenerated(frame.getMethodName());
    }

    /** {@code $Proxy12}, {@code lambda$run$3}, {@code Handler$$Lambda$14/0x8}: the numbers differ from run to run. */
    private static String withoutGenerated(String name) {
        int lambda = name.indexOf("$$");
        String kept = lambda < 0 ? name : name.substring(0, lambda);
        boolean numbered = kept.contains("$Proxy") || kept.startsWith("lambda$");
        int end = kept.length();
        while (numbered && end > 0 && Character.isDigit(kept.charAt(end - 1))) {
            end--;
        }
        return kept.substring(0, end);
    }
}
