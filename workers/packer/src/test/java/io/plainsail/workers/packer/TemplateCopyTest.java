package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemplateCopyTest {
    @TempDir
    Path directory;

    private Path template;
    private int copies;

    @BeforeEach
    void write() throws Exception {
        template =
                Files.createDirectories(directory.resolve("template/scripts")).getParent();
        Files.writeString(template.resolve("a.pkr.hcl"), "one");
        Files.writeString(template.resolve("scripts/b.sh"), "two");
        Files.createSymbolicLink(template.resolve("link"), Path.of("scripts/b.sh"));
    }

    private TemplateCopy copy() throws Exception {
        return TemplateCopy.of("test", template, directory.resolve("copy" + copies++));
    }

    @Test
    void copyIsWhatWasThere() throws Exception {
        Path git = Files.createDirectories(template.resolve(".git"));
        Files.writeString(git.resolve("config"), "secret");
        TemplateCopy copy = copy();
        assertThat(copy.root().resolve("scripts/b.sh")).hasContent("two");
        assertThat(copy.root().resolve("link")).isSymbolicLink().hasContent("two");
        assertThat(copy.root().resolve(".git")).doesNotExist();
    }

    @Test
    void timesDoNotChangeTheDigest() throws Exception {
        String before = copy().digest();
        Files.setLastModifiedTime(template.resolve("a.pkr.hcl"), FileTime.fromMillis(0));
        Files.setLastModifiedTime(template, FileTime.fromMillis(0));
        assertThat(copy().digest()).isEqualTo(before);
    }

    @Test
    void contentNameRightToExecuteAndLinkChangeTheDigest() throws Exception {
        String one = copy().digest();
        Files.writeString(template.resolve("a.pkr.hcl"), "eno");
        String two = copy().digest();
        Files.move(template.resolve("a.pkr.hcl"), template.resolve("c.pkr.hcl"));
        String three = copy().digest();
        assertThat(template.resolve("scripts/b.sh").toFile().setExecutable(true))
                .isTrue();
        String four = copy().digest();
        Files.delete(template.resolve("link"));
        Files.createSymbolicLink(template.resolve("link"), Path.of("c.pkr.hcl"));
        assertThat(copy().digest()).isNotIn(one, two, three, four);
        assertThat(one).isNotEqualTo(two);
        assertThat(three).isNotIn(one, two);
        assertThat(four).isNotIn(one, two, three);
    }

    @Test
    void aLinkOutOfTheDirectoryIsRefused() throws Exception {
        for (String target : new String[] {"/etc/passwd", "../secret", "scripts/../../x"}) {
            Path link = Files.createSymbolicLink(template.resolve("out"), Path.of(target));
            assertThatThrownBy(this::copy)
                    .isInstanceOf(JobFailedException.class)
                    .hasMessageContaining("link out leads out of its directory");
            Files.delete(link);
        }
    }

    @Test
    void aHugeDirectoryIsRefusedBeforeItIsCopied() throws Exception {
        try (RandomAccessFile sparse =
                new RandomAccessFile(template.resolve("disk.img").toFile(), "rw")) {
            sparse.setLength(TemplateCopy.MOST_BYTES + 1);
        }
        assertThatThrownBy(this::copy).isInstanceOfSatisfying(JobFailedException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.REJECTED);
            assertThat(e.code()).isEqualTo("template-invalid");
            assertThat(e).hasMessageContaining("holds more than");
        });
        assertThat(directory.resolve("copy0/disk.img")).doesNotExist();
    }

    @Test
    void anInterruptEndsTheCopying() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(this::copy).isInstanceOf(InterruptedException.class);
    }
}
