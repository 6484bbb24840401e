package io.plainsail.workers.document;

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
class DocumentWorkerIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void startsFromTargetAppAndEndsWellOnSigterm() throws Exception {
        Path config = Files.writeString(directory.resolve("config.yaml"), "{}\n");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        "target/app/*",
                        DocumentWorker.class.getName(),
                        config.toString())
                .redirectErrorStream(true);
        builder.environment().put("PLAINSAIL_AMQP_URI", "amqp://guest:guest@127.0.0.1:1/%2f");
        Process process = builder.start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.contains("is started")) {
                lines.add(line);
                line = out.readLine();
            }
            assertThat(line).as("%s", lines).contains("document").contains("[document.render v1]");
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
}
