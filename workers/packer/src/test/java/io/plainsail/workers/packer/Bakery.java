package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.plainsail.contracts.Contract;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Directories, templates and a packer worker for one test. */
final class Bakery implements AutoCloseable {
    private static final Path PACKER = Path.of("/usr/bin/packer");

    final Path directory;
    long minFreeBytes;
    private final List<WorkerService> services = new ArrayList<>();

    Bakery(Path directory) {
        this.directory = directory;
    }

    /** Skips where Packer is not installed; in CI that fails. */
    static void needsPacker() {
        if (!Files.isExecutable(PACKER)) {
            assertThat(System.getenv("CI")).as("Packer must be installed in CI").isNull();
            Assumptions.abort("Packer is not installed: ./plainsail test installs it where the distribution has it");
        }
    }

    /** Writes a template whose shell-local provisioner is this script, and whose file says its variables. */
    Path template(String name, String script) throws IOException {
        Path template = Files.createDirectories(directory.resolve("templates").resolve(name));
        Files.writeString(template.resolve("step.sh"), script);
        Files.writeString(template.resolve("image.pkr.hcl"), """
                variable "release" {
                  type = string
                  validation {
                    condition     = length(var.release) > 2
                    error_message = "The release must be longer than two characters."
                  }
                }
                variable "count" {
                  type    = number
                  default = 1
                }
                variable "accelerator" {
                  type    = string
                  default = "kvm"
                }
                variable "output_directory" {
                  type = string
                }
                variable "password" {
                  type      = string
                  sensitive = true
                  default   = "none"
                }
                variable "iso_url" {
                  type    = string
                  default = "%s"
                }
                source "file" "image" {
                  content = "${var.release} ${var.count} ${var.accelerator}"
                  target  = "${var.output_directory}/image.txt"
                }
                source "null" "check" {
                  communicator = "none"
                }
                build {
                  sources = ["source.file.image", "source.null.check"]
                  provisioner "shell-local" {
                    environment_vars = ["OUT=${var.output_directory}", "PASSWORD=${var.password}", "MARKS=%s"]
                    only             = ["file.image"]
                    execute_command  = ["/bin/sh", "-c", "{{.Vars}} /bin/sh {{.Script}}"]
                    script           = "${path.root}/step.sh"
                  }
                }
                """.formatted(base(), directory));
        return template;
    }

    Path base() {
        return directory.resolve("base.img");
    }

    /** Of the handler's part; directories below the test's. */
    String config(String more) {
        return """
                artifactDirectory: %1$s/artifacts
                runDirectory: %1$s/r
                cacheDirectory: %1$s/cache
                secretsDirectory: %1$s/secrets
                minFreeBytes: %3$d
                templates:
                  image:
                    directory: %1$s/templates/image
                    variables: { accelerator: tcg }
                    secrets: { password: [build, other] }
                %2$s
                """.formatted(directory, more, minFreeBytes);
    }

    /** A worker; a second one is another process's, as far as it shares what processes share. */
    WorkerService open(String more) throws Exception {
        WorkerService service = PackerWorker.service(new YAMLMapper().readValue(config(more), PackerConfig.class));
        services.add(service);
        return service;
    }

    void secret(String name, String value) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("secrets")).resolve(name), value);
    }

    static TestJob job(WorkerService service, String json) {
        Contract contract = service.handled().get(0).contract();
        return TestJob.of(contract, json.replace('\'', '"'));
    }

    static TestResult run(WorkerService service, String json) {
        return run(service, job(service, json));
    }

    static TestResult run(WorkerService service, TestJob job) {
        return job.run(service.handled().get(0).handler());
    }

    /** What the steps of all builds wrote down. */
    List<String> marks() throws IOException {
        Path marks = directory.resolve("marks");
        return Files.exists(marks) ? Files.readAllLines(marks) : List.of();
    }

    List<String> bakes() throws IOException {
        try (Stream<Path> paths = Files.list(directory.resolve("artifacts/.bakes"))) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }

    /** Entries of run directories. */
    List<Path> runs() throws IOException {
        try (Stream<Path> paths = Files.walk(directory.resolve("r"), 2)) {
            return paths.filter(path -> path.getNameCount() == directory.getNameCount() + 3)
                    .toList();
        }
    }

    /** Processes whose command line or environment names this test's directory, of Packer's or its steps'. */
    List<String> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> runs(process.pid()) && belongs(process.pid()))
                .map(process ->
                        process.pid() + " " + process.info().commandLine().orElse("?"))
                .toList();
    }

    private boolean belongs(long pid) {
        try {
            String environment = Files.readString(
                    Path.of("/proc/" + pid + "/environ"), java.nio.charset.StandardCharsets.ISO_8859_1);
            return environment.contains("PLAINSAIL_SUBPROCESS=packer:") && environment.contains(directory.toString());
        } catch (IOException gone) {
            return false;
        }
    }

    static boolean runs(long pid) {
        try {
            String stat =
                    Files.readString(Path.of("/proc/" + pid + "/stat"), java.nio.charset.StandardCharsets.ISO_8859_1);
            return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
        } catch (IOException gone) {
            return false;
        }
    }

    @Override
    public void close() throws Exception {
        for (WorkerService service : services) {
            for (AutoCloseable resource : service.resources()) {
                resource.close();
            }
        }
    }
}
