package io.plainsail.facade;

import io.dropwizard.core.server.DefaultServerFactory;
import io.dropwizard.core.server.SimpleServerFactory;
import io.dropwizard.jetty.ConnectorFactory;
import io.dropwizard.jetty.HttpConnectorFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** No facade listens where others reach it without asking them for a key. */
final class OpenDoors {
    private OpenDoors() {}

    /**
     * @throws IllegalArgumentException if a connector of the API is bound to other than loopback and keys are not required
     */
    static void check(FacadeConfiguration configuration) {
        if (configuration.getAccess().required()) {
            return;
        }
        for (ConnectorFactory connector : connectors(configuration)) {
            String host = connector instanceof HttpConnectorFactory http ? http.getBindHost() : null;
            if (!isLoopback(host)) {
                throw new IllegalArgumentException("server.applicationConnectors.bindHost is "
                        + (host == null ? "not set, which is every address of this machine" : "\"" + host + "\"")
                        + ": whoever reaches it could do everything. Set access.required to true and access.adminKeyFile, or"
                        + " bindHost to 127.0.0.1");
            }
        }
    }

    private static List<ConnectorFactory> connectors(FacadeConfiguration configuration) {
        if (configuration.getServerFactory() instanceof DefaultServerFactory server) {
            return server.getApplicationConnectors();
        }
        return configuration.getServerFactory() instanceof SimpleServerFactory server
                ? List.of(server.getConnector())
                : List.of();
    }

    private static boolean isLoopback(@Nullable String host) {
        try {
            return host != null && InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
