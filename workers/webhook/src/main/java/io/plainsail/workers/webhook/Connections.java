package io.plainsail.workers.webhook;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.HttpVersion;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.http.protocol.HttpProcessor;
import org.apache.hc.core5.http.protocol.HttpProcessorBuilder;
import org.apache.hc.core5.http.protocol.RequestUserAgent;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.http2.config.H2Config;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2AsyncRequester;
import org.apache.hc.core5.http2.impl.nio.bootstrap.H2RequesterBootstrap;
import org.apache.hc.core5.http2.protocol.H2RequestConformance;
import org.apache.hc.core5.http2.protocol.H2RequestConnControl;
import org.apache.hc.core5.http2.protocol.H2RequestContent;
import org.apache.hc.core5.http2.protocol.H2RequestTargetHost;
import org.apache.hc.core5.http2.protocol.H2ResponseConformance;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.DefaultDisposalCallback;
import org.apache.hc.core5.pool.PoolEntry;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.pool.StrictConnPool;
import org.apache.hc.core5.reactor.Command;
import org.apache.hc.core5.reactor.EndpointParameters;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.reactor.IOSession;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Connections that are kept for the next delivery. Each belongs to one name, address and port, and is never used for
 * another name, whatever its certificate holds. It carries one request at a time, in HTTP/2 too: so one that hangs, is
 * cancelled or turns hostile is closed at once, and takes no neighbour's delivery with it. Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final Timeout IDLE = Timeout.ofSeconds(30);
    private static final TimeValue MAX_AGE = TimeValue.ofMinutes(5);

    /** How often connections are looked through for idle ones, at most. */
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Receivers whose HTTP/2 we could not follow that are remembered: those of last. */
    private static final int REMEMBERED = 1_000;

    private static final int MAX_LINE_LENGTH = 8_192;
    private static final int MAX_HEADERS = 100;
    private static final int MAX_HEADER_LIST_BYTES = 32 * 1024;
    private static final int FRAME_BYTES = 16 * 1024;

    /** A head in HTTP/2 has up to 64 KiB, packed; {@link #MAX_HEADER_LIST_BYTES} binds a receiver once it agreed. */
    private static final int MAX_CONTINUATIONS = 2;

    private final H2AsyncRequester reactor;
    private final StrictConnPool<HttpHost, IOSession> pool;
    private final Timeout requestTimeout;
    private final AtomicLong swept = new AtomicLong(System.nanoTime());
    private final Set<String> withoutHttp2 =
            Collections.synchronizedSet(Collections.newSetFromMap(new LinkedHashMap<String, Boolean>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                    return size() > REMEMBERED;
                }
            }));

    private Connections(H2AsyncRequester reactor, StrictConnPool<HttpHost, IOSession> pool, Timeout requestTimeout) {
        this.reactor = reactor;
        this.pool = pool;
        this.requestTimeout = requestTimeout;
    }

    /** Starts the threads that read and write. */
    static Connections open(WebhookConfig config, SSLContext trust) {
        H2AsyncRequester reactor = H2RequesterBootstrap.bootstrap()
                .setIOReactorConfig(IOReactorConfig.custom()
                        .setIoThreadCount(Math.max(2, Runtime.getRuntime().availableProcessors()))
                        .setTcpNoDelay(true)
                        .setSoTimeout(Timeout.of(config.requestTimeout()))
                        .build())
                .setHttpProcessor(headers())
                .setHttp1Config(Http1Config.custom()
                        .setMaxLineLength(MAX_LINE_LENGTH)
                        .setMaxHeaderCount(MAX_HEADERS)
                        .build())
                .setH2Config(H2Config.custom()
                        .setPushEnabled(false)
                        .setHeaderTableSize(4096)
                        .setMaxHeaderListSize(MAX_HEADER_LIST_BYTES)
                        .setMaxContinuations(MAX_CONTINUATIONS)
                        .setMaxFrameSize(FRAME_BYTES)
                        .setInitialWindowSize(FRAME_BYTES)
                        .build())
                .setStreamListener(new FrameBound())
                .setTlsStrategy(new WebTls(trust))
                .setHandshakeTimeout(Timeout.of(config.connectTimeout()))
                .create();
        reactor.start();
        return new Connections(
                reactor,
                new StrictConnPool<>(
                        config.maxConnectionsPerHost(),
                        config.maxConnections(),
                        MAX_AGE,
                        PoolReusePolicy.LIFO,
                        new DefaultDisposalCallback<>(),
                        null),
                Timeout.of(config.requestTimeout()));
    }

    /**
     * Waits for the right to a connection.
     *
     * @param route with its address
     * @throws ConnectionRequestTimeoutException if none became free in time
     */
    Lease lease(HttpHost route, long nanos) throws IOException, InterruptedException {
        sweep();
        Future<PoolEntry<HttpHost, IOSession>> lease =
                pool.lease(route, null, Timeout.ofNanoseconds(Math.max(1, nanos)), null);
        try {
            return new Lease(lease.get(nanos, TimeUnit.NANOSECONDS));
        } catch (TimeoutException | ExecutionException e) {
            giveBack(lease);
            throw new ConnectionRequestTimeoutException("no connection became free");
        } catch (InterruptedException e) {
            giveBack(lease);
            throw e;
        }
    }

    /** Speaks HTTP/1.1 with this receiver from now on, as long as the process lives. */
    void avoidHttp2With(HttpHost route) {
        withoutHttp2.add(route.toHostString());
    }

    /** Whether one is kept that would be used. */
    boolean has(HttpHost route) {
        return pool.getStats(route).getAvailable() > 0;
    }

    @Override
    public void close() {
        pool.close(CloseMode.IMMEDIATE);
        reactor.close(CloseMode.IMMEDIATE);
    }

    private void giveBack(Future<PoolEntry<HttpHost, IOSession>> lease) {
        if (!lease.cancel(true) && !lease.isCancelled()) {
            try {
                pool.release(lease.get(), true);
            } catch (ExecutionException | InterruptedException e) {
                // It has failed: nothing was leased. It is done, so this does not wait.
            }
        }
    }

    private void sweep() {
        long last = swept.get();
        long now = System.nanoTime();
        if (now - last > SWEEP_NANOS && swept.compareAndSet(last, now)) {
            pool.closeIdle(IDLE);
            pool.closeExpired();
        }
    }

    /** The least that RFC 9110 to 9113 ask for; no {@code Expect}, no proxy, no cookies, no credentials. */
    private static HttpProcessor headers() {
        return HttpProcessorBuilder.create()
                .addAll(Connections::checkOfHttp2)
                .addAll(
                        H2RequestConformance.INSTANCE,
                        H2RequestTargetHost.INSTANCE,
                        H2RequestContent.INSTANCE,
                        Connections::tellLengthInHttp2,
                        H2RequestConnControl.INSTANCE,
                        new RequestUserAgent("Plainsail-Webhook/1"))
                .build();
    }

    private static void checkOfHttp2(HttpResponse response, @Nullable EntityDetails body, HttpContext context)
            throws HttpException, IOException {
        if (context.getProtocolVersion().greaterEquals(HttpVersion.HTTP_2)) {
            H2ResponseConformance.INSTANCE.process(response, body, context);
        }
    }

    /** It is not needed there, but by what stands behind many receivers. */
    private static void tellLengthInHttp2(HttpRequest request, @Nullable EntityDetails body, HttpContext context) {
        if (body != null && context.getProtocolVersion().greaterEquals(HttpVersion.HTTP_2)) {
            request.setHeader("content-length", Long.toString(body.getContentLength()));
        }
    }

    /** A connection of one's own, perhaps still to be made. To be ended by the thread that has it. */
    final class Lease {
        private final PoolEntry<HttpHost, IOSession> entry;
        private final boolean used;

        // Guarded by this.
        private @Nullable Future<IOSession> connecting;
        private boolean ended;

        private Lease(PoolEntry<HttpHost, IOSession> entry) {
            this.entry = entry;
            IOSession kept = entry.getConnection();
            if (kept != null && !kept.isOpen()) {
                entry.discardConnection(CloseMode.IMMEDIATE);
            }
            this.used = entry.hasConnection();
        }

        /** Whether a request went over it before: the receiver may be about to close it. */
        boolean isUsed() {
            return used;
        }

        /**
         * Sends the request, on a connection that is made first if need be.
         *
         * @throws ConnectTimeoutException if the address did not accept one in time
         * @throws IOException if it could not be reached; nothing was sent
         */
        void start(Exchange exchange, Duration connectTimeout) throws IOException, InterruptedException {
            IOSession kept = entry.getConnection();
            if (kept != null) {
                kept.setSocketTimeout(requestTimeout);
                send(kept, exchange);
                return;
            }
            HttpHost route = entry.getRoute();
            boolean http2 = "https".equals(route.getSchemeName()) && !withoutHttp2.contains(route.toHostString());
            Future<IOSession> connection = reactor.requestSession(
                    route,
                    Timeout.of(connectTimeout),
                    new EndpointParameters(route, http2 ? HttpVersionPolicy.NEGOTIATE : HttpVersionPolicy.FORCE_HTTP_1),
                    new WhenConnected(exchange));
            synchronized (this) {
                connecting = connection;
            }
            try {
                connection.get(connectTimeout.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new ConnectTimeoutException();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SocketTimeoutException) {
                    throw new ConnectTimeoutException();
                }
                if (e.getCause() instanceof IOException io) {
                    throw io;
                }
                throw new IOException("no connection", e.getCause());
            }
        }

        /**
         * Gives the connection back, or closes it at once.
         *
         * @param keep whether it may be used again
         */
        void end(boolean keep) {
            synchronized (this) {
                ended = true;
                if (connecting != null) {
                    connecting.cancel(true);
                }
                IOSession session = entry.getConnection();
                if (session != null && keep) {
                    session.setSocketTimeout(IDLE);
                } else {
                    entry.discardConnection(CloseMode.IMMEDIATE);
                }
            }
            IOSession session = entry.getConnection();
            pool.release(entry, session != null && session.isOpen());
        }

        private void send(IOSession session, Exchange exchange) {
            session.enqueue(
                    new RequestExecutionCommand(exchange, null, HttpCoreContext.create()), Command.Priority.NORMAL);
            if (!session.isOpen() && !exchange.isStarted()) {
                // Nobody may be left who takes it from the queue; and on a closed connection nothing is sent any more.
                exchange.cancel();
            }
        }

        /**
         * On the reactor's thread, before it goes on with the connection: so the request is there to be told if the
         * handshake fails.
         */
        private final class WhenConnected implements FutureCallback<IOSession> {
            private final Exchange exchange;

            private WhenConnected(Exchange exchange) {
                this.exchange = exchange;
            }

            @Override
            public void completed(IOSession session) {
                synchronized (Lease.this) {
                    if (ended) {
                        session.close(CloseMode.IMMEDIATE);
                        return;
                    }
                    entry.assignConnection(session);
                }
                send(session, exchange);
            }

            @Override
            public void failed(Exception cause) {}

            @Override
            public void cancelled() {}
        }
    }
}
