package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Packer 1.16.0, which no distribution of ours has: a script prints what its sources make it print. Against 1.6.6, all that
 * a step says has an arrow, diagnostics are wrapped, plugins are asked for, and there are more kinds of lines.
 *
 * <p>Of the versions between, the sources of 1.7.10, 1.8.7, 1.9.5 and 1.10.3 were read for how a line, an artifact and what
 * {@code inspect} shows are written, which is as in both, and for their words on plugins that lack, which stand below.
 */
@Timeout(120)
class LaterPackerTest {
    private static final String JOB = "{'template':'image','variables':{'release':'1.4.2'}}";

    @TempDir
    Path directory;

    private Bakery bakery;

    @BeforeEach
    void open() throws Exception {
        bakery = new Bakery(directory);
        bakery.secret("build", "a secret of the build");
        bakery.template("image", "true");
        Files.writeString(bakery.base(), "base");
        Files.copy(Path.of("src/test/resources/later-packer"), directory.resolve("packer"));
        Files.setPosixFilePermissions(directory.resolve("packer"), PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void close() throws Exception {
        bakery.close();
    }

    private TestResult run() throws Exception {
        WorkerService worker = bakery.open("packer: " + directory.resolve("packer"));
        return Bakery.run(worker, JOB);
    }

    @Test
    void itsLinesAndArtifactsAreRead() throws Exception {
        TestResult result = run();
        JsonNode output = result.requireOutput();
        assertThat(output.at("/provenance/packerVersion").asText()).isEqualTo("1.16.0");
        assertThat(output.at("/artifacts/0/builderId").asText()).isEqualTo("packer.file");
        assertThat(output.at("/artifacts/0/files").toString()).isEqualTo("[\"image.txt\"]");
        assertThat(output.at("/files/0/path").asText()).isEqualTo("image.txt");
        assertThat(result.log())
                .contains("==> file.image: baked, and more", "==> file.image: a word of warning")
                .noneSatisfy(line -> assertThat(line).contains("new-kind"));
        assertThat(result.progress())
                .anySatisfy(each -> assertThat(each.message()).contains("Running local shell script"));
    }

    @Test
    void aFailureIsToldInTheBuildsOwnWords() throws Exception {
        Files.createFile(directory.resolve("failure"));
        assertThat(run().requireFailure(ErrorCategory.REJECTED).message())
                .startsWith("packer build failed with status 1: file.image: Script exited with non-zero exit status: 3")
                .contains("a word of warning")
                .doesNotContain("Some builds", "Wait completed", "errored after");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            INVALID_INPUT | variable-invalid | variable release does | Error: Invalid value for variable\\n\\n  on <value for var.release from> line 1:\\n  (source code not available)\\n\\nThe value for release is not compatible with the variable's type constraint: a\\nnumber is required.\\n\\n
            INVALID_INPUT | variable-invalid | variable release does | Error: Invalid value for release variable\\n\\n  on /x/vars.pkrvars.json line 1%!(PACKER_COMMA) in release:\\n   1: {\\n\\nThe release must be longer than two characters.\\n\\nThis was checked by the validation rule at image.pkr.hcl:3%!(PACKER_COMMA)3-13.\\n\\n
            UNAVAILABLE | plugin-missing | github.com/hashicorp/qemu | Error: Missing plugins\\n\\nThe following plugins are required%!(PACKER_COMMA) but not installed:\\n\\n* github.com/hashicorp/qemu ~> 1\\n\\nDid you run packer init for this project ?\\n\\n
            UNAVAILABLE | plugin-missing | github.com/hashicorp/qemu | Error: no plugin installed for github.com/hashicorp/qemu ~> 1\\n\\nDid you run packer init for this project ?\\n\\n
            UNAVAILABLE | plugin-missing | source qemu is unknown | Error: Unknown source qemu.image\\n\\n  on image.pkr.hcl line 30:\\n  (source code not available)\\n\\nThe source qemu is unknown by Packer%!(PACKER_COMMA) and is likely part of a plugin that is\\nnot installed.\\nYou may find the needed plugin along with installation instructions documented\\non the Packer integrations page.\\n\\n
            INVALID_INPUT | validate-failed | Reference to undeclared | Error: Unsupported attribute\\n\\nReference to undeclared local value.\\n\\n
            """)
    void refusalsAreClassed(ErrorCategory category, String code, String said, String diagnostic) throws Exception {
        Files.writeString(directory.resolve("refusal"), "1795448002,,ui,error," + diagnostic + "\n");
        Failure failure = run().requireFailure(category);
        assertThat(failure.code()).as(failure.message()).isEqualTo(code);
        assertThat(failure.message()).contains(said);
    }
}
