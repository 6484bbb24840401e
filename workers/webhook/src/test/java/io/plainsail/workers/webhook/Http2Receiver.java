package io.plainsail.workers.webhook;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty, which speaks HTTP/2 where the client takes it; well-behaved, and keeps what it got. */
final class Http2Receiver implements AutoCloseable {
    record Request(String protocol, String authority, int peerPort, Map<String, List<String>> headers, byte[] body) {}

    /** Says how a request is answered. */
    @FunctionalInterface
    interface Answering {
        void answer(Request request, org.eclipse.jetty.server.Response response, Callback done) throws Exception;
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Server server;
    private final ServerConnector connector;

    private Http2Receiver(ReceiverTls tls, boolean http2, Answering answering) {
        server = new Server(new QueuedThreadPool(20));
        HttpConfiguration configuration = new HttpConfiguration();
        HttpConnectionFactory http11 = new HttpConnectionFactory(configuration);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol(http11.getProtocol());
        SslContextFactory.Server ssl = new SslContextFactory.Server();
        ssl.setSslContext(tls.receiving);
        SslConnectionFactory secure = new SslConnectionFactory(ssl, alpn.getProtocol());
        connector = http2
                ? new ServerConnector(server, secure, alpn, new HTTP2ServerConnectionFactory(configuration), http11)
                : new ServerConnector(server, secure, alpn, http11);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(
                    org.eclipse.jetty.server.Request request,
                    org.eclipse.jetty.server.Response response,
                    Callback callback)
                    throws Exception {
                Request kept = kept(request);
                requests.add(kept);
                answering.answer(kept, response, callback);
                return true;
            }
        });
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static Http2Receiver answering(ReceiverTls tls, Answering answering) {
        return new Http2Receiver(tls, true, answering);
    }

    static Http2Receiver answering(ReceiverTls tls, int status) {
        return answering(tls, (request, response, done) -> {
            response.setStatus(status);
            done.succeeded();
        });
    }

    /** It chooses among protocols as well, and knows no other. */
    static Http2Receiver withoutHttp2(ReceiverTls tls) {
        return new Http2Receiver(tls, false, (request, response, done) -> done.succeeded());
    }

    String url(String host, String path) {
        return "https://" + host + ":" + connector.getLocalPort() + path;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Request kept(org.eclipse.jetty.server.Request request) throws Exception {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HttpField field : request.getHeaders()) {
            headers.put(field.getName(), request.getHeaders().getValuesList(field.getName()));
        }
        ByteBuffer content = Content.Source.asByteBuffer(request);
        byte[] body = new byte[content.remaining()];
        content.get(body);
        InetSocketAddress peer =
                (InetSocketAddress) request.getConnectionMetaData().getRemoteSocketAddress();
        return new Request(
                request.getConnectionMetaData().getProtocol(),
                request.getHttpURI().getAuthority(),
                peer.getPort(),
                headers,
                body);
    }
}
