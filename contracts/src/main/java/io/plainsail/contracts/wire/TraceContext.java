package io.plainsail.contracts.wire;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where in a trace something belongs, as W3C Trace Context writes it. What is not in that form is no context: {@link #of}
 * passes over it, for a job must not fail by how somebody else traces.
 *
 * @param traceparent of version 00
 * @param tracestate what tracing systems add for themselves, at most 512 characters; null for nothing
 */
public record TraceContext(String traceparent, @Nullable String tracestate) {
    private static final Pattern TRACEPARENT =
            Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
    private static final Pattern TRACESTATE = Pattern.compile("[ -~]{1,512}");

    public TraceContext {
        if (!TRACEPARENT.matcher(traceparent).matches()) {
            throw new IllegalArgumentException("traceparent is \"" + WireText.storable(traceparent, 100)
                    + "\": must be 00-, a trace's and a span's id in hexadecimal digits, and flags");
        }
    }

    /**
     * The context that two headers tell.
     *
     * @return null if the first is missing or is not one; without the second, if that is not one
     */
    public static @Nullable TraceContext of(@Nullable String traceparent, @Nullable String tracestate) {
        if (traceparent == null || !TRACEPARENT.matcher(traceparent).matches()) {
            return null;
        }
        boolean told = tracestate != null && TRACESTATE.matcher(tracestate).matches();
        return new TraceContext(traceparent, told ? tracestate : null);
    }
}
