package io.plainsail.facade.http;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of what is sent: one range of bytes as RFC 9110, section 14, has it.
 *
 * @param from the first byte
 * @param length how many, at least 1
 */
record ByteRange(long from, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=\\s*([0-9]{1,18})?-([0-9]{1,18})?\\s*");

    /** What a {@code Range} header asks for of so many bytes. */
    sealed interface Asked {}

    /** All of it: there is no such header, or it is none that is understood; the RFC allows that. */
    record Whole() implements Asked {}

    /** A part. */
    record Part(ByteRange range) implements Asked {}

    /** Nothing that is there: 416. */
    record Outside() implements Asked {}

    static Asked of(@Nullable String header, long size) {
        Matcher one = ONE.matcher(header == null ? "" : header);
        if (!one.matches() || (one.group(1) == null && one.group(2) == null)) {
            return new Whole();
        }
        if (one.group(1) == null) {
            long last = Math.min(size, Long.parseLong(one.group(2)));
            return last == 0 ? new Outside() : new Part(new ByteRange(size - last, last));
        }
        long from = Long.parseLong(one.group(1));
        long to = one.group(2) == null ? Long.MAX_VALUE : Long.parseLong(one.group(2));
        if (to < from) {
            return new Whole();
        }
        return from >= size ? new Outside() : new Part(new ByteRange(from, Math.min(to, size - 1) - from + 1));
    }

    /** For {@code Content-Range}. */
    String contentRange(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
