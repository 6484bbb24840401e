package io.plainsail.standalone;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the worker services of this edition are set up: as a file says, and else as suits one machine.
 *
 * <ul>
 *   <li>Webhooks are signed, and may stay on this machine.
 *   <li>The exec and Ansible workers run the examples of the source tree, if they and the programs they need are there.
 *   <li>The packer worker has no template unless the file names one.
 *   <li>All others have their defaults.
 * </ul>
 */
final class LocalWorkers {
    private static final Path PYTHON = Path.of("/usr/bin/python3");
    private static final Path RUNNER = Path.of("/usr/bin/ansible-runner");

    private final Path data;
    private final @Nullable Path sources;
    private final String webhookSecret;
    private final Map<String, Map<String, ?>> own;

    /**
     * @param data where workers may write
     * @param sources the top of the source tree, for its examples; null if there is none
     * @param own settings by worker, in place of those here
     */
    LocalWorkers(Path data, @Nullable Path sources, String webhookSecret, Map<String, Map<String, ?>> own) {
        this.data = data;
        this.sources = sources;
        this.webhookSecret = webhookSecret;
        this.own = own;
    }

    /**
     * Reads settings by worker.
     *
     * @param file YAML: for each worker's name what its configuration file would hold
     * @throws IllegalArgumentException if it cannot be read so
     */
    static Map<String, Map<String, ?>> read(Path file) {
        try {
            Map<String, Map<String, ?>> settings = YAMLMapper.builder()
                    .build()
                    .readValue(Files.readString(file), new TypeReference<Map<String, Map<String, ?>>>() {});
            return settings == null ? Map.of() : new TreeMap<>(settings);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    file + " must hold, for each worker's name, what its configuration file would hold: "
                            + e.getOriginalMessage(),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    /** Why a worker is not started; empty if it is. */
    Optional<String> reasonAgainst(String worker) {
        if (own.containsKey(worker)) {
            return Optional.empty();
        }
        return switch (worker) {
            case "exec" -> missing(PYTHON, "python3");
            case "ansible" -> missing(RUNNER, "python3-ansible-runner");
            case "packer" -> Optional.of("no template is configured");
            default -> Optional.empty();
        };
    }

    private Optional<String> missing(Path program, String debianPackage) {
        if (sources == null) {
            return Optional.of("nothing is configured that it could run");
        }
        return Files.isExecutable(program)
                ? Optional.empty()
                : Optional.of(program + " is missing: apt-get install " + debianPackage);
    }

    /** What the configuration file of a worker that is started would hold. */
    Map<String, ?> settings(String worker) {
        Map<String, Object> settings = new TreeMap<>(Map.of("admin", Map.of("port", -1), "drainGrace", "PT10S"));
        Map<String, ?> given = own.get(worker);
        if (given == null) {
            settings.put("handler", handler(worker));
        } else {
            settings.putAll(given);
        }
        return settings;
    }

    private Map<String, ?> handler(String worker) {
        return switch (worker) {
            case "webhook" ->
                Map.of(
                        "signingKeys", Map.of("default", webhookSecret),
                        "allowHttp", true,
                        "allowedPorts", List.of("1-65535"),
                        "allowedAddresses", List.of("127.0.0.0/8"));
            case "exec" ->
                Map.of(
                        "directory",
                        data.resolve("exec").toString(),
                        "handlers",
                        Map.of(
                                "word-count",
                                Map.of("command", List.of(PYTHON.toString(), example("exec/examples/word_count.py")))),
                        "jobTypes",
                        List.of(Map.of("contract", example("exec/examples/text.count/v1"), "handler", "word-count")));
            case "ansible" ->
                Map.of(
                        "runDirectory", data.resolve("ansible").toString(),
                        "projects", Map.of("example", example("ansible/examples/project")),
                        "allowLocalConnection", true);
            default -> Map.of();
        };
    }

    private String example(String path) {
        if (sources == null) {
            throw new IllegalStateException("there is no source tree");
        }
        return sources.resolve("workers").resolve(path).toString();
    }
}
