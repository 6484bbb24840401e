package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.testbed.FreePorts;
import io.plainsail.worker.testing.TestJob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs over ssh, against a private sshd on loopback with keys of its own. */
@Timeout(180)
class SshIT {
    private final Contract contract = ContractLoader.fromClassPath(AnsibleHandler.class, "ansible.playbook", 1);
    private final int port = FreePorts.next();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Playbooks playbooks;

    private @Nullable Process sshd;

    @BeforeEach
    void start() throws Exception {
        Playbooks.require("/usr/bin/ansible-runner", "python3-ansible-runner");
        Playbooks.require("/usr/sbin/sshd", "openssh-server");
        Assumptions.assumeTrue(
                System.getProperty("user.name").equals("root"), "sshd lets others in only if it runs as root");
        playbooks = new Playbooks(directory);
        Path keys = playbooks.directory;
        key(keys.resolve("host_key"));
        key(keys.resolve("user_key"));
        Files.copy(keys.resolve("user_key.pub"), keys.resolve("authorized_keys"));
        // sshd insists on it when it runs as root, and the package makes it at boot only.
        Files.createDirectories(Path.of("/run/sshd"));
        Path config = Files.writeString(keys.resolve("sshd_config"), """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s/host_key
                AuthorizedKeysFile %s/authorized_keys
                PidFile none
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                PermitRootLogin prohibit-password
                """.formatted(port, keys, keys));
        Process started = new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(keys.resolve("sshd.log").toFile())
                .start();
        sshd = started;
        await().atMost(Duration.ofSeconds(30)).until(this::listens);
        playbooks.write("a.yml", """
                - hosts: all
                  # What is found first on the path of this machine's own user need not be the system's.
                  vars: { ansible_python_interpreter: /usr/bin/python3 }
                  tasks:
                    - name: Over ssh
                      command: /usr/bin/printenv SSH_CONNECTION
                    - debug: { msg: "{{ ansible_connection }}" }
                """);
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (sshd != null) {
            sshd.destroy();
            sshd.waitFor();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static void key(Path file) throws Exception {
        Process process = new ProcessBuilder(
                        "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    private TestJob job() {
        return TestJob.of(
                contract,
                ("{'project':'p','playbook':'a.yml','inventory':{'hosts':{'box':{'ansible_host':'127.0.0.1','ansible_port':"
                                + port + ",'ansible_user':'root'}}},'facts':['ansible_system']}")
                        .replace('\'', '"'));
    }

    private String ssh(Path known) {
        return "privateKey: " + playbooks.directory.resolve("user_key") + ", knownHosts: " + known;
    }

    @Test
    void aHostWithAKnownKeyIsReachedOverSsh() throws Exception {
        String publicKey = Files.readString(playbooks.directory.resolve("host_key.pub"));
        Path known =
                Files.writeString(playbooks.directory.resolve("known_hosts"), "[127.0.0.1]:" + port + " " + publicKey);
        try (AnsibleHandler handler = AnsibleHandler.open(playbooks.config(ssh(known)), Clock.systemUTC())) {
            JsonNode output = job().run(handler).requireOutput();
            assertThat(output.at("/hosts/box/changed").asInt()).isEqualTo(1);
            assertThat(output.at("/facts/box/ansible_system").asText()).isEqualTo("Linux");
        }
        assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
    }

    @Test
    void aHostWhoseKeyIsNotKnownIsNotReachedUnlessThatIsSwitchedOff() throws Exception {
        Path known = Files.writeString(playbooks.directory.resolve("known_hosts"), "");
        try (AnsibleHandler handler = AnsibleHandler.open(playbooks.config(ssh(known)), Clock.systemUTC())) {
            Failure failure = job().run(handler).requireFailure(ErrorCategory.UNAVAILABLE);
            assertThat(failure.code()).isEqualTo("unreachable");
            // The second where ssh has given up, but not ended, while Ansible still writes to it.
            assertThat(failure.message())
                    .containsAnyOf("Host key verification failed", "Data could not be sent to remote host");
        }
        try (AnsibleHandler handler =
                AnsibleHandler.open(playbooks.config(ssh(known) + ", hostKeyChecking: false"), Clock.systemUTC())) {
            assertThat(job().run(handler).requireOutput().at("/rc").asInt()).isZero();
        }
    }
}
