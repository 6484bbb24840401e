package io.plainsail.messaging.amqp;

import com.rabbitmq.client.ConnectionFactory;
import io.plainsail.messaging.tls.PemFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How to reach RabbitMQ. Printing it shows no password.
 *
 * @param uri {@code amqp://user:password@host:port/vhost}, or {@code amqps://…} for TLS, host names checked; the nodes of a
 *     cluster separated by commas, tried in turn. No default
 * @param connectionName shown in the broker's list of connections
 * @param connectTimeout for the TCP connection, for the login and for each request to the broker, one by one. Shorter
 *     finds a frozen broker sooner, and gives up on a slow one; default 10 s
 * @param heartbeat a connection silent for twice as long is taken for lost; 1 s or more, default 10 s
 * @param reconnectMin wait before the first attempt to reconnect, doubled for each further one; default 200 ms
 * @param reconnectMax longest wait between attempts, jitter aside; default 10 s
 * @param deliveryThreads threads that call listeners, all subscriptions together. More helps only listeners that block;
 *     default 4
 * @param caFile the authorities, in PEM, of which one must have signed the broker's certificate; read for each connection,
 *     so that it may be renewed. Null, the default: those that Java trusts
 */
public record AmqpConfig(
        String uri,
        String connectionName,
        Duration connectTimeout,
        Duration heartbeat,
        Duration reconnectMin,
        Duration reconnectMax,
        int deliveryThreads,
        @Nullable Path caFile) {

    public AmqpConfig {
        addressesOf(uri);
        positive("connectTimeout", connectTimeout);
        positive("reconnectMin", reconnectMin);
        if (heartbeat.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("heartbeat is " + heartbeat + ": must be 1 s or more");
        }
        if (reconnectMax.compareTo(reconnectMin) < 0) {
            throw new IllegalArgumentException(
                    "reconnectMax is " + reconnectMax + ": must not be less than reconnectMin, " + reconnectMin);
        }
        if (deliveryThreads < 1) {
            throw new IllegalArgumentException("deliveryThreads is " + deliveryThreads + ": must be 1 or more");
        }
        if (caFile != null) {
            PemFiles.trusting(caFile);
        }
    }

    /** The defaults. */
    public static AmqpConfig of(String uri, String connectionName) {
        return new AmqpConfig(
                uri,
                connectionName,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                4,
                null);
    }

    /**
     * The same, trusting these authorities only.
     *
     * @param file null or empty for those that Java trusts
     * @throws IllegalArgumentException if it holds no certificates
     */
    public AmqpConfig trusting(@Nullable Path file) {
        return new AmqpConfig(
                uri,
                connectionName,
                connectTimeout,
                heartbeat,
                reconnectMin,
                reconnectMax,
                deliveryThreads,
                file == null || file.toString().isEmpty() ? null : file);
    }

    /** One URI for each node. */
    List<URI> addresses() {
        return addressesOf(uri);
    }

    private static List<URI> addressesOf(String uri) {
        List<URI> addresses = new ArrayList<>();
        for (String one : uri.split(",", -1)) {
            addresses.add(address(one.strip()));
        }
        return List.copyOf(addresses);
    }

    private static URI address(String text) {
        try {
            URI address = new URI(text);
            boolean scheme = "amqp".equals(address.getScheme()) || "amqps".equals(address.getScheme());
            if (scheme && address.getHost() != null) {
                AmqpConnector.locate(new ConnectionFactory(), address);
                return address;
            }
        } catch (URISyntaxException | IllegalArgumentException e) {
            // Not given as a cause: its message repeats the text, and with it the password.
        }
        throw new IllegalArgumentException(
                "uri is not of the form amqp://user:password@host:port/vhost (or amqps://…), several separated by commas");
    }

    private static void positive(String name, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + " is " + value + ": must be more than zero");
        }
    }

    @Override
    public String toString() {
        return "AmqpConfig[uri=" + uri.replaceAll("//[^/@,]*@", "//[REDACTED]@") + ", connectionName=" + connectionName
                + ", connectTimeout=" + connectTimeout + ", heartbeat=" + heartbeat + ", reconnectMin=" + reconnectMin
                + ", reconnectMax=" + reconnectMax + ", deliveryThreads=" + deliveryThreads
                + ", caFile=" + caFile + "]";
    }
}
