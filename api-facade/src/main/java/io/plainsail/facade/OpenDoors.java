package io.plainsail.facade;

import io.dropwizard.core.server.DefaultServerFactory;
import io.dropwizard.core.server.SimpleServerFactory;
import io.dropwizard.jetty.ConnectorFactory;
import io.dropwizard.jetty.HttpConnectorFactory;
import io.dropwizard.jetty.HttpsConnectorFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** No facade listens where others reach it without asking them for a key; where it would read keys in the clear, it says so. */
final class OpenDoors {
    private static final Logger log = LoggerFactory.getLogger(OpenDoors.class);

    private OpenDoors() {}

    /**
     * @throws IllegalArgumentException if a connector of the API is bound to other than loopback and keys are not required
     */
    static void check(FacadeConfiguration configuration) {
        for (ConnectorFactory connector : connectors(configuration)) {
            String host = connector instanceof HttpConnectorFactory http ? http.getBindHost() : null;
            if (isLoopback(host)) {
                continue;
            }
            if (!configuration.getAccess().required()) {
                throw new IllegalArgumentException("server.applicationConnectors.bindHost is "
                        + (host == null ? "not set, which is every address of this machine" : "\"" + host + "\"")
                        + ": whoever reaches it could do everything. Set access.required to true and access.adminKeyFile, or"
                        + " bindHost to 127.0.0.1");
            }
            if (!isEncrypted(connector)) {
                log.warn(
                        "The API is served without TLS on {}: keys and jobs can be read on their way, unless a proxy before it"
                                + " encrypts. PLAINSAIL_TLS_CERT_FILE and PLAINSAIL_TLS_KEY_FILE name a certificate",
                        host == null ? "every address of this machine" : host);
            }
        }
    }

    private static boolean isEncrypted(ConnectorFactory connector) {
        return connector instanceof PemConnectorFactory pem
                ? pem.isEncrypted()
                : connector instanceof HttpsConnectorFactory;
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
