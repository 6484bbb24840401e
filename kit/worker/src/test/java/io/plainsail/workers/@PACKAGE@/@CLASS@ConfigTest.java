package io.plainsail.workers.@PACKAGE@;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.worker.service.ConfiguredWorker;
import io.plainsail.worker.service.InvalidConfigException;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestJob;
import java.util.Map;
import org.junit.jupiter.api.Test;

class @CLASS@ConfigTest {
    @Test
    void greetingComesFromTheEnvironmentOrTheFile() {
        assertThat(greeting(Map.of(), Map.of("PLAINSAIL_@ENV@_GREETING", "Ahoy"))).isEqualTo("Ahoy, Ada!");
        assertThat(greeting(Map.of("greeting", "Moin"), Map.of())).isEqualTo("Moin, Ada!");
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThatThrownBy(() -> greeting(Map.of("greeting", " "), Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("handler.greeting is \" \": must be 1 to 100 characters");
        assertThatThrownBy(() -> greeting(Map.of("greetings", "Moin"), Map.of()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("handler.greetings: unknown field");
    }

    private static String greeting(Map<String, String> handler, Map<String, String> environment) {
        WorkerService service = ConfiguredWorker.of(
                        new @CLASS@Worker(), Map.of("handler", handler), environment)
                .service();
        WorkerService.Handled handled = service.handled().get(0);
        return TestJob.of(handled.contract(), "{\"name\": \"Ada\"}")
                .run(handled.handler())
                .requireOutput()
                .get("greeting")
                .textValue();
    }
}
