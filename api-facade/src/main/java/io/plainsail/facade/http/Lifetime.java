package io.plainsail.facade.http;

import io.plainsail.contracts.Contract;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How long a version of a job type may be used, as headers say it. */
final class Lifetime {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Lifetime() {}

    static Instant begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** {@code Deprecation} (RFC 9745) and {@code Sunset} (RFC 8594), as far as the contract has them. */
    static Map<String, String> headers(Contract contract) {
        LocalDate deprecated = contract.deprecated();
        LocalDate sunset = contract.sunset();
        if (deprecated == null && sunset == null) {
            return Map.of();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (deprecated != null) {
            headers.put("Deprecation", "@" + begin(deprecated).getEpochSecond());
        }
        if (sunset != null) {
            headers.put("Sunset", HTTP_DATE.format(begin(sunset)));
        }
        return headers;
    }
}
