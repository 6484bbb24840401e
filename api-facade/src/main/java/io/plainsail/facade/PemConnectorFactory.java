package io.plainsail.facade;

import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import io.dropwizard.jetty.HttpConnectorFactory;
import io.dropwizard.metrics.jetty12.InstrumentedConnectionFactory;
import java.nio.file.Path;
import java.time.Clock;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A connector of type {@code pem}: HTTPS with a certificate and a key from PEM files, as authorities hand them out, where
 * both are named, and HTTP where neither is. Files that change are taken over without a restart ({@link CertificateWatch}).
 * TLS 1.2 and 1.3. All else is as with Dropwizard's type {@code http}.
 */
@JsonTypeName("pem")
public final class PemConnectorFactory extends HttpConnectorFactory {
    private String certFile = "";
    private String keyFile = "";

    /** The certificate, then the chain to its authority; empty, the default, for no TLS. */
    @JsonProperty
    public String getCertFile() {
        return certFile;
    }

    @JsonProperty
    public void setCertFile(String certFile) {
        this.certFile = certFile;
    }

    /** Its key, unencrypted PKCS#8; empty, the default, for no TLS. */
    @JsonProperty
    public String getKeyFile() {
        return keyFile;
    }

    @JsonProperty
    public void setKeyFile(String keyFile) {
        this.keyFile = keyFile;
    }

    /** @throws IllegalArgumentException if only one of the two files is named */
    boolean isEncrypted() {
        if (certFile.isBlank() != keyFile.isBlank()) {
            throw new IllegalArgumentException("server.applicationConnectors: "
                    + (certFile.isBlank() ? "keyFile is set and certFile" : "certFile is set and keyFile")
                    + " is not: name both for https, or neither for http");
        }
        return !certFile.isBlank();
    }

    @Override
    public Connector build(Server server, MetricRegistry metrics, String name, @Nullable ThreadPool threadPool) {
        if (!isEncrypted()) {
            return super.build(server, metrics, name, threadPool);
        }
        SslContextFactory.Server tls = new SslContextFactory.Server();
        CertificateWatch watch = CertificateWatch.of(Path.of(certFile), Path.of(keyFile), tls, Clock.systemUTC());
        server.addBean(watch);
        HttpConfiguration http = buildHttpConfiguration();
        http.setSecureScheme("https");
        // There is one certificate: which name a caller asks it for is the caller's to check.
        http.addCustomizer(new SecureRequestCustomizer(false));
        return buildConnector(
                server,
                new ScheduledExecutorScheduler(),
                buildBufferPool(),
                name,
                threadPool,
                new InstrumentedConnectionFactory(
                        new SslConnectionFactory(tls, HttpVersion.HTTP_1_1.asString()),
                        metrics.timer(httpConnections())),
                buildHttpConnectionFactory(http));
    }
}
