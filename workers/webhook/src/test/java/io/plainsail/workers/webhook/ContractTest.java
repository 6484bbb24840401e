package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.EffectClass;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContractTest {
    private final Contract contract = ContractLoader.fromClassPath(WebhookHandler.class, "webhook.deliver", 1);
    private final SchemaCheck input = SchemaCheck.of(contract.inputSchema(), "input");
    private final SchemaCheck output = SchemaCheck.of(contract.outputSchema(), "output");

    @Test
    void contractLoadsWithItsExamples() {
        assertThat(contract.effectClass()).isEqualTo(EffectClass.IDEMPOTENT);
        assertThat(contract.examples()).hasSize(2);
        assertThat(contract.maxInputBytes()).isEqualTo(256 * 1024);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'url':'https://example.com/','body':null}",
                "{'url':'http://[::1]:8080/?q','body':'text','signingKey':'a-1','headers':{}}",
                "{'url':'https://example.com','body':1.50,'headers':{'x-a':'two words','ce-id':'1'}}"
            })
    void whatTheHandlerTakesMeetsTheSchema(String json) {
        assertThat(input.violations(json(json))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'body':1} | required",
                "{'url':'https://example.com'} | required",
                "{'url':'ftp://example.com/','body':1} | pattern",
                "{'url':'https://example.com/ä','body':1} | pattern",
                "{'url':'https://example.com/','body':1,'extra':1} | additionalProperties",
                "{'url':'https://example.com/','body':1,'signingKey':'No'} | pattern",
                "{'url':'https://example.com/','body':1,'headers':{'x-a':1}} | type",
            })
    void whatBreaksTheSchemaIsNamed(String json, String rule) {
        assertThat(input.violations(json(json)))
                .anySatisfy(v -> assertThat(v.rule()).isEqualTo(rule));
    }

    /** The handler's own check must never let through what the schema stops, nor the other way round. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "x-tenant | acme | true",
                "idempotency-key | A-1 | true",
                "traceparent | 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 | true",
                "tracestate | a=b | true",
                "ce-type | order.paid | true",
                "x-original | a | true",
                "X-Tenant | a | false",
                "x- | a | false",
                "x-ä | a | false",
                "host | a | false",
                "authorization | Bearer a | false",
                "cookie | a | false",
                "content-length | 0 | false",
                "content-type | text/plain | false",
                "transfer-encoding | chunked | false",
                "connection | close | false",
                "upgrade | h2c | false",
                "expect | 100-continue | false",
                "proxy-authorization | a | false",
                "webhook-id | a | false",
                "webhook-signature | a | false",
                "x-forwarded-for | 127.0.0.1 | false",
                "x-real-ip | 127.0.0.1 | false",
                "x-original-url | /admin | false",
                "x-rewrite-url | /admin | false",
                "x-http-method-override | DELETE | false",
                "x-method-override | DELETE | false",
                "x-a\\r\\nhost | a | false",
                "x-a | a\\r\\nhost: evil | false",
                "x-a | a\\n | false",
                "x-a\\n | a | false",
                "x-a | a\\u0000b | false",
                "x-a | a\\tb | false",
                "x-a | ä | false",
                "x-a | \\u0020a | false",
                "x-a | a\\u0020 | false",
                "x-a | \"\" | false",
            })
    void schemaAndHandlerAgreeOnHeaders(String name, String value, boolean allowed) {
        ObjectNode job = (ObjectNode) json("{'url':'https://example.com/','body':1}");
        job.set("headers", json("{'" + name + "':'" + value + "'}"));
        assertThat(input.violations(job).isEmpty()).as("schema").isEqualTo(allowed);
        Throwable refused = catchThrowable(() -> ExtraHeaders.read(job.path("headers")));
        assertThat(refused == null).as("handler").isEqualTo(allowed);
    }

    @Test
    void outputOfADeliveryMeetsTheSchema() throws Exception {
        try (Receiver receiver = Receiver.answering(204);
                Deliveries deliveries = Deliveries.open()) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(output.violations(out)).isEmpty();
        }
    }

    private static JsonNode json(String text) {
        return StrictJson.read(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
