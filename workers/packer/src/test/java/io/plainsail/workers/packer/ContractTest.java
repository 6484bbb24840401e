package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContractTest {
    private final Contract contract = ContractLoader.fromClassPath(PackerWorker.class, "packer.build", 1);
    private final SchemaCheck input = SchemaCheck.of(contract.inputSchema(), "input");

    @Test
    void contractLoadsWithItsExamples() {
        assertThat(contract.effectClass()).isEqualTo(EffectClass.IRREVERSIBLE);
        assertThat(contract.examples()).hasSize(2);
    }

    @Test
    void examplesAreReadByTheHandler() throws Exception {
        for (Contract.Example example : contract.examples()) {
            assertThat(BakeRequest.read(example.input()).template()).isEqualTo("service");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{} | required",
                "{'template':'../x'} | pattern",
                "{'template':'t','path':'x'} | additionalProperties",
                "{'template':'t','variables':{'-var':'x'}} | propertyNames",
                "{'template':'t','variables':{'a':null}} | type",
                "{'template':'t','only':['-force']} | pattern",
                "{'template':'t','only':['a,b']} | pattern",
                "{'template':'t','only':[]} | minItems",
                "{'template':'t','only':['a'],'except':['b']} | not",
                "{'template':'t','secrets':{'a':'../x'}} | pattern",
                "{'template':'t','force':'yes'} | type",
            })
    void whatBreaksTheSchemaIsNamed(String json, String rule) {
        assertThat(input.violations(json(json)))
                .anySatisfy(v -> assertThat(v.rule()).isEqualTo(rule));
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
