package io.plainsail.contracts;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A job type's name and version, written {@code webhook.deliver v1}; the unit that has a contract and a queue.
 *
 * @param name lower-case words joined by dots and dashes, 1 to 100 characters
 * @param version 1 to 9999
 */
public record JobType(String name, int version) implements Comparable<JobType> {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*(\\.[a-z][a-z0-9-]*)+");
    private static final Pattern KEY = Pattern.compile("(.+)\\.v([1-9][0-9]{0,3})");
    public static final int MAX_NAME_LENGTH = 100;
    public static final int MAX_VERSION = 9_999;

    public JobType {
        if (!isName(name)) {
            throw new InvalidContractException("type is \"" + abbreviated(name) + "\": must be lower-case words joined "
                    + "by dots, such as webhook.deliver, at most " + MAX_NAME_LENGTH + " characters");
        }
        if (version < 1 || version > MAX_VERSION) {
            throw new InvalidContractException("version is " + version + ": must be 1 to " + MAX_VERSION);
        }
    }

    public static boolean isName(String name) {
        return name.length() <= MAX_NAME_LENGTH && NAME.matcher(name).matches();
    }

    /** {@code webhook.deliver.v1}: as used in queue names and routing keys. */
    public String key() {
        return name + ".v" + version;
    }

    /** The job type that has this {@link #key}; empty if none can have it. */
    public static Optional<JobType> ofKey(String key) {
        Matcher parts = KEY.matcher(key);
        if (!parts.matches() || !isName(parts.group(1))) {
            return Optional.empty();
        }
        return Optional.of(new JobType(parts.group(1), Integer.parseInt(parts.group(2))));
    }

    @Override
    public int compareTo(JobType other) {
        int byName = name.compareTo(other.name);
        return byName != 0 ? byName : Integer.compare(version, other.version);
    }

    @Override
    public String toString() {
        return name + " v" + version;
    }

    private static String abbreviated(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "…";
    }
}
