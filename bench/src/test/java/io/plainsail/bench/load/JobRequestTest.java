package io.plainsail.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.plainsail.bench.subject.BenchWorker;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.SchemaCheck;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class JobRequestTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static String body(byte[] request) {
        String text = new String(request, US_ASCII);
        String body = text.substring(text.indexOf("\r\n\r\n") + 4);
        assertThat(text).startsWith("POST /v1/jobs").contains("\r\nContent-Length: " + body.length() + "\r\n");
        return body;
    }

    private static void assertMeetsContract(JsonNode job) {
        Contract contract = ContractLoader.fromClassPath(BenchWorker.class, "bench.noop", 1);
        assertThat(job.get("type").textValue()).isEqualTo("bench.noop");
        assertThat(job.get("version").intValue()).isEqualTo(1);
        assertThat(SchemaCheck.of(contract.inputSchema(), "input").violations(job.get("input")))
                .isEmpty();
        assertThat(job.get("input").toString()).hasSize(JobRequest.INPUT_BYTES);
    }

    @Test
    void aSingleRequestMeetsTheContractWithAnInputOfOneKilobyte() throws IOException {
        assertMeetsContract(MAPPER.readTree(body(JobRequest.single("/v1/jobs").bytes())));
    }

    @Test
    void theStampIsTheTimeThatIsGivenAndChangesNothingElse() throws IOException {
        JobRequest request = JobRequest.stamped("/v1/jobs");
        JsonNode first = MAPPER.readTree(body(request.bytes(1_764_000_000_123_456L)));
        assertThat(first.at("/input/sentAtMicros").longValue()).isEqualTo(1_764_000_000_123_456L);
        assertMeetsContract(first);
        JsonNode second = MAPPER.readTree(body(request.bytes(1_764_000_000_999_999L)));
        assertThat(second.at("/input/sentAtMicros").longValue()).isEqualTo(1_764_000_000_999_999L);
        assertThat(second.at("/input/text")).isEqualTo(first.at("/input/text"));
    }

    @Test
    void aCopyHasAStampOfItsOwn() throws IOException {
        JobRequest request = JobRequest.stamped("/v1/jobs");
        request.copy().bytes(1_764_000_000_000_000L);
        assertThat(MAPPER.readTree(body(request.bytes()))
                        .at("/input/sentAtMicros")
                        .longValue())
                .isEqualTo(1_000_000_000_000_000L);
    }

    @Test
    void aBulkRequestHasOneJobALine() throws IOException {
        String[] lines = body(JobRequest.bulk("/v1/jobs/bulk", 3).bytes()).split("\n");
        assertThat(lines).hasSize(3);
        for (String line : lines) {
            assertMeetsContract(MAPPER.readTree(line));
        }
    }
}
