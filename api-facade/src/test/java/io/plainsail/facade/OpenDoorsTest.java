package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dropwizard.core.server.DefaultServerFactory;
import io.dropwizard.core.server.SimpleServerFactory;
import io.dropwizard.jetty.HttpConnectorFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenDoorsTest {
    private static HttpConnectorFactory connector(@Nullable String host) {
        HttpConnectorFactory connector = new HttpConnectorFactory();
        if (host != null) {
            connector.setBindHost(host);
        }
        return connector;
    }

    private static FacadeConfiguration listening(boolean required, HttpConnectorFactory... connectors) {
        DefaultServerFactory server = new DefaultServerFactory();
        server.setApplicationConnectors(List.of(connectors));
        FacadeConfiguration configuration = new FacadeConfiguration();
        configuration.setServerFactory(server);
        configuration.setAccess(FacadeConfiguration.Access.configured(required, null, null));
        return configuration;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "no-such-host.invalid"})
    void aFacadeThatOthersReachAsksForKeys(String host) {
        assertThatThrownBy(() -> OpenDoors.check(listening(false, connector("127.0.0.1"), connector(host))))
                .hasMessageContainingAll("\"" + host + "\"", "access.required", "access.adminKeyFile");
        assertThatCode(() -> OpenDoors.check(listening(true, connector(host)))).doesNotThrowAnyException();
    }

    @Test
    void everyAddressIsWhatIsMeantWithoutOne() {
        assertThatThrownBy(() -> OpenDoors.check(listening(false, connector(null))))
                .hasMessageContaining("every address of this machine");
        FacadeConfiguration simple = new FacadeConfiguration();
        simple.setServerFactory(new SimpleServerFactory());
        assertThatThrownBy(() -> OpenDoors.check(simple)).hasMessageContaining("every address of this machine");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.9.1", "localhost", "::1"})
    void whoeverIsOnThisMachineMay(String host) {
        assertThatCode(() -> OpenDoors.check(listening(false, connector(host)))).doesNotThrowAnyException();
    }
}
