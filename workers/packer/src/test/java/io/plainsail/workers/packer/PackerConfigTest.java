package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackerConfigTest {
    private static final YAMLMapper YAML = new YAMLMapper();

    private static PackerConfig read(String yaml) throws Exception {
        return YAML.readValue(yaml, PackerConfig.class);
    }

    @Test
    void defaultsBakeNothing() throws Exception {
        PackerConfig config = read("{}");
        assertThat(config.packer()).isEqualTo(Path.of("/usr/bin/packer"));
        assertThat(config.artifactDirectory()).isEqualTo(Path.of("/var/lib/plainsail/packer/artifacts"));
        assertThat(config.runDirectory()).isEqualTo(Path.of("/var/lib/plainsail/packer/runs"));
        assertThat(config.cacheDirectory()).isEqualTo(Path.of("/var/lib/plainsail/packer/cache"));
        assertThat(config.secretsDirectory()).isEqualTo(Path.of("/etc/plainsail/packer/secrets"));
        assertThat(config.pluginDirectory()).isNull();
        assertThat(config.path()).isEqualTo("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        assertThat(config.environment()).isEmpty();
        assertThat(config.cancelGrace()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.minFreeBytes()).isEqualTo(2147483648L);
        assertThat(config.maxFileBytes()).isEqualTo(137438953472L);
        assertThat(config.templates()).isEmpty();
    }

    @Test
    void everyFieldIsRead() throws Exception {
        PackerConfig config = read("""
                packer: /opt/packer
                artifactDirectory: /a
                runDirectory: /r
                cacheDirectory: /c
                secretsDirectory: /s
                pluginDirectory: /p
                path: /bin
                environment: { HTTPS_PROXY: http://proxy }
                cancelGrace: PT5M
                minFreeBytes: 1
                maxFileBytes: 2
                templates:
                  service:
                    directory: /t
                    path: images/service
                    variables: { accelerator: tcg, cpus: 2 }
                    secrets: { password: [one, two] }
                    outputVariable: out
                    baseImageVariable: image
                    baseChecksumVariable: sum
                    packageList: lists/packages
                """);
        assertThat(config.pluginDirectory()).isEqualTo(Path.of("/p"));
        assertThat(config.path()).isEqualTo("/bin");
        assertThat(config.environment()).containsEntry("HTTPS_PROXY", "http://proxy");
        assertThat(config.cancelGrace()).isEqualTo(Duration.ofMinutes(5));
        assertThat(config.minFreeBytes()).isEqualTo(1);
        assertThat(config.maxFileBytes()).isEqualTo(2);
        PackerConfig.Template template = config.templates().get("service");
        assertThat(template.directory()).isEqualTo(Path.of("/t"));
        assertThat(template.path()).isEqualTo("images/service");
        assertThat(template.variables().get("accelerator").asText()).isEqualTo("tcg");
        assertThat(template.variables().get("cpus").asInt()).isEqualTo(2);
        assertThat(template.secrets()).containsEntry("password", List.of("one", "two"));
        assertThat(template.outputVariable()).isEqualTo("out");
        assertThat(template.baseImageVariable()).isEqualTo("image");
        assertThat(template.baseChecksumVariable()).isEqualTo("sum");
        assertThat(template.packageList()).isEqualTo("lists/packages");
        assertThat(read("templates: { a: { directory: /t } }")
                        .templates()
                        .get("a")
                        .path())
                .isEqualTo(".");
    }

    /** The example must load, and what it calls a default must be one. */
    @Test
    void exampleInTheReadmeLoads() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        int start = readme.indexOf("```yaml\n") + "```yaml\n".length();
        String example = readme.substring(start, readme.indexOf("```", start));
        PackerConfig config = YAML.treeToValue(YAML.readTree(example).get("handler"), PackerConfig.class);
        PackerConfig defaults = read("{}");
        assertThat(config.templates()).containsOnlyKeys("service");
        assertThat(config.artifactDirectory()).isEqualTo(defaults.artifactDirectory());
        assertThat(config.cancelGrace()).isEqualTo(defaults.cancelGrace());
        assertThat(config.minFreeBytes()).isEqualTo(defaults.minFreeBytes());
        assertThat(config.maxFileBytes()).isEqualTo(defaults.maxFileBytes());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "packer: packer | packer is \"packer\": must be an absolute path",
                "artifactDirectory: /a/../b | artifactDirectory is \"/a/../b\"",
                "runDirectory: /1234567890/1234567890/1234567890/1234567890/1234567890 | at most 48 bytes long",
                "environment: { LD_PRELOAD: x } | environment has \"LD_PRELOAD\"",
                "environment: { PKR_VAR_a: x } | environment has \"PKR_VAR_a\"",
                "environment: { 'A=B': x } | environment has \"A=B\"",
                "cancelGrace: PT10M | cancelGrace is PT10M: must be PT0S to PT9M",
                "cancelGrace: 30s | cancelGrace is \"30s\": must be an ISO 8601 duration",
                "minFreeBytes: -1 | minFreeBytes is -1: must be 0 or more",
                "maxFileBytes: -1 | maxFileBytes is -1",
                "templates: { 'A b': { directory: /t } } | templates has the name \"A b\"",
                "templates: { a: {} } | directory is \"\"",
                "templates: { a: { directory: /t, path: ../x } } | path is \"../x\": must be a path inside",
                "templates: { a: { directory: /t, path: -force } } | path is \"-force\"",
                "templates: { a: { directory: /t, packageList: /etc/passwd } } | packageList is \"/etc/passwd\"",
                "templates: { a: { directory: /t, variables: { '1': x } } } | variables has the variable \"1\"",
                "templates: { a: { directory: /t, variables: { output_directory: x } } } | the worker sets it",
                "templates: { a: { directory: /t, secrets: { p: [] } } } | secrets.p is []",
                "templates: { a: { directory: /t, secrets: { p: [ ../x ] } } } | secrets.p is [../x]",
                "templates: { a: { directory: /t, other: 1 } } | other",
                "unknown: 1 | unknown",
            })
    void whatIsWrongIsSaid(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(JsonProcessingException.class)
                .hasMessageContaining(message);
    }
}
