package io.plainsail.facade.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.json.StrictJson;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JobTypeSchemasTest {
    private static final Contract ECHO = ContractLoader.fromClassPath(JobTypeSchemasTest.class, "test.echo", 1);

    private static Contract contract(String type, Consumer<ObjectNode> change) {
        ObjectNode contract = ContractFormat.write(ECHO).deepCopy();
        contract.put("type", type);
        change.accept(contract);
        return ContractFormat.read(contract);
    }

    private static JobTypeSchemas of(List<Contract> contracts) {
        return JobTypeSchemas.of(contracts, LocalDate.of(2026, 1, 1));
    }

    @Test
    void aHugeContractIsDescribedInGeneralAndItsNeighboursInFull() {
        Contract huge = contract("test.a", contract -> ((ObjectNode) contract.get("inputSchema"))
                .put("$comment", "x".repeat(5_000_000)));
        JobTypeSchemas types = of(List.of(huge, ECHO));
        assertThat(types.described()).containsExactly(ECHO);
        assertThat(types.left()).isEqualTo(1);

        ObjectNode schemas = StrictJson.mapper().createObjectNode();
        types.addTo(schemas);
        assertThat(schemas.toString()).hasSizeLessThan(20_000);
        // A job of the huge one's type is one of these too.
        assertThat(schemas.at("/JobRequest/anyOf").findValuesAsText("$ref"))
                .containsExactly(
                        "#/components/schemas/test.echo.v1.request", "#/components/schemas/JobRequestOfAnyType");
        assertThat(schemas.at("/JobRequest/description").asText()).contains("1 more");
        assertThat(schemas.at("/Job/anyOf").findValuesAsText("$ref")).contains("#/components/schemas/JobOfAnyType");
    }

    @Test
    void soManyAreDescribedAndNoMore() {
        JobTypeSchemas types = of(IntStream.range(0, 600)
                .mapToObj(number -> contract("test.n" + number, contract -> {}))
                .toList());
        assertThat(types.described()).hasSize(500);
        assertThat(types.described().stream().map(Contract::jobType)).isSorted();
        assertThat(types.left()).isEqualTo(100);
    }

    @Test
    void whatCannotBeEmbeddedIsSaidToStandElsewhere() {
        Contract anchored =
                contract("test.a", contract -> ((ObjectNode) contract.get("inputSchema")).put("$anchor", "a"));
        ObjectNode schemas = StrictJson.mapper().createObjectNode();
        of(List.of(anchored)).addTo(schemas);
        assertThat(schemas.get("test.a.v1.input").toString())
                .isEqualTo(
                        "{\"description\":\"This schema cannot stand in another document: see GET /v1/job-types/test.a/v1.\"}");
        assertThat(schemas.at("/test.a.v1.request/properties/type/const").asText())
                .isEqualTo("test.a");
    }

    @Test
    void withoutContractsARequestIsOfAnyType() {
        ObjectNode schemas = StrictJson.mapper().createObjectNode();
        of(List.of()).addTo(schemas);
        assertThat(schemas.at("/JobRequest/oneOf").findValuesAsText("$ref"))
                .containsExactly("#/components/schemas/JobRequestOfAnyType");
    }
}
