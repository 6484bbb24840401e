package io.plainsail.messaging.trace;

import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a collector is sent beside the spans, such as the key that it asks for. Its values are secrets: they are in no text of
 * this, and in no message. Immutable; of a file it is the name that does not change.
 */
public final class OtlpHeaders {
    /** Nothing. */
    public static final OtlpHeaders NONE = new OtlpHeaders(Map.of(), null);

    private static final int MAX_HEADERS = 32;
    private static final int MAX_BYTES = 64 * 1024;
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern VALUE = Pattern.compile("[\\x21-\\x7e](?:[\\x20-\\x7e]{0,4000}[\\x21-\\x7e])?");
    private static final Pattern BROKEN_ENCODING = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    /** The exporter's own, and those of the connection. */
    private static final Set<String> NOT_THESE = Set.of(
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "transfer-encoding",
            "upgrade");

    private final Map<String, String> given;
    private final @Nullable Path file;

    private OtlpHeaders(Map<String, String> given, @Nullable Path file) {
        this.given = given;
        this.file = file;
    }

    /**
     * @param text {@code name=value}, several of them separated by commas or line breaks; a comma, percent sign or what is no
     *     visible ASCII in a value is percent-encoded, as in {@code OTEL_EXPORTER_OTLP_HEADERS}. May be empty
     * @param file of such text, which is read again each time, so that it may be renewed; empty for none
     * @throws IllegalArgumentException naming the entry by its number, never by what it is
     */
    public static OtlpHeaders of(String text, String file) {
        return new OtlpHeaders(parse("headers", text), file.isBlank() ? null : Path.of(file.strip()));
    }

    /**
     * All of them as they are now; names in lower case. The file's come before those given otherwise.
     *
     * @throws IllegalArgumentException if the file is not as it must be
     * @throws UncheckedIOException if it cannot be read
     */
    Map<String, String> now() {
        if (file == null) {
            return given;
        }
        Map<String, String> ofFile = parse("headersFile", read(file));
        if (ofFile.isEmpty()) {
            throw new IllegalArgumentException("headersFile is \"" + file + "\": it holds no header");
        }
        Map<String, String> all = new TreeMap<>(given);
        all.putAll(ofFile);
        return Collections.unmodifiableMap(all);
    }

    private static String read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "headersFile is \"" + file + "\": must have " + MAX_BYTES + " bytes at most");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("headersFile is \"" + file + "\": it cannot be read", e);
        }
    }

    private static Map<String, String> parse(String where, String text) {
        Map<String, String> headers = new TreeMap<>();
        int number = 0;
        for (String entry : text.split("[,\\r\\n]", -1)) {
            if (entry.isBlank()) {
                continue;
            }
            number++;
            int equals = entry.indexOf('=');
            String name = equals < 0 ? "" : entry.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            String value = equals < 0 ? "" : decoded(entry.substring(equals + 1).strip());
            if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
                throw new IllegalArgumentException(where + ": entry " + number
                        + " must be name=value, the name that of an HTTP header, the value 1 to 4,002 visible ASCII characters"
                        + " with its commas and percent signs percent-encoded");
            }
            if (NOT_THESE.contains(name)) {
                throw new IllegalArgumentException(
                        where + ": entry " + number + " is " + name + ", which is not for a configuration to set");
            }
            if (headers.put(name, value) != null) {
                throw new IllegalArgumentException(
                        where + ": entry " + number + " is " + name + ", which is there already");
            }
            if (number > MAX_HEADERS) {
                throw new IllegalArgumentException(where + ": must be " + MAX_HEADERS + " entries at most");
            }
        }
        return Collections.unmodifiableMap(headers);
    }

    /** Empty, which no value may be, if it is not encoded as it must be. */
    private static String decoded(String value) {
        return BROKEN_ENCODING.matcher(value).find()
                ? ""
                : URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OtlpHeaders headers
                && headers.given.equals(given)
                && Objects.equals(headers.file, file);
    }

    @Override
    public int hashCode() {
        return Objects.hash(given.keySet(), file);
    }

    @JsonValue
    @Override
    public String toString() {
        return equals(NONE) ? "none" : "[REDACTED]";
    }
}
