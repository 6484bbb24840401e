package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LifelineIT {
    private static final Duration BOUND = Duration.ofSeconds(30);

    /** Starts a server and a JVM of its own, and waits for its end. */
    static final class Owner {
        public static void main(String[] arguments) throws Exception {
            PrivatePostgres server = PrivatePostgres.start(PrivatePostgres.Options.defaults());
            JavaProcess child = JavaProcess.of(JavaProcessIT.Beating.class).start();
            JavaProcess closed = JavaProcess.of(JavaProcessIT.Beating.class).start();
            closed.close();
            System.out.println("owns " + server.pid() + " " + child.pid());
            if (arguments[0].equals("exit")) {
                System.exit(0);
            }
            Thread.sleep(60_000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"exit", "kill", "terminate"})
    void nothingOutlivesTheJvmHoweverItEnds(String end, @TempDir Path temporary) throws Exception {
        assumeTrue(PrivatePostgres.isInstalled(), "PostgreSQL is not installed: apt-get install postgresql");
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x")); // For user postgres.
        try (JavaProcess owner = JavaProcess.of(Owner.class)
                .jvmOptions("-Djava.io.tmpdir=" + temporary)
                .arguments(end)
                .start()) {
            Matcher owned = owner.awaitOutput(Pattern.compile("owns (\\d+) (\\d+)"), BOUND);
            switch (end) {
                case "kill" -> owner.kill();
                case "terminate" -> owner.terminate(BOUND);
                default -> Awaitility.await().atMost(BOUND).until(() -> !owner.isAlive());
            }

            Awaitility.await()
                    .atMost(BOUND)
                    .until(() -> !Processes.isRunning(Long.parseLong(owned.group(1)))
                            && !Processes.isRunning(Long.parseLong(owned.group(2))));
            Awaitility.await().atMost(BOUND).untilAsserted(() -> assertThat(temporary)
                    .isEmptyDirectory());
        }
    }
}
