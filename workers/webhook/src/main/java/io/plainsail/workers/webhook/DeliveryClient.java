package io.plainsail.workers.webhook;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.slf4j.MDC;

/**
 * POSTs once: no redirects, no proxy, no cookies, no authentication, no second try, no decompression, bounded answers.
 * Connections are reused; the address of each was checked when it was dialled. Thread-safe.
 *
 * <p>A request runs on a thread of this client, and the caller waits for it: neither a look-up of a name nor a read from
 * a socket can be interrupted, but the wait can, and cancelling the request closes its socket under the other thread.
 */
final class DeliveryClient implements AutoCloseable {
    private static final ContentType JSON = ContentType.create("application/json");
    private static final TimeValue IDLE = TimeValue.ofSeconds(30);
    private static final TimeValue MAX_AGE = TimeValue.ofMinutes(5);

    /** One that was idle longer is asked whether it is still open, which costs a millisecond. */
    private static final TimeValue CHECK_AFTER = TimeValue.ofMilliseconds(200);

    private static final int MAX_LINE_LENGTH = 8_192;
    private static final int MAX_HEADERS = 100;

    private final CloseableHttpClient http;
    private final ThreadPoolExecutor threads;
    private final Timeout connectionWait;

    private DeliveryClient(CloseableHttpClient http, ThreadPoolExecutor threads, Timeout connectionWait) {
        this.http = http;
        this.threads = threads;
        this.connectionWait = connectionWait;
    }

    /**
     * Starts a client; close it.
     *
     * @param names asked once per dialled connection
     * @param tls whose certificates are trusted
     */
    static DeliveryClient open(WebhookConfig config, DnsResolver names, SSLContext tls) {
        Timeout connectTimeout = Timeout.of(config.connectTimeout());
        SchemePortResolver ports = DefaultSchemePortResolver.INSTANCE;
        PoolingHttpClientConnectionManager connections = new PoolingHttpClientConnectionManager(
                new CancellableConnectionOperator(ports, names, new DefaultClientTlsStrategy(tls)),
                PoolConcurrencyPolicy.STRICT,
                PoolReusePolicy.LIFO,
                null,
                ManagedHttpClientConnectionFactory.builder()
                        .http1Config(Http1Config.custom()
                                .setMaxLineLength(MAX_LINE_LENGTH)
                                .setMaxHeaderCount(MAX_HEADERS)
                                .build())
                        .build());
        connections.setMaxTotal(config.maxConnections());
        connections.setDefaultMaxPerRoute(config.maxConnectionsPerHost());
        connections.setDefaultConnectionConfig(ConnectionConfig.custom()
                .setConnectTimeout(connectTimeout)
                .setSocketTimeout(Timeout.of(config.requestTimeout()))
                .setTimeToLive(MAX_AGE)
                .setValidateAfterInactivity(CHECK_AFTER)
                .build());
        CloseableHttpClient http = HttpClients.custom()
                .setConnectionManager(connections)
                .disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableConnectionState()
                .disableContentCompression()
                .setUserAgent("Plainsail-Webhook/1")
                .evictIdleConnections(IDLE)
                .evictExpiredConnections()
                .build();
        return new DeliveryClient(http, threads(config.maxConnections() * 2), connectTimeout);
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
        HttpPost request = new HttpPost(target.uri());
        headers.forEach(request::setHeader);
        request.setEntity(new ByteArrayEntity(body, JSON));
        Timeout whole = Timeout.of(budget);
        request.setConfig(RequestConfig.custom()
                .setConnectionRequestTimeout(connectionWait.min(whole).toTimeout())
                .setResponseTimeout(whole)
                .setRedirectsEnabled(false)
                .setAuthenticationEnabled(false)
                .setExpectContinueEnabled(false)
                .setProtocolUpgradeEnabled(false)
                .build());
        Exchange exchange = new Exchange(http, new HttpHost(target.scheme(), target.host(), target.port()), request);
        long end = System.nanoTime() + budget.toNanos();
        FutureTask<Answer> task = new FutureTask<>(withLogContext(exchange));
        start(task, end);
        try {
            return task.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            request.cancel();
            Answer begun = exchange.begun();
            if (begun == null) {
                throw new SocketTimeoutException("no answer");
            }
            return begun;
        } catch (InterruptedException e) {
            request.cancel();
            Answer begun = exchange.begun();
            if (begun == null) {
                throw e;
            }
            Thread.currentThread().interrupt();
            return begun;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException("the HTTP client failed", e.getCause());
        }
    }

    /** What is logged on the other thread names the job as well. */
    private static Callable<Answer> withLogContext(Exchange exchange) {
        Map<String, String> context = MDC.getCopyOfContextMap();
        if (context == null) {
            return exchange;
        }
        return () -> {
            MDC.setContextMap(context);
            try {
                return exchange.call();
            } finally {
                MDC.clear();
            }
        };
    }

    /** A thread that has just handed over its answer is free in a moment: wait for it rather than refuse. */
    private void start(FutureTask<Answer> task, long end) throws TooManyRequestsException, InterruptedException {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException e) {
            long wait = Math.min(connectionWait.toNanoseconds(), end - System.nanoTime());
            if (!threads.getQueue().offer(task, wait, TimeUnit.NANOSECONDS)) {
                throw new TooManyRequestsException(threads.getMaximumPoolSize(), e);
            }
        }
    }

    /** Requests that run are cut off. */
    @Override
    public void close() {
        threads.shutdownNow();
        http.close(CloseMode.IMMEDIATE);
    }

    /** More threads than connections: one that waits for a name server holds a thread and no caller any more. */
    private static ThreadPoolExecutor threads(int most) {
        AtomicInteger count = new AtomicInteger();
        return new ThreadPoolExecutor(0, most, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), work -> {
            Thread thread = new Thread(work, "webhook-request-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}
