package io.plainsail.messaging.amqp;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.impl.ForgivingExceptionHandler;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import com.rabbitmq.client.impl.SocketFrameHandler;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.messaging.tls.TlsReasons;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections: one try at one node a call, the next node at the next. Everything the AMQP client waits for is
 * bounded, its own recovery is off, and its writes do not wait ({@link WriteBehindSocket}). For one thread.
 */
final class AmqpConnector {
    private static final Logger log = LoggerFactory.getLogger(AmqpConnector.class);
    private static final int SHUTDOWN_MILLIS = 1_000;

    /** Frames that a broker may send before the two have agreed on a size. */
    private static final int FIRST_FRAMES_MAX = 4_096;

    /** What the AMQP client says of an answer that is none, such as the alert of a port for TLS. */
    private static final String NO_FRAME = "Frame size is invalid";

    /** A connection and the socket under it. */
    static final class Wire {
        private final Connection connection;
        private final WriteBehindSocket socket;
        private final String address;
        private final long openedNanos = System.nanoTime();

        Wire(Connection connection, WriteBehindSocket socket, String address) {
            this.connection = connection;
            this.socket = socket;
            this.address = address;
        }

        Connection connection() {
            return connection;
        }

        WriteBehindSocket socket() {
            return socket;
        }

        /** Host and port, for people. */
        String address() {
            return address;
        }

        long openedNanos() {
            return openedNanos;
        }

        boolean isOpen() {
            return connection.isOpen() && !socket.hasEnded();
        }
    }

    private final AmqpConfig config;
    private final AmqpThreads threads;

    private int attempts;

    AmqpConnector(AmqpConfig config, AmqpThreads threads) {
        this.config = config;
        this.threads = threads;
    }

    /**
     * @param purpose added to the connection's name
     * @param onRoom see {@link WriteBehindSocket}
     */
    Wire connect(String purpose, Runnable onRoom) throws IOException, TimeoutException {
        List<URI> addresses = config.addresses();
        URI address = addresses.get(attempts++ % addresses.size());
        Client client = new Client(address, onRoom);
        try {
            Connection connection = client.newConnection(
                    threads.deliveries,
                    List.of(new Address(client.getHost(), client.getPort())),
                    config.connectionName() + " " + purpose);
            WriteBehindSocket socket = client.socket;
            if (socket == null) {
                throw new IllegalStateException("the AMQP client connected without its socket");
            }
            return new Wire(connection, socket, client.getHost() + ":" + client.getPort());
        } catch (IOException | TimeoutException | RuntimeException e) {
            if (client.socket != null) {
                client.socket.abort();
            }
            if (!client.tls && Reasons.of(e).startsWith(NO_FRAME)) {
                throw new IOException(client.getHost() + ":" + client.getPort()
                        + " does not answer in AMQP: if its port is for TLS, the address begins with amqps://");
            }
            throw e;
        }
    }

    /** The AMQP client, set up for one connection. */
    private final class Client extends ConnectionFactory {
        private final boolean tls;
        private final Runnable onRoom;

        private @Nullable WriteBehindSocket socket;

        Client(URI address, Runnable onRoom) {
            this.tls = address.getScheme().equals("amqps");
            this.onRoom = onRoom;
            locate(this, address);
            int waitMillis = Math.toIntExact(config.connectTimeout().toMillis());
            setConnectionTimeout(waitMillis);
            setHandshakeTimeout(Math.multiplyExact(waitMillis, 2)); // the client takes half of it for each answer
            setChannelRpcTimeout(waitMillis);
            setChannelShouldCheckRpcResponseType(true);
            setShutdownTimeout(SHUTDOWN_MILLIS);
            setRequestedHeartbeat(Math.toIntExact(config.heartbeat().toSeconds()));
            setAutomaticRecoveryEnabled(false);
            setTopologyRecoveryEnabled(false);
            setThreadFactory(threads.connections);
            setHeartbeatExecutor(threads.timer);
            setExceptionHandler(new Quieter());
        }

        @Override
        protected synchronized FrameHandlerFactory createFrameHandlerFactory() {
            return this::open;
        }

        private FrameHandler open(Address address, String connectionName) throws IOException {
            WriteBehindSocket plain = new WriteBehindSocket(threads.connections, onRoom);
            socket = plain;
            plain.setTcpNoDelay(true);
            plain.setKeepAlive(true);
            plain.connect(new InetSocketAddress(address.getHost(), address.getPort()), getConnectionTimeout());
            plain.start();
            return new SocketFrameHandler(tls ? encrypted(plain, address) : plain, null, FIRST_FRAMES_MAX);
        }

        private Socket encrypted(WriteBehindSocket plain, Address address) throws IOException {
            Path caFile = config.caFile();
            try {
                SSLContext trust = caFile == null ? SSLContext.getDefault() : PemFiles.trusting(caFile);
                SSLSocket socket = (SSLSocket)
                        trust.getSocketFactory().createSocket(plain, address.getHost(), address.getPort(), true);
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(getConnectionTimeout());
                socket.startHandshake();
                return socket;
            } catch (NoSuchAlgorithmException | IllegalArgumentException e) {
                log.debug("TLS is not to be had", e);
                // Without its cause, here and below: the innermost message is what people are told.
                throw new IOException("TLS is not to be had: " + e.getMessage());
            } catch (SSLException e) {
                String trusted = caFile == null ? "Java's own list" : caFile.toString();
                log.debug("no encrypted connection to {}", address, e);
                throw new SSLException("the broker at " + address + ": "
                        + TlsReasons.of(e, trusted).orElse("no encrypted connection"));
            }
        }
    }

    /**
     * Sets host, port, user, password and virtual host.
     *
     * @throws IllegalArgumentException if the address is not an AMQP address
     */
    static void locate(ConnectionFactory client, URI address) {
        try {
            boolean tls = address.getScheme().equals("amqps");
            // The client would add a TLS context that trusts everybody.
            client.setUri(URI.create(
                    "amqp" + address.toString().substring(address.getScheme().length())));
            if (tls && address.getPort() < 0) {
                client.setPort(ConnectionFactory.DEFAULT_AMQP_OVER_SSL_PORT);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an address without TLS asked for a TLS context", e);
        }
    }

    /** Losses are told by {@link AmqpLink}, once and with their consequence. */
    private static final class Quieter extends ForgivingExceptionHandler {
        @Override
        public void handleUnexpectedConnectionDriverException(Connection connection, Throwable exception) {
            log.debug("the AMQP client lost a connection", exception);
        }

        @Override
        protected void log(String message, Throwable exception) {
            log.error("inside the AMQP client: {}", message, exception);
        }
    }
}
