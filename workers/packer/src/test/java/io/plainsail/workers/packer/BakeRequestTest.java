package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BakeRequestTest {
    private static final PackerConfig.Template TEMPLATE = new PackerConfig.Template(
            Path.of("/t"),
            ".",
            Map.of("accelerator", TextNode.valueOf("tcg")),
            Map.of("password", List.of("one", "two")),
            "output_directory",
            "iso_url",
            "iso_checksum",
            "packages.txt");

    private static BakeRequest read(String json) throws JobFailedException {
        return BakeRequest.read(json(json));
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyFieldIsRead() throws Exception {
        BakeRequest request = read("{'template':'t','variables':{'a':'x\\ny','b':[1,{'c':true}]},"
                + "'secrets':{'password':'two'},'only':['file.*'],'force':true}");
        assertThat(request.template()).isEqualTo("t");
        assertThat(request.variables()).containsOnlyKeys("a", "b");
        assertThat(request.secrets()).containsEntry("password", "two");
        assertThat(request.only()).containsExactly("file.*");
        assertThat(request.except()).isEmpty();
        assertThat(request.force()).isTrue();
        request.checkAgainst(TEMPLATE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'variables':{'a':'{{ env `HOME` }}'}} | variable-invalid | variable a holds {{",
                "{'variables':{'a':['x',{'y':'{{pwd}}'}]}} | variable-invalid | variable a holds {{",
                "{'variables':{'a':{'{{k}}':1}}} | variable-invalid | variable a holds {{",
                "{'variables':{'a':'x\\u0000'}} | variable-invalid | control character",
                "{'variables':{'a':'x\\u001b[2J'}} | variable-invalid | control character",
                "{'variables':{'a':null}} | variable-invalid | holds null",
                "{'variables':{'a':[null]}} | variable-invalid | holds null",
                "{'variables':{'-var':'x'}} | variable-name | \"-var\"",
                "{'variables':{'a b':'x'}} | variable-name | \"a b\"",
                "{'variables':{'':'x'}} | variable-name | must be letters",
                "{'variables':{'a\\nb':'x'}} | variable-name | must be letters",
                "{'secrets':{'../x':'one'}} | variable-name | \"../x\"",
                "{'only':['-force']} | builds | \"-force\"",
                "{'only':['a,b']} | builds | \"a,b\"",
                "{'only':['']} | builds | must be",
                "{'only':['a b']} | builds | \"a b\"",
                "{'except':['a\\n']} | builds | must be",
                "{'only':['a'],'except':['b']} | builds | give one of them",
            })
    void hostileInputIsRefusedAndNamed(String input, String code, String message) {
        assertThatThrownBy(() -> read(input)).isInstanceOfSatisfying(JobFailedException.class, e -> {
            assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_INPUT);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.getMessage()).contains(message.replace("\"\"", "\"")).doesNotContain("\u001b", "\n");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'variables':{'accelerator':'kvm'}} | variable-fixed",
                "{'variables':{'output_directory':'/etc'}} | variable-fixed",
                "{'variables':{'password':'x'}} | variable-sensitive",
                "{'secrets':{'password':'three'}} | secret-forbidden",
                "{'secrets':{'other':'one'}} | secret-forbidden",
                "{'secrets':{'password':'../one'}} | secret-forbidden",
            })
    void whatTheConfigurationKeepsIsRefused(String input, String code) throws Exception {
        BakeRequest request = read(input);
        JobFailedException refused =
                catchThrowableOfType(JobFailedException.class, () -> request.checkAgainst(TEMPLATE));
        assertThat(refused.code()).isEqualTo(code);
        assertThat(refused.category()).isEqualTo(ErrorCategory.INVALID_INPUT);
    }
}
