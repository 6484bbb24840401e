package io.plainsail.workers.webhook;

import java.util.concurrent.CancellationException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.concurrent.CancellableDependency;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.protocol.HttpContext;

/**
 * Dials, and stops when the request was cancelled meanwhile. The one of HttpClient 5.6 goes on after a cancel that comes
 * during the look-up of the name: it dials every address and then leaves the open socket to the garbage collector.
 */
final class CancellableConnectionOperator extends DefaultHttpClientConnectionOperator {
    private static final String REQUEST = CancellableConnectionOperator.class.getName();

    CancellableConnectionOperator(SchemePortResolver ports, DnsResolver names, TlsSocketStrategy tls) {
        super(
                ports,
                names,
                RegistryBuilder.<TlsSocketStrategy>create()
                        .register(URIScheme.HTTPS.id, tls)
                        .build());
    }

    /** Makes dialling for this context depend on the request. */
    static void bind(HttpContext context, CancellableDependency request) {
        context.setAttribute(REQUEST, request);
    }

    @Override
    protected void onBeforeSocketConnect(HttpContext context, HttpHost host) {
        stopIfCancelled(context);
    }

    @Override
    protected void onAfterSocketConnect(HttpContext context, HttpHost host) {
        stopIfCancelled(context);
    }

    @Override
    protected void onAfterTlsHandshake(HttpContext context, HttpHost host) {
        stopIfCancelled(context);
    }

    private static void stopIfCancelled(HttpContext context) {
        if (context.getAttribute(REQUEST) instanceof CancellableDependency request && request.isCancelled()) {
            throw new CancellationException("the request was cancelled while it was dialled");
        }
    }
}
