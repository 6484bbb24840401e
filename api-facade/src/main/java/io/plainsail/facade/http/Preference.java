package io.plainsail.facade.http;

import jakarta.ws.rs.core.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code Prefer: wait=N} (RFC 7240): how long a caller would wait for a job's end, in seconds, 60 at most. */
final class Preference {
    static final String HEADER = "Prefer";
    static final String APPLIED = "Preference-Applied";

    private static final int MOST_SECONDS = 60;
    private static final Pattern WAIT = Pattern.compile("(?:^|[,;])\\s*wait\\s*=\\s*\"?([0-9]{1,9})\"?\\s*(?=$|[,;])");

    private Preference() {}

    /** Zero for none: what is not understood is passed over, as the RFC has it. */
    static Duration waiting(HttpHeaders headers) {
        List<String> given = headers.getRequestHeader(HEADER);
        if (given == null) {
            return Duration.ZERO;
        }
        Matcher wait = WAIT.matcher(String.join(",", given));
        return wait.find() ? Duration.ofSeconds(Math.min(MOST_SECONDS, Long.parseLong(wait.group(1)))) : Duration.ZERO;
    }

    static String applied(Duration wait) {
        return "wait=" + wait.toSeconds();
    }
}
