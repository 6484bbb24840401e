package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** What tests need around a run: a project to write playbooks into, a configuration, and a look at the processes. */
final class Playbooks {
    static final ObjectMapper YAML = new YAMLMapper();

    final Path directory;
    final Path project;
    final Path secrets;
    final Path runs;

    Playbooks(Path directory) throws IOException {
        this.directory = directory.toRealPath();
        this.project = Files.createDirectories(this.directory.resolve("project"));
        this.secrets = Files.createDirectories(this.directory.resolve("secrets"));
        this.runs = this.directory.resolve("runs");
        write("hosts.yml", "all: { hosts: { here: { ansible_connection: local } } }");
    }

    /** Skips the test where a program is missing, and fails it in CI. */
    static void require(String program, String install) {
        if (!Files.isExecutable(Path.of(program))) {
            assertThat(System.getenv("CI"))
                    .as(program + " must be installed in CI")
                    .isNotEqualTo("true");
            Assumptions.abort(program + " is not installed: apt-get install " + install);
        }
    }

    void write(String name, String text) throws IOException {
        Files.writeString(project.resolve(name), text);
    }

    String configText(String more) {
        // For trying another version than the machine's: its program, or a script in front of it.
        String other = System.getProperty("plainsail.test.ansible-runner");
        String runner = other == null || more.contains("runner:") ? "" : "runner: " + other + ", ";
        return "{ " + runner + "runDirectory: " + runs + ", secretsDirectory: " + secrets + ", projects: { p: "
                + project + " }, allowLocalConnection: true" + (more.isEmpty() ? "" : ", " + more) + " }";
    }

    AnsibleConfig config(String more) throws IOException {
        return YAML.readValue(configText(more), AnsibleConfig.class);
    }

    /** What a configuration file would hold of the handler, less the directory of its secrets. */
    Map<String, Object> settings() throws IOException {
        Map<String, Object> settings = YAML.readValue(configText(""), new TypeReference<>() {});
        settings.remove("secretsDirectory");
        return settings;
    }

    static String input(String playbook, String more) {
        return ("{'project':'p','playbook':'" + playbook + "','inventory':'hosts.yml'"
                        + (more.isEmpty() ? "" : "," + more) + "}")
                .replace('\'', '"');
    }

    /** Command lines of live processes with this text in their arguments. */
    static List<String> processes(String text) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                try {
                    String line = Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
                    if (line.contains(text) && !line.contains("surefire")) {
                        found.add(entry.getFileName() + " " + line.replace('\0', ' '));
                    }
                } catch (IOException e) {
                    // No process, or none any more.
                }
            }
        }
        return found;
    }

    /** All text that is kept of all runs; files may come and go meanwhile. */
    String kept() throws IOException {
        StringBuilder all = new StringBuilder();
        Files.walkFileTree(runs, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    try {
                        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
                    } catch (NoSuchFileException e) {
                        return FileVisitResult.CONTINUE;
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                return e == null ? FileVisitResult.CONTINUE : visitFileFailed(directory, e);
            }
        });
        return all.toString();
    }
}
