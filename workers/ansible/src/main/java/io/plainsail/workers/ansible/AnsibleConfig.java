package io.plainsail.workers.ansible;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the Ansible worker. Every field but {@code runDirectory} has a default; unset, it knows no project, so
 * every job is refused.
 *
 * @param projects directories with playbooks, by the name that jobs say. A run begins in its project's directory and must
 *     not need to write there. Default none
 * @param inventories inventory files or directories outside of projects, by name. Default none
 * @param gitPrefixes what the URLs of git projects may begin with: {@code https://}, {@code ssh://} or {@code file:///},
 *     a slash last. Default none: no git projects
 * @param secretsDirectory a file for each secret, such as a systemd credentials directory; empty: no secrets. Default none
 * @param runDirectory where each attempt has a directory of its own; for one process only
 * @param keepRuns directories of ended runs that are kept, those with secrets never. 0 to 10,000; default 20
 * @param keepRunsFor and none longer than this; 0 s to 365 days, default 1 day
 * @param idleTimeout how long nothing may be heard of a run if its job does not say. Longer lets slow tasks be. 1 s to
 *     24 h; default 10 min
 * @param maxEvents of one run; one with more is ended. 100 to 10,000,000; default 100,000
 * @param allowLocalConnection whether jobs may list hosts with {@code ansible_connection: local}: their tasks run on the
 *     worker's machine, as its user. What projects and their inventories do is not bound by this. Default false
 * @param hostKeyChecking whether hosts must show a known key over ssh. Default true
 * @param knownHosts file of known keys; empty: the user's own. Default empty
 * @param privateKey ssh key that hosts are shown; empty: the user's own. Default empty
 * @param runner ansible-runner's path. Default {@code /usr/bin/ansible-runner}
 * @param git git's path. Default {@code /usr/bin/git}
 */
public record AnsibleConfig(
        Map<String, Path> projects,
        Map<String, Path> inventories,
        List<String> gitPrefixes,
        @Nullable Path secretsDirectory,
        Path runDirectory,
        int keepRuns,
        Duration keepRunsFor,
        Duration idleTimeout,
        int maxEvents,
        boolean allowLocalConnection,
        boolean hostKeyChecking,
        @Nullable Path knownHosts,
        @Nullable Path privateKey,
        Path runner,
        Path git) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final Pattern GIT_PREFIX =
            Pattern.compile("(https://|ssh://|file:///)[A-Za-z0-9_.:@-]+(/[A-Za-z0-9_.-]+)*/");

    public AnsibleConfig {
        projects = Map.copyOf(projects);
        inventories = Map.copyOf(inventories);
        gitPrefixes = List.copyOf(gitPrefixes);
        named("projects", projects);
        named("inventories", inventories);
        for (String prefix : gitPrefixes) {
            if (!GIT_PREFIX.matcher(prefix).matches() || prefix.contains("..")) {
                throw new IllegalArgumentException("gitPrefixes has \"" + prefix
                        + "\": must begin with https://, ssh:// or file:///, name a host or directory, and end with /");
            }
        }
        absolute("secretsDirectory", secretsDirectory);
        absolute("runDirectory", runDirectory);
        absolute("knownHosts", knownHosts);
        absolute("privateKey", privateKey);
        absolute("runner", runner);
        absolute("git", git);
        between("keepRuns", keepRuns, 0, 10_000);
        between("maxEvents", maxEvents, 100, 10_000_000);
        between("keepRunsFor", keepRunsFor, Duration.ZERO, Duration.ofDays(365));
        between("idleTimeout", idleTimeout, Duration.ofSeconds(1), Duration.ofDays(1));
    }

    /** Fills in what a configuration file leaves out. Durations are ISO 8601, such as {@code PT10M}. */
    @JsonCreator
    static AnsibleConfig of(
            @JsonProperty("projects") @Nullable Map<String, String> projects,
            @JsonProperty("inventories") @Nullable Map<String, String> inventories,
            @JsonProperty("gitPrefixes") @Nullable List<String> gitPrefixes,
            @JsonProperty("secretsDirectory") @Nullable String secretsDirectory,
            @JsonProperty("runDirectory") @Nullable String runDirectory,
            @JsonProperty("keepRuns") @Nullable Integer keepRuns,
            @JsonProperty("keepRunsFor") @Nullable String keepRunsFor,
            @JsonProperty("idleTimeout") @Nullable String idleTimeout,
            @JsonProperty("maxEvents") @Nullable Integer maxEvents,
            @JsonProperty("allowLocalConnection") @Nullable Boolean allowLocalConnection,
            @JsonProperty("hostKeyChecking") @Nullable Boolean hostKeyChecking,
            @JsonProperty("knownHosts") @Nullable String knownHosts,
            @JsonProperty("privateKey") @Nullable String privateKey,
            @JsonProperty("runner") @Nullable String runner,
            @JsonProperty("git") @Nullable String git) {
        Path runs = path(runDirectory);
        if (runs == null) {
            throw new IllegalArgumentException("runDirectory is empty: must be an absolute path");
        }
        Path runnerPath = path(runner);
        Path gitPath = path(git);
        return new AnsibleConfig(
                paths(projects),
                paths(inventories),
                gitPrefixes == null ? List.of() : gitPrefixes,
                path(secretsDirectory),
                runs,
                keepRuns == null ? 20 : keepRuns,
                keepRunsFor == null ? Duration.ofDays(1) : duration("keepRunsFor", keepRunsFor),
                idleTimeout == null ? Duration.ofMinutes(10) : duration("idleTimeout", idleTimeout),
                maxEvents == null ? 100_000 : maxEvents,
                allowLocalConnection != null && allowLocalConnection,
                hostKeyChecking == null || hostKeyChecking,
                path(knownHosts),
                path(privateKey),
                runnerPath == null ? Path.of("/usr/bin/ansible-runner") : runnerPath,
                gitPath == null ? Path.of("/usr/bin/git") : gitPath);
    }

    private static @Nullable Path path(@Nullable String text) {
        return text == null || text.isBlank() ? null : Path.of(text);
    }

    private static Map<String, Path> paths(@Nullable Map<String, String> texts) {
        Map<String, Path> paths = new LinkedHashMap<>();
        if (texts != null) {
            texts.forEach((name, text) -> paths.put(name, Path.of(text)));
        }
        return paths;
    }

    static Duration duration(String field, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    field + " is \"" + text + "\": must be an ISO 8601 duration such as PT10M", e);
        }
    }

    private static void named(String field, Map<String, Path> paths) {
        paths.forEach((name, path) -> {
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(field + " has the name \"" + name
                        + "\": must be lower-case letters, digits and dashes, 1 to 63, a letter first");
            }
            absolute(field + "." + name, path);
        });
    }

    private static void absolute(String field, @Nullable Path path) {
        if (path != null && !path.isAbsolute()) {
            throw new IllegalArgumentException(field + " is \"" + path + "\": must be an absolute path");
        }
    }

    private static void between(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ": must be " + least + " to " + most);
        }
    }

    private static void between(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(field + " is " + value + ": must be " + least + " to " + most);
        }
    }
}
