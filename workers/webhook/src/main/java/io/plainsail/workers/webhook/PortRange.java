package io.plainsail.workers.webhook;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Ports from {@code first} to {@code last}, both included; written {@code 443} or {@code 1024-65535}.
 *
 * @param first 1 to {@code last}
 * @param last {@code first} to 65535
 */
public record PortRange(int first, int last) {
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");

    public PortRange {
        if (first < 1 || last < first || last > 65_535) {
            throw new IllegalArgumentException(
                    "ports " + first + " to " + last + ": must be 1 to 65535, the smaller one first");
        }
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static PortRange of(int port) {
        return new PortRange(port, port);
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static PortRange of(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("ports \"" + text + "\": must be such as 443 or 1024-65535");
        }
        int first = Integer.parseInt(parts.group(1));
        return new PortRange(first, parts.group(2) == null ? first : Integer.parseInt(parts.group(2)));
    }

    boolean contains(int port) {
        return first <= port && port <= last;
    }

    @Override
    @JsonValue
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
