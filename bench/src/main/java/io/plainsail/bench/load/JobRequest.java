package io.plainsail.bench.load;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Requests for {@code bench.noop} jobs, as the bytes that go over the connection. */
final class JobRequest {
    /** Bytes of a job's input. */
    static final int INPUT_BYTES = 1_024;

    private static final String STAMP = "1000000000000000";
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,.;:-+*";

    private final byte[] bytes;

    /** Where the time stamp stands; -1 if there is none. */
    private final int stampAt;

    private JobRequest(byte[] bytes) {
        this.bytes = bytes;
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\"sentAtMicros\":");
        this.stampAt = at < 0 ? -1 : at + "\"sentAtMicros\":".length();
    }

    /** A request for one job. Its start is not timed. */
    static JobRequest single(String path) {
        return new JobRequest(post(path, "application/json", job(input(false))));
    }

    /** A request for one job that carries the time at which it was sent. */
    static JobRequest stamped(String path) {
        return new JobRequest(post(path, "application/json", job(input(true))));
    }

    /** A request for many jobs, one a line. */
    static JobRequest bulk(String path, int jobs) {
        return new JobRequest(post(path, "application/x-ndjson", (job(input(false)) + "\n").repeat(jobs)));
    }

    /** A copy, for a thread of its own: {@link #bytes(long)} changes it. */
    JobRequest copy() {
        return new JobRequest(bytes.clone());
    }

    byte[] bytes() {
        return bytes;
    }

    /** The request with this time in it: microseconds since 1970. */
    byte[] bytes(long sentAtMicros) {
        long rest = sentAtMicros;
        for (int i = stampAt + STAMP.length() - 1; i >= stampAt; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return bytes;
    }

    private static String job(String input) {
        return "{\"type\":\"bench.noop\",\"version\":1,\"input\":" + input + "}";
    }

    /** Of the same size with and without the stamp. */
    private static String input(boolean stamped) {
        String rest = stamped ? "\"sentAtMicros\":" + STAMP + "," : "";
        String frame = "{" + rest + "\"text\":\"\"}";
        return frame.replace("\"\"}", "\"" + text(INPUT_BYTES - frame.length()) + "\"}");
    }

    /** No letter is like the next: what could be compressed would be measured as less than it is. */
    private static String text(int length) {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return text.toString();
    }

    private static byte[] post(String path, String contentType, String body) {
        String head = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " + contentType
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n";
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }
}
