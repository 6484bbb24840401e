package io.plainsail.workers.exec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged worker as a process, without a broker beside it. */
@Timeout(120)
class ExecWorkerIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void startsWithTheExampleConfigurationAndEndsWellOnSigterm() throws Exception {
        Process process = start(Path.of("examples/exec.yaml"));
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.contains("is started")) {
                lines.add(line);
                line = out.readLine();
            }
            assertThat(line).as("%s", lines).contains("[exec.run v1, text.count v1]");
            // Not Process.destroy: that closes the pipe that is read on here.
            process.toHandle().destroy();
            while (line != null) {
                lines.add(line);
                line = out.readLine();
            }
            assertThat(process.waitFor()).as("%s", lines).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aProgramThatIsNotThereIsToldAsAConfigurationError() throws Exception {
        Path file = Files.writeString(
                directory.resolve("config.yaml"), "handler: { handlers: { it: { command: [ /no/such/file ] } } }");
        Process process = start(file);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(78);
        assertThat(said)
                .contains("handler.handlers.it")
                .contains("/no/such/file")
                .contains("can be executed");
    }

    private Process start(Path config) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        "target/app/*",
                        ExecWorker.class.getName(),
                        config.toString())
                .redirectErrorStream(true);
        builder.environment()
                .put("PLAINSAIL_EXAMPLES", Path.of("examples").toAbsolutePath().toString());
        builder.environment()
                .put("PLAINSAIL_EXEC_DIRECTORY", directory.resolve("runs").toString());
        builder.environment().put("PLAINSAIL_AMQP_URI", "amqp://guest:guest@127.0.0.1:1/%2f");
        return builder.start();
    }
}
