package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class DocumentContractTest {
    private static final Contract CONTRACT = DocumentRenderHandler.contract();
    private static final DocumentRenderHandler HANDLER = new DocumentRenderHandler(CONTRACT);

    @Test
    void promisesAPureJob() {
        assertThat(CONTRACT.jobType()).hasToString("document.render v1");
        assertThat(CONTRACT.effectClass()).isEqualTo(EffectClass.PURE);
        assertThat(CONTRACT.maxInputBytes()).isEqualTo(4 * 1024 * 1024);
        assertThat(CONTRACT.maxOutputBytes()).isEqualTo(64L * 1024 * 1024);
    }

    @Test
    void everyExampleRendersAndMeetsTheOutputSchema() {
        SchemaCheck output = SchemaCheck.of(CONTRACT.outputSchema(), "output");
        assertThat(CONTRACT.examples()).hasSize(5);
        for (Contract.Example example : CONTRACT.examples()) {
            TestResult result = TestJob.of(CONTRACT, example.input()).run(HANDLER);
            assertThat(output.violations(result.requireOutput()))
                    .as(example.name())
                    .isEmpty();
            assertThat(result.file()).as(example.name()).isNotNull();
        }
    }

    @Test
    void inputIsBoundedAndKnowsNoOtherFields() {
        SchemaCheck input = SchemaCheck.of(CONTRACT.inputSchema(), "input");
        assertThat(input.violations(json("{'template':'x','templateFormat':'html'}")))
                .isEmpty();
        for (String wrong : List.of(
                "{}",
                "{'template':'x'}",
                "{'template':'','templateFormat':'html'}",
                "{'template':'x','templateFormat':'docx'}",
                "{'template':'x','templateFormat':'html','data':[]}",
                "{'template':'x','templateFormat':'html','output':'png'}",
                "{'template':'x','templateFormat':'html','pageSize':'A0'}",
                "{'template':'x','templateFormat':'html','landscape':'yes'}",
                "{'template':'x','templateFormat':'html','title':'" + "t".repeat(201) + "'}",
                "{'template':'x','templateFormat':'html','baseUrl':'http://example.com'}")) {
            assertThat(input.violations(json(wrong))).as(wrong).isNotEmpty();
        }
    }

    @Test
    void sampleInvoiceIsACompleteRequestAndFitsOnOnePage() throws Exception {
        JsonNode request = StrictJson.read(Files.readAllBytes(Path.of("examples/invoice.json")));
        assertThat(request.path("type").asText()).isEqualTo("document.render");
        assertThat(request.path("version").asInt()).isEqualTo(1);
        TestResult result = TestJob.of(CONTRACT, request.path("input")).run(HANDLER);
        assertThat(result.requireOutput().path("pages").asInt()).isEqualTo(1);
        assertThat(result.log()).isEmpty();

        Rendered invoice = Rendered.of(FakeJob.ofInput(request.path("input")));
        assertThat(invoice.text())
                .contains("Ωmega Rigg Weiß & Söhne", "Łukasiewicz", "l’Évêché", "Świnoujście", "≥ 20 MΩ", "✓")
                .contains("7.054,90 €", "Seite 1 von 1");
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
}
