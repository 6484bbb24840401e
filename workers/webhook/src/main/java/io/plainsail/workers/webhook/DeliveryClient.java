package io.plainsail.workers.webhook;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http2.H2ConnectionException;
import org.apache.hc.core5.http2.H2Error;
import org.apache.hc.core5.http2.H2StreamResetException;
import org.apache.hc.core5.net.URIAuthority;

/**
 * POSTs once: no redirects, no proxy, no cookies, no authentication, no second try, no decompression, bounded answers.
 * HTTP/2 where the receiver speaks it over TLS, and so that we understand it; else HTTP/1.1. Thread-safe. One request, in order:
 *
 * <ol>
 *   <li>look the name up and check its addresses; see {@link GuardedDnsResolver}
 *   <li>take a connection that was kept for this name and one of these addresses, or dial them one after the other
 *   <li>send, and wait for the answer
 *   <li>keep the connection if all went well, else close it at once
 * </ol>
 *
 * <p>Every wait is the caller's and can be interrupted; the reactor's threads never wait.
 */
final class DeliveryClient implements AutoCloseable {
    private final NameLookups names;
    private final Connections connections;
    private final Duration connectTimeout;
    private final Set<Exchange> underWay = ConcurrentHashMap.newKeySet();

    private DeliveryClient(NameLookups names, Connections connections, Duration connectTimeout) {
        this.names = names;
        this.connections = connections;
        this.connectTimeout = connectTimeout;
    }

    /**
     * Starts a client; close it.
     *
     * @param names asked once per request
     * @param tls whose certificates are trusted
     */
    static DeliveryClient open(WebhookConfig config, GuardedDnsResolver names, SSLContext tls) {
        // More look-ups than connections: one that a name server leaves unanswered is no delivery's any more.
        return new DeliveryClient(
                new NameLookups(names, config.maxConnections() * 2, config.connectTimeout()),
                Connections.open(config, tls),
                config.connectTimeout());
    }

    /**
     * Sends one POST and reads the answer, up to its bound. An answer whose head arrived counts: if its body breaks off
     * or takes too long, what came of it is returned, marked as truncated.
     *
     * @param budget for everything, from the look-up of the name on
     * @throws SocketTimeoutException if no answer began within the budget
     * @throws IOException if no answer began
     * @throws InterruptedException if the calling thread is interrupted before an answer began; the connection is closed
     *     then. After that, the answer is returned and the interrupt is kept
     */
    Answer post(TargetUrl target, Map<String, String> headers, byte[] body, Duration budget)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + budget.toNanos();
        IOException unreachable = new SocketTimeoutException("no connection");
        for (HttpHost route : keptFirst(target, names.addresses(target.host(), budget))) {
            if (end - System.nanoTime() <= 0) {
                break;
            }
            try {
                return post(route, target, headers, body, end);
            } catch (UnreachableException e) {
                unreachable = e.why;
            }
        }
        throw unreachable;
    }

    /** Requests that run are cut off. */
    @Override
    public void close() {
        names.close();
        connections.close();
        underWay.forEach(exchange -> exchange.failed(new ConnectionClosedException("the client is closed")));
    }

    /** Name servers shuffle what they answer: it shall not cost a connection that is kept. */
    private List<HttpHost> keptFirst(TargetUrl target, List<InetAddress> addresses) {
        Deque<HttpHost> routes = new ArrayDeque<>();
        for (InetAddress address : addresses) {
            HttpHost route = new HttpHost(target.scheme(), address, target.host(), target.port());
            if (connections.has(route)) {
                routes.addFirst(route);
            } else {
                routes.addLast(route);
            }
        }
        return List.copyOf(routes);
    }

    private Answer post(HttpHost route, TargetUrl target, Map<String, String> headers, byte[] body, long end)
            throws IOException, InterruptedException, UnreachableException {
        while (true) {
            Connections.Lease lease =
                    connections.lease(route, Math.min(connectTimeout.toNanos(), end - System.nanoTime()));
            try {
                Exchange exchange = new Exchange(request(target, headers), body);
                try {
                    return post(lease, exchange, end);
                } catch (IOException e) {
                    if (exchange.isHttp2() && isOfTheProtocol(e)) {
                        connections.avoidHttp2With(route);
                    }
                    throw e;
                }
            } catch (RequestNotExecutedException e) {
                // The receiver closed it, or said that it will, before it took the request: it was not sent.
                if (!lease.isUsed()) {
                    throw e;
                }
            }
        }
    }

    private Answer post(Connections.Lease lease, Exchange exchange, long end)
            throws IOException, InterruptedException, UnreachableException {
        underWay.add(exchange);
        try {
            long left = end - System.nanoTime();
            try {
                lease.start(exchange, left < connectTimeout.toNanos() ? Duration.ofNanos(left) : connectTimeout);
            } catch (IOException e) {
                throw new UnreachableException(e);
            }
            return exchange.await(end - System.nanoTime());
        } catch (TimeoutException e) {
            Answer begun = exchange.begun();
            if (begun == null) {
                throw new SocketTimeoutException("no answer");
            }
            return begun;
        } catch (InterruptedException e) {
            Answer begun = exchange.begun();
            if (begun == null) {
                throw e;
            }
            Thread.currentThread().interrupt();
            return begun;
        } finally {
            underWay.remove(exchange);
            lease.end(exchange.isWhole());
        }
    }

    /**
     * Whether the two do not understand each other. Some of it is ours: httpcore 5.4 fails on frames of a type that it
     * does not know, which RFC 9113, 5.5 says to pass over.
     */
    private static boolean isOfTheProtocol(IOException e) {
        return e instanceof H2ConnectionException
                || e.getCause() instanceof HttpException
                || e.getCause() instanceof RuntimeException
                || (e instanceof H2StreamResetException reset
                        && reset.getCode() == H2Error.HTTP_1_1_REQUIRED.getCode());
    }

    private static HttpRequest request(TargetUrl target, Map<String, String> headers) {
        HttpRequest request = new BasicHttpRequest("POST", target.scheme(), authority(target), target.pathAndQuery());
        headers.forEach(request::setHeader);
        return request;
    }

    /** Without the scheme's usual port. */
    private static URIAuthority authority(TargetUrl target) {
        return new URIAuthority(target.host(), target.isUsualPort() ? -1 : target.port());
    }

    /** No connection came about: the next address may do. */
    private static final class UnreachableException extends Exception {
        private static final long serialVersionUID = 1L;

        private final IOException why;

        private UnreachableException(IOException why) {
            super(why);
            this.why = why;
        }
    }
}
