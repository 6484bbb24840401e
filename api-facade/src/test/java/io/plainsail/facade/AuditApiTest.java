package io.plainsail.facade;

import static io.plainsail.facade.KeyedFacade.isProblem;
import static io.plainsail.facade.KeyedFacade.text;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the audit log keeps of changes, and how it is read. */
@Timeout(120)
class AuditApiTest {
    @TempDir
    Path directory;

    private KeyedFacade facade;
    private String admin;

    @BeforeEach
    void start() throws Exception {
        facade = KeyedFacade.start(directory);
        admin = facade.admin();
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    @Test
    void changesAndRefusedOnesAreInTheAuditLog() throws Exception {
        JsonNode reader = facade.key("\"role\":\"reader\"");
        facade.call("POST", "/v1/jobs/cancel?label=no:thing", text(reader));
        String job = facade.accept(admin);
        facade.call("POST", "/v1/jobs/" + job + "/cancel", admin);
        facade.call("DELETE", "/v1/keys/" + reader.get("id").asText(), admin);
        JsonNode entries = json(facade.call("GET", "/v1/audit", admin)).get("entries");
        assertThat(entries)
                .extracting(entry -> entry.get("action").asText() + " " + entry.get("status"))
                .containsExactly(
                        "DELETE /v1/keys/" + reader.get("id").asText() + " 204",
                        "POST /v1/jobs/" + job + "/cancel 200",
                        "POST /v1/jobs/cancel?label=no:thing 403",
                        "POST /v1/keys 201");
        assertThat(entries.get(0).at("/detail/before/role").asText()).isEqualTo("reader");
        assertThat(entries.get(3).at("/detail/after/id")).isEqualTo(reader.get("id"));
        assertThat(entries.get(2).get("caller")).isEqualTo(reader.get("id"));
        assertThat(entries.get(0).get("from").asText()).isEqualTo("127.0.0.1");
        assertThat(entries.toString()).doesNotContain(text(reader));
        assertThat(entries.get(1).get("detail").toString())
                .isEqualTo("{\"before\":{\"state\":\"queued\"},\"after\":{\"state\":\"cancelled\"}}");
        JsonNode page = json(facade.call("GET", "/v1/audit?limit=3", admin));
        assertThat(page.get("entries")).hasSize(3);
        assertThat(json(facade.call("GET", page.get("next").asText(), admin)).get("entries"))
                .hasSize(1);
    }

    @Test
    void theAuditLogIsFilteredAndPagedAndExported() throws Exception {
        JsonNode operator = facade.key("\"role\":\"operator\"");
        String who = operator.get("id").asText();
        for (int i = 0; i < 4; i++) {
            facade.call("POST", "/v1/jobs/cancel?label=number:" + i, text(operator));
        }
        facade.call("DELETE", "/v1/parked-messages/none", text(operator));
        facade.call("POST", "/v1/keys/nobody/rotate", text(operator));
        Map<String, Integer> found = Map.of(
                "caller=" + who,
                6,
                "caller=nobody",
                0,
                "action=POST%20/v1/jobs/cancel",
                4,
                "action=POST%20/v1/jobs/cancel&caller=" + who + "&status=200",
                4,
                "status=403",
                1,
                "action=%25",
                0,
                "from=2020-01-01T00:00:00Z&before=2020-01-02T00:00:00Z",
                0,
                "from=2020-01-01T00:00:00Z&before=2120-01-02T00:00:00Z",
                7);
        for (Map.Entry<String, Integer> one : found.entrySet()) {
            assertThat(json(facade.call("GET", "/v1/audit?" + one.getKey(), admin))
                            .get("entries"))
                    .as(one.getKey())
                    .hasSize(one.getValue());
        }
        JsonNode first = json(facade.call("GET", "/v1/audit?action=POST%20/v1/jobs/cancel&limit=3", admin));
        JsonNode second = json(facade.call("GET", first.get("next").asText(), admin));
        assertThat(second.get("entries"))
                .extracting(entry -> entry.get("action").asText())
                .containsExactly("POST /v1/jobs/cancel?label=number:0");
        assertThat(second.has("next")).isFalse();
        HttpResponse<String> export =
                facade.call("GET", "/v1/audit?caller=" + who, admin, "", "Accept", "application/x-ndjson");
        assertThat(export.headers().firstValue("Content-Type")).contains("application/x-ndjson");
        List<String> lines = export.body().lines().toList();
        assertThat(lines).hasSize(6);
        assertThat(StrictJson.read(lines.get(5).getBytes(StandardCharsets.UTF_8))
                        .get("action")
                        .asText())
                .isEqualTo("POST /v1/jobs/cancel?label=number:0");
        for (String wrong :
                List.of("status=abc", "status=0", "caller=", "action=" + "x".repeat(201), "from=now", "who=me")) {
            isProblem(facade.call("GET", "/v1/audit?" + wrong, admin), 400, "invalid-parameter");
            isProblem(
                    facade.call("GET", "/v1/audit?" + wrong, admin, "", "Accept", "application/x-ndjson"),
                    400,
                    "invalid-parameter");
        }
    }

    @Test
    void aChangeTooLongToBeKeptIsSaidToBeSo() throws Exception {
        List<String> types = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            types.add("\"t" + i + "." + "x".repeat(94) + "\"");
        }
        JsonNode key = facade.key("\"role\":\"submitter\",\"jobTypes\":" + types);
        facade.call("POST", "/v1/keys/" + key.get("id").asText() + "/rotate", admin);
        JsonNode entries = json(facade.call("GET", "/v1/audit", admin)).get("entries");
        assertThat(entries.get(0).at("/detail/omitted").asText()).contains("20000 are kept");
        assertThat(entries.get(1).at("/detail/after/jobTypes")).hasSize(100);
    }

    @Test
    void whoeverIsNobodyCannotFillTheAuditLog() throws Exception {
        String limited = text(facade.key("\"role\":\"reader\",\"perMinute\":1"));
        for (int i = 0; i < 5; i++) {
            facade.call("DELETE", "/v1/keys/nobody", "");
            facade.call("DELETE", "/v1/keys/nobody", "ey.no.token");
            facade.call("DELETE", "/v1/keys/nobody", limited);
        }
        assertThat(json(facade.call("GET", "/v1/audit?action=DELETE", admin)).get("entries"))
                .hasSize(1);
    }
}
