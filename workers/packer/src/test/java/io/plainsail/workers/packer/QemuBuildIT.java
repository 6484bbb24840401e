package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.service.WorkerService;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Virtual machines, without KVM: their whole system is a boot sector. Skipped where QEMU is not installed. */
@Timeout(300)
class QemuBuildIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** x86, 16 bits: connect to APM, set the power state of all devices to off; then halt for ever. */
    private static final byte[] POWERS_OFF =
            HexFormat.of().parseHex("b8015331dbcd15" + "b80753bb0100b90300cd15" + "f4ebfd");

    private static final byte[] HALTS = HexFormat.of().parseHex("f4ebfd");

    @TempDir
    Path directory;

    private Bakery bakery;
    private WorkerService worker;

    @BeforeAll
    static void needsPackerAndQemu() {
        Bakery.needsPacker();
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/qemu-system-x86_64"))
                        && Files.isExecutable(Path.of("/usr/bin/qemu-img")),
                "QEMU is not installed: apt-get install qemu-system-x86 qemu-utils");
    }

    @BeforeEach
    void open() throws Exception {
        bakery = new Bakery(directory);
        Path template = Files.createDirectories(directory.resolve("templates/machine"));
        Files.writeString(template.resolve("machine.pkr.hcl"), """
                variable "output_directory" {
                  type = string
                }
                variable "accelerator" {
                  type    = string
                  default = "kvm"
                }
                variable "iso_url" {
                  type    = string
                  default = "%s"
                }
                source "qemu" "machine" {
                  accelerator      = var.accelerator
                  disk_image       = true
                  iso_url          = var.iso_url
                  iso_checksum     = "none"
                  disk_size        = "4M"
                  format           = "qcow2"
                  vm_name          = "image.qcow2"
                  output_directory = var.output_directory
                  headless         = true
                  disable_vnc      = true
                  communicator     = "none"
                  memory           = 64
                  shutdown_timeout = "5m"
                }
                build {
                  sources = ["source.qemu.machine"]
                }
                """.formatted(bakery.base()));
        worker = bakery.open("  machine: { directory: %s, variables: { accelerator: tcg } }".formatted(template));
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        bakery.close();
        assertThat(bakery.processes()).isEmpty();
        assertThat(bakery.runs()).isEmpty();
    }

    private void base(byte[] code) throws Exception {
        byte[] disk = Arrays.copyOf(code, 1024 * 1024);
        disk[510] = 0x55;
        disk[511] = (byte) 0xaa;
        Files.write(bakery.base(), disk);
    }

    @Test
    void aMachineIsBakedFromItsBaseImage() throws Exception {
        base(POWERS_OFF);
        JsonNode output = Bakery.run(worker, "{'template':'machine'}").requireOutput();
        assertThat(output.at("/artifacts/0/builderId").asText()).isEqualTo("transcend.qemu");
        assertThat(output.at("/artifacts/0/description").asText())
                .isEqualTo("VM files in directory: " + output.get("directory").asText());
        assertThat(output.at("/files/0/path").asText()).isEqualTo("image.qcow2");
        assertThat(output.at("/provenance/baseImage/sha256").asText()).isEqualTo(Digests.of(bakery.base()));
        assertThat(Bakery.run(worker, "{'template':'machine'}")
                        .requireOutput()
                        .get("reused")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void aCancelledMachineIsEndedByPackerAndDeleted() throws Exception {
        base(HALTS);
        Path template = directory.resolve("templates/machine/machine.pkr.hcl");
        // Without a communicator the builder waits for the guest's end and for nothing else, whoever cancels.
        Files.writeString(
                template,
                Files.readString(template)
                        .replace(
                                "communicator     = \"none\"",
                                "ssh_username = \"root\"\n  ssh_password = \"nobody listens\""));
        WaitingJob job = new WaitingJob(Bakery.job(worker, "{'template':'machine'}"));
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                worker.handled().get(0).handler().handle(job);
                thrown.complete(new AssertionError("it ended well"));
            } catch (Throwable t) {
                thrown.complete(t);
            }
        });
        thread.start();
        await().atMost(PATIENCE)
                .until(() -> bakery.processes().stream().anyMatch(each -> each.contains("qemu-system")));
        await().atMost(PATIENCE).until(() -> job.lines.stream().anyMatch(line -> line.contains("Waiting for SSH")));
        thread.interrupt();
        assertThat(thrown.get()).isInstanceOfSatisfying(JobFailedException.class, e -> assertThat(e.code())
                .isEqualTo("cancelled"));
        assertThat(job.lines).anySatisfy(line -> assertThat(line).contains("Deleting output directory"));
        assertThat(bakery.bakes()).isEmpty();
    }
}
