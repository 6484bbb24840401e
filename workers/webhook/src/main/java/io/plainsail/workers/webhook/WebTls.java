package io.plainsail.workers.webhook;

import java.net.SocketAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.http.ssl.TLS;
import org.apache.hc.core5.http.ssl.TlsCiphers;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.reactor.ssl.SSLBufferMode;
import org.apache.hc.core5.reactor.ssl.TlsDetails;
import org.apache.hc.core5.reactor.ssl.TransportSecurityLayer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * TLS as on the web: the certificate has to be trusted, and for the name that was asked for; HTTP/2 is offered unless
 * HTTP/1.1 is forced, and HTTP/1.1 spoken with who does not take it (ALPN, RFC 7301). Thread-safe.
 */
final class WebTls implements TlsStrategy {
    private static final String HTTP_2 = "h2";
    private static final String HTTP_1_1 = "http/1.1";

    private final SSLContext context;

    WebTls(SSLContext context) {
        this.context = context;
    }

    @Override
    public void upgrade(
            TransportSecurityLayer session,
            NamedEndpoint name,
            @Nullable Object attachment,
            @Nullable Timeout handshakeTimeout,
            @Nullable FutureCallback<TransportSecurityLayer> callback) {
        session.startTls(
                context,
                name,
                SSLBufferMode.DYNAMIC,
                (endpoint, engine) -> prepare(engine, attachment != HttpVersionPolicy.FORCE_HTTP_1),
                (endpoint, engine) -> agreed(engine),
                handshakeTimeout,
                callback);
    }

    @Override
    @Deprecated
    public boolean upgrade(
            TransportSecurityLayer session,
            HttpHost host,
            SocketAddress localAddress,
            SocketAddress remoteAddress,
            @Nullable Object attachment,
            @Nullable Timeout handshakeTimeout) {
        upgrade(session, host, attachment, handshakeTimeout, null);
        return true;
    }

    private static void prepare(SSLEngine engine, boolean http2) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(TLS.excludeWeak(parameters.getProtocols()));
        parameters.setApplicationProtocols(http2 ? new String[] {HTTP_2, HTTP_1_1} : new String[] {HTTP_1_1});
        engine.setSSLParameters(parameters);
    }

    /** What RFC 9113, 9.2.2 says is too weak for HTTP/2 stays good enough for HTTP/1.1. */
    private static TlsDetails agreed(SSLEngine engine) throws SSLHandshakeException {
        SSLSession session = engine.getSession();
        String protocol = engine.getApplicationProtocol();
        if (HTTP_2.equals(protocol) && TlsCiphers.isH2Blacklisted(session.getCipherSuite())) {
            throw new SSLHandshakeException("HTTP/2 with " + session.getCipherSuite() + ", which RFC 9113 prohibits");
        }
        return new TlsDetails(session, protocol);
    }
}
