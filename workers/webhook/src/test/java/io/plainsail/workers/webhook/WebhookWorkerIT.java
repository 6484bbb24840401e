package io.plainsail.workers.webhook;

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
class WebhookWorkerIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void startsFromTargetAppAndEndsWellOnSigterm() throws Exception {
        Process process = start("handler: { allowedAddresses: [ 10.20.0.0/16 ] }", Deliveries.SECRET);
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.contains("is started")) {
                lines.add(line);
                line = out.readLine();
            }
            assertThat(line).as("%s", lines).contains("webhook").contains("[webhook.deliver v1]");
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
        assertThat(lines).noneSatisfy(each -> assertThat(each).contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    }

    @Test
    void wrongKeyIsToldAsAConfigurationErrorAndNotShown() throws Exception {
        Process process = start("", "whsec_U2hvcnQ=");
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(78);
        assertThat(said)
                .contains("handler.signingKeys.default")
                .contains("5 bytes")
                .doesNotContain("U2hvcnQ");
    }

    private Process start(String config, String secret) throws Exception {
        Path file = Files.writeString(directory.resolve("config.yaml"), config);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        "target/app/*",
                        WebhookWorker.class.getName(),
                        file.toString())
                .redirectErrorStream(true);
        builder.environment().put("PLAINSAIL_WEBHOOK_SECRET", secret);
        builder.environment().put("PLAINSAIL_AMQP_URI", "amqp://guest:guest@127.0.0.1:1/%2f");
        return builder.start();
    }
}
