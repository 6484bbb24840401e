package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.plainsail.standalone.Standalone;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process, through the launcher; what the README shows of it is what is run. */
@Timeout(300)
class LauncherIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    static Path data;

    @TempDir
    Path directory;

    private static Standalone standalone;

    @BeforeAll
    static void start() throws Exception {
        // It was packaged by the build that runs this test: the launcher is not to build it once more.
        Files.setLastModifiedTime(Path.of("target", "app"), FileTime.from(Instant.now()));
        standalone = Standalone.start(0, data, "WARN");
        standalone.awaitReady();
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    private record Run(int status, String out) {}

    private Run bash(String script) throws Exception {
        ProcessBuilder bash = new ProcessBuilder(
                        "bash", "-euc", "plainsail() { '" + ROOT + "/plainsail' \"$@\"; }\n" + script)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        bash.environment().put(Access.URL, standalone.uri().toString());
        bash.environment().put(Access.API_KEY_FILE, standalone.keyFile().toString());
        bash.environment().put("HOME", directory.toString());
        // Names and output in UTF-8, as on any terminal of today.
        bash.environment().put("LC_ALL", "C.UTF-8");
        Process process = bash.start();
        process.getOutputStream().close();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), out);
    }

    @Test
    void whatTheReadmeShowsRuns() throws Exception {
        String readme = Files.readString(ROOT.resolve("README.md"));
        String begin = "<!-- run -->\n```\n";
        int from = readme.indexOf(begin) + begin.length();
        assertThat(from).isGreaterThan(begin.length());
        Run run = bash(readme.substring(from, readme.indexOf("```", from)));
        assertThat(run.status()).as(run.out()).isZero();
        assertThat(run.out()).contains("succeeded").contains("customer=4711").contains("inputSchema");
        assertThat(Files.readString(directory.resolve("letter.pdf"), StandardCharsets.ISO_8859_1))
                .startsWith("%PDF-");
    }

    @Test
    void whatTheReadmeShowsWithCurlRuns() throws Exception {
        assumeTrue(curlTakesJson(), "curl 7.82 or newer is not installed");
        Files.createDirectory(directory.resolve(".plainsail"));
        Files.copy(standalone.keyFile(), directory.resolve(".plainsail/admin.key"));
        String address = standalone.uri().getAuthority();
        List<String> out = new ArrayList<>();
        Matcher blocks = Pattern.compile("<!-- run: curl -->\n```\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("README.md")));
        while (blocks.find()) {
            Run run = bash("set -o pipefail\n" + blocks.group(1).replace("localhost:8080", address));
            assertThat(run.status()).as(run.out()).isZero();
            out.add(run.out());
        }
        assertThat(out).hasSize(3);
        assertThat(out.get(0)).contains("HTTP/1.1 202").contains("Location: /v1/jobs/");
        assertThat(out.get(1))
                .contains("\"state\":\"succeeded\"", "%PDF-1.", "\"lines\":", "event: end", "\"accepted\":2");
        assertThat(out.get(2)).contains("\"key\":\"psk_");
        assertThat(Files.readString(directory.resolve("letter.pdf"), StandardCharsets.ISO_8859_1))
                .startsWith("%PDF-");
    }

    private static boolean curlTakesJson() throws Exception {
        Process curl = new ProcessBuilder("bash", "-c", "curl --help all | grep --quiet -e ' --json '").start();
        boolean there = curl.waitFor() == 0;
        assertThat(there || !Boolean.parseBoolean(System.getenv("CI")))
                .as("curl 7.82 or newer must be installed in CI")
                .isTrue();
        return there;
    }

    @Test
    void theExitCodeIsThatOfTheCommand() throws Exception {
        assertThat(bash("plainsail submit test.script fail=so --wait").status()).isEqualTo(Exit.JOB_FAILED);
        Run unknown = bash("plainsail nonsense");
        assertThat(unknown.status()).isEqualTo(Exit.USAGE);
        assertThat(unknown.out()).contains("nonsense").contains("Try: plainsail --help");
        Run help = bash("plainsail cli --help");
        assertThat(help.status()).isZero();
        assertThat(help.out()).contains("submit").contains("Exit codes");
    }

    @Test
    void whoeverStopsReadingEndsTheCommand() throws Exception {
        Run run = bash("id=$(plainsail submit test.script lines=1000 text=Zoë)\n"
                + "plainsail watch \"$id\" > all\n"
                + "plainsail logs \"$id\" --follow | head -n 1\n"
                + "plainsail result \"$id\"");
        assertThat(run.out()).isEqualTo("line 0\n{\"lines\":1000,\"text\":\"Zoë\"}");
        assertThat(Files.readString(directory.resolve("all")).lines()).hasSizeGreaterThan(1000);
    }
}
