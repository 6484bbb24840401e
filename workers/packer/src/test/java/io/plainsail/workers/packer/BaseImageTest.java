package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseImageTest {
    private static final PackerConfig.Template TEMPLATE = new PackerConfig.Template(
            Path.of("/t"), ".", Map.of(), Map.of(), "output_directory", "iso_url", "iso_checksum", "packages.txt");

    @TempDir
    Path directory;

    private BaseImage of(String location, String checksum) throws Exception {
        return BaseImage.of(TEMPLATE, Map.of("iso_url", location, "iso_checksum", checksum), directory);
    }

    @Test
    void aFileOfThisMachineIsHashedHoweverItIsNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("base.img"), "hello");
        String sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        for (String location : List.of("base.img", file.toString(), file.toUri().toString())) {
            assertThat(of(location, "none")).isEqualTo(new BaseImage(location, "none", sha256));
        }
        assertThat(of("base.img", "none").toJson().toString())
                .isEqualTo("{\"location\":\"base.img\",\"checksum\":\"none\",\"sha256\":\"" + sha256 + "\"}");
    }

    @Test
    void anythingElseIsAsItIsDeclared() throws Exception {
        for (String location :
                List.of("https://example.com/a.qcow2", "missing.img", "file:", "file://host/x", "a\0b", ".")) {
            assertThat(of(location, "sha256:00")).isEqualTo(new BaseImage(location, "sha256:00", ""));
        }
    }

    @Test
    void aTemplateMayDeclareNone() throws Exception {
        assertThat(of("null", "null").isDeclared()).isFalse();
        assertThat(BaseImage.of(TEMPLATE, Map.of(), directory).isDeclared()).isFalse();
    }
}
