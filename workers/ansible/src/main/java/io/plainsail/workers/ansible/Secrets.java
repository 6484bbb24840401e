package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.node.TextNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The secrets of one attempt, by the variable that gets each; takes them out of whatever is told. Prints none. */
final class Secrets {
    static final String REDACTED = "[REDACTED]";

    /** Shorter ones could not be told from other text. */
    static final int MIN_CHARS = 8;

    private static final int MAX_BYTES = 64 * 1024;

    private final Map<String, String> values;
    private final List<String> redacted;

    private Secrets(Map<String, String> values) {
        this.values = values;
        this.redacted = redacted(values.values());
    }

    /**
     * Reads secrets from files of their names.
     *
     * @param names of secrets, by variable
     */
    static Secrets read(@Nullable Path directory, Map<String, String> names) throws JobFailedException {
        Map<String, String> values = new LinkedHashMap<>();
        for (Map.Entry<String, String> entry : names.entrySet()) {
            values.put(entry.getKey(), read(directory, entry.getValue()));
        }
        return new Secrets(values);
    }

    private static String read(@Nullable Path directory, String name) throws JobFailedException {
        if (directory == null || !Files.isRegularFile(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            throw refused(name, "is not among the worker's (secretsDirectory in its configuration)");
        }
        try {
            Path file = directory.resolve(name);
            if (Files.size(file) > MAX_BYTES) {
                throw refused(name, "is larger than " + MAX_BYTES + " bytes");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString()
                    .replaceFirst("\\r?\\n$", "");
            if (text.length() < MIN_CHARS) {
                throw refused(
                        name, "is shorter than " + MIN_CHARS + " characters: it could not be kept out of the log");
            }
            return text;
        } catch (CharacterCodingException e) {
            throw refused(name, "is not UTF-8 text");
        } catch (IOException e) {
            throw refused(name, "cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static JobFailedException refused(String name, String why) {
        return new JobFailedException(
                ErrorCategory.REJECTED, "secret", "secrets: secret \"" + name + "\" " + why + "; nothing was run");
    }

    /** By variable. */
    Map<String, String> values() {
        return values;
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    /** The text without any secret: as it stands in its file, line by line, or as JSON and Ansible quote it. */
    String redact(String text) {
        String clean = text;
        for (String secret : redacted) {
            clean = clean.replace(secret, REDACTED);
        }
        return clean;
    }

    private static List<String> redacted(Collection<String> secrets) {
        Set<String> forms = new LinkedHashSet<>();
        for (String secret : secrets) {
            List<String> parts = new ArrayList<>(List.of(secret.split("\\R")));
            parts.add(secret);
            parts.add(secret.replace("\n", "\r\n"));
            for (String part : parts) {
                if (part.strip().length() >= MIN_CHARS) {
                    forms.add(part);
                    forms.add(part.strip());
                    String quoted = TextNode.valueOf(part).toString();
                    forms.add(quoted.substring(1, quoted.length() - 1));
                    forms.add(ascii(quoted.substring(1, quoted.length() - 1)));
                    forms.add(part.replace("\\", "\\\\").replace("'", "\\'"));
                }
            }
        }
        return forms.stream()
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
    }

    private static String ascii(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char c : text.toCharArray()) {
            escaped.append(c < 127 ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return escaped.toString();
    }

    @Override
    public String toString() {
        return REDACTED;
    }
}
