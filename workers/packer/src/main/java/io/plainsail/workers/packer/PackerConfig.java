package io.plainsail.workers.packer;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the packer worker. Without templates every job fails; all else has a default.
 *
 * @param packer path of the program. Default {@code /usr/bin/packer}
 * @param artifactDirectory where baked images are kept, by bake key; workers that share it bake nothing twice. It is
 *     never emptied: remove what is not wanted any more, by its link and by its directory. Default
 *     {@code /var/lib/plainsail/packer/artifacts}
 * @param runDirectory where attempts have their private directories, deleted with them. At most 48 bytes long: Packer's
 *     sockets stand below it. Default {@code /var/lib/plainsail/packer/runs}
 * @param cacheDirectory where Packer keeps what it downloads. Never emptied. Default
 *     {@code /var/lib/plainsail/packer/cache}
 * @param secretsDirectory one file for each secret, named like it. Default {@code /etc/plainsail/packer/secrets}
 * @param pluginDirectory where Packer finds its plugins, for versions that come without; empty for none. Default none
 * @param path the PATH of builds. Default {@code /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}
 * @param environment more variables for builds, not secret ones: their values are not redacted. Default none
 * @param cancelGrace how long Packer may clean up after SIGTERM, before all its processes are killed. Cloud builders
 *     need minutes to delete what they made; longer than {@code attempts.abandonGrace} less ten seconds, and the worker
 *     gives the thread up before. 0 s to 9 min; default 30 s
 * @param minFreeBytes a bake does not begin with less room for artifacts; 0 asks for none. Default 2 GiB
 * @param maxFileBytes no process of a build may write a larger file; 0 for no limit. Default 128 GiB
 * @param templates what callers may bake, by the name they give. Default none
 */
public record PackerConfig(
        Path packer,
        Path artifactDirectory,
        Path runDirectory,
        Path cacheDirectory,
        Path secretsDirectory,
        @Nullable Path pluginDirectory,
        String path,
        Map<String, String> environment,
        Duration cancelGrace,
        long minFreeBytes,
        long maxFileBytes,
        Map<String, Template> templates) {
    private static final Pattern TEMPLATE_NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]{0,63}");
    static final Pattern SECRET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern OWN_ENVIRONMENT =
            Pattern.compile("PATH|HOME|TMPDIR|CHECKPOINT_DISABLE|PLAINSAIL_.*|PACKER_.*|PKR_VAR_.*|LD_.*");
    private static final int LONGEST_RUN_DIRECTORY = 48;

    /**
     * One template.
     *
     * @param directory copied whole for each bake, {@code .git} left out, at most 64 MiB and 10,000 files: the scripts
     *     and roles that the template uses belong into it
     * @param path what {@code packer build} is given, inside directory: a directory with HCL2 templates or one of them.
     *     Default the directory itself
     * @param variables fixed values; callers cannot give these. The accelerator belongs here
     * @param secrets for each sensitive variable the names of the secrets it may be given, the one it gets if the job
     *     names none first
     * @param outputVariable the variable that says where files are to be written; the template must declare it, and the
     *     directory is not there when the build begins. Default {@code output_directory}
     * @param baseImageVariable the variable with the address of the base image: a file of this machine is hashed. Default
     *     {@code iso_url}
     * @param baseChecksumVariable the variable with its checksum. Default {@code iso_checksum}
     * @param packageList file below the output directory with one package a line, if the build leaves one. Default
     *     {@code packages.txt}
     */
    public record Template(
            Path directory,
            String path,
            Map<String, JsonNode> variables,
            Map<String, List<String>> secrets,
            String outputVariable,
            String baseImageVariable,
            String baseChecksumVariable,
            String packageList) {

        public Template {
            variables = Map.copyOf(variables);
            secrets = Map.copyOf(secrets);
            absolute("directory", directory);
            inside("path", path);
            inside("packageList", packageList);
            variable("outputVariable", outputVariable);
            variable("baseImageVariable", baseImageVariable);
            variable("baseChecksumVariable", baseChecksumVariable);
            variables.forEach((name, value) -> {
                variable("variables", name);
                if (value.isNull()) {
                    throw new IllegalArgumentException("variables." + name + " has no value");
                }
            });
            secrets.forEach((name, allowed) -> {
                variable("secrets", name);
                if (allowed.isEmpty()
                        || !allowed.stream()
                                .allMatch(each -> SECRET.matcher(each).matches())) {
                    throw new IllegalArgumentException("secrets." + name + " is " + allowed
                            + ": must be one or more names of letters, digits, dots, dashes and underscores");
                }
            });
            if (variables.containsKey(outputVariable)) {
                throw new IllegalArgumentException(
                        "variables." + outputVariable + " is the outputVariable: the worker sets it");
            }
        }

        @JsonCreator
        static Template of(
                @JsonProperty("directory") @Nullable String directory,
                @JsonProperty("path") @Nullable String path,
                @JsonProperty("variables") @Nullable Map<String, JsonNode> variables,
                @JsonProperty("secrets") @Nullable Map<String, List<String>> secrets,
                @JsonProperty("outputVariable") @Nullable String outputVariable,
                @JsonProperty("baseImageVariable") @Nullable String baseImageVariable,
                @JsonProperty("baseChecksumVariable") @Nullable String baseChecksumVariable,
                @JsonProperty("packageList") @Nullable String packageList) {
            return new Template(
                    pathOf("directory", or(directory, "")),
                    or(path, "."),
                    variables == null ? Map.of() : variables,
                    secrets == null ? Map.of() : secrets,
                    or(outputVariable, "output_directory"),
                    or(baseImageVariable, "iso_url"),
                    or(baseChecksumVariable, "iso_checksum"),
                    or(packageList, "packages.txt"));
        }

        private static void inside(String field, String value) {
            Path relative = pathOf(field, value);
            if (value.isEmpty()
                    || relative.isAbsolute()
                    || relative.normalize().startsWith("..")
                    || value.startsWith("-")) {
                throw new IllegalArgumentException(
                        field + " is \"" + value + "\": must be a path inside the directory");
            }
        }

        private static void variable(String field, String name) {
            if (!VARIABLE.matcher(name).matches()) {
                throw new IllegalArgumentException(field + " has the variable \"" + name
                        + "\": must be letters, digits, dashes and underscores, 1 to 64, no digit first");
            }
        }
    }

    public PackerConfig {
        environment = Map.copyOf(environment);
        templates = Map.copyOf(templates);
        absolute("packer", packer);
        absolute("artifactDirectory", artifactDirectory);
        absolute("runDirectory", runDirectory);
        absolute("cacheDirectory", cacheDirectory);
        absolute("secretsDirectory", secretsDirectory);
        if (pluginDirectory != null) {
            absolute("pluginDirectory", pluginDirectory);
        }
        if (runDirectory.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_RUN_DIRECTORY) {
            throw new IllegalArgumentException("runDirectory is " + runDirectory + ": must be at most "
                    + LONGEST_RUN_DIRECTORY + " bytes long, for Packer's sockets below it");
        }
        environment.keySet().forEach(name -> {
            if (OWN_ENVIRONMENT.matcher(name).matches() || !name.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw new IllegalArgumentException(
                        "environment has \"" + name + "\": must not be a variable that the worker or Packer sets");
            }
        });
        if (cancelGrace.isNegative() || cancelGrace.compareTo(Duration.ofMinutes(9)) > 0) {
            throw new IllegalArgumentException("cancelGrace is " + cancelGrace + ": must be PT0S to PT9M");
        }
        atLeastZero("minFreeBytes", minFreeBytes);
        atLeastZero("maxFileBytes", maxFileBytes);
        templates.keySet().forEach(name -> {
            if (!TEMPLATE_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("templates has the name \"" + name
                        + "\": must be lower-case letters, digits and dashes, 1 to 63, a letter first");
            }
        });
    }

    /** Fills in what a configuration leaves out. Durations are ISO 8601, such as {@code PT30S}. */
    @JsonCreator
    static PackerConfig of(
            @JsonProperty("packer") @Nullable String packer,
            @JsonProperty("artifactDirectory") @Nullable String artifactDirectory,
            @JsonProperty("runDirectory") @Nullable String runDirectory,
            @JsonProperty("cacheDirectory") @Nullable String cacheDirectory,
            @JsonProperty("secretsDirectory") @Nullable String secretsDirectory,
            @JsonProperty("pluginDirectory") @Nullable String pluginDirectory,
            @JsonProperty("path") @Nullable String path,
            @JsonProperty("environment") @Nullable Map<String, String> environment,
            @JsonProperty("cancelGrace") @Nullable String cancelGrace,
            @JsonProperty("minFreeBytes") @Nullable Long minFreeBytes,
            @JsonProperty("maxFileBytes") @Nullable Long maxFileBytes,
            @JsonProperty("templates") @Nullable Map<String, Template> templates) {
        return new PackerConfig(
                pathOf("packer", or(packer, "/usr/bin/packer")),
                pathOf("artifactDirectory", or(artifactDirectory, "/var/lib/plainsail/packer/artifacts")),
                pathOf("runDirectory", or(runDirectory, "/var/lib/plainsail/packer/runs")),
                pathOf("cacheDirectory", or(cacheDirectory, "/var/lib/plainsail/packer/cache")),
                pathOf("secretsDirectory", or(secretsDirectory, "/etc/plainsail/packer/secrets")),
                pluginDirectory == null || pluginDirectory.isEmpty()
                        ? null
                        : pathOf("pluginDirectory", pluginDirectory),
                or(path, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                environment == null ? Map.of() : new LinkedHashMap<>(environment),
                duration("cancelGrace", or(cancelGrace, "PT30S")),
                minFreeBytes == null ? 2L * 1024 * 1024 * 1024 : minFreeBytes,
                maxFileBytes == null ? 128L * 1024 * 1024 * 1024 : maxFileBytes,
                templates == null ? Map.of() : new LinkedHashMap<>(templates));
    }

    private static String or(@Nullable String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static Path pathOf(String field, String value) {
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(field + " is \"" + value + "\": must be a path", e);
        }
    }

    private static void absolute(String field, Path value) {
        if (!value.isAbsolute() || !value.normalize().equals(value)) {
            throw new IllegalArgumentException(
                    field + " is \"" + value + "\": must be an absolute path without . or ..");
        }
    }

    private static void atLeastZero(String field, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(field + " is " + value + ": must be 0 or more");
        }
    }

    private static Duration duration(String field, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    field + " is \"" + text + "\": must be an ISO 8601 duration such as PT30S", e);
        }
    }

    /** Names that callers may give, for messages. */
    Set<String> templateNames() {
        return new java.util.TreeSet<>(templates.keySet());
    }
}
