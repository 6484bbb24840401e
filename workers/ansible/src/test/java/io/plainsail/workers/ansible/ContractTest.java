package io.plainsail.workers.ansible;

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
    private final Contract contract = ContractLoader.fromClassPath(AnsibleHandler.class, "ansible.playbook", 1);
    private final SchemaCheck input = SchemaCheck.of(contract.inputSchema(), "input");

    @Test
    void contractLoadsWithItsExamples() {
        assertThat(contract.effectClass()).isEqualTo(EffectClass.IRREVERSIBLE);
        assertThat(contract.examples()).hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'project':'p','playbook':'a.yml'} | required",
                "{'project':'P','playbook':'a.yml','inventory':'i'} | oneOf",
                "{'project':{'git':'https://x/'},'playbook':'a.yml','inventory':'i'} | oneOf",
                "{'project':'p','playbook':'a.yml','inventory':'i','cmdline':'-e x'} | additionalProperties",
                "{'project':'p','playbook':'a.yml','inventory':'i','forks':0} | minimum",
                "{'project':'p','playbook':'a.yml','inventory':'i','verbosity':9} | maximum",
                "{'project':'p','playbook':'a.yml','inventory':'i','secrets':{'a':'../b'}} | pattern",
                "{'project':'p','playbook':'a.yml','inventory':{'hosts':{}}} | oneOf"
            })
    void whatBreaksTheSchemaIsNamed(String json, String rule) {
        assertThat(input.violations(json(json)))
                .anySatisfy(v -> assertThat(v.rule()).isEqualTo(rule));
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
