package io.plainsail.cli;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Durations as people write them, {@code 90s}, {@code 5m}, {@code 2h}, {@code 1d}, or as ISO 8601 has it. */
final class DurationText implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        try {
            Duration duration = upper.matches("[0-9]{1,9}D")
                    ? Duration.ofDays(Long.parseLong(upper.substring(0, upper.length() - 1)))
                    : Duration.parse(upper.startsWith("P") ? upper : "PT" + upper);
            if (!duration.isNegative() && duration.compareTo(Duration.ofDays(3650)) <= 0) {
                return duration;
            }
        } catch (DateTimeParseException e) {
            // told below
        }
        throw new TypeConversionException(
                "\"" + Harmless.line(text) + "\" is no duration: such as 90s, 5m, 2h, 1d or PT1M30S, at most 10 years");
    }
}
