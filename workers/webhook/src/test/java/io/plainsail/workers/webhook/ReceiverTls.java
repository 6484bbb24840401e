package io.plainsail.workers.webhook;

import java.io.InputStream;
import java.security.KeyStore;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for {@code receiver.test} and {@code neighbour.receiver.test}, and who trusts it. */
final class ReceiverTls {
    private static final char[] PASSWORD = "changeit".toCharArray();

    /** For the receiver. */
    final SSLContext receiving;

    /** For a client. */
    final SSLContext trusting;

    ReceiverTls() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Objects.requireNonNull(ReceiverTls.class.getResourceAsStream("/tls/receiver.p12"))) {
                store.load(in, PASSWORD);
            }
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD);
            receiving = SSLContext.getInstance("TLS");
            receiving.init(keys.getKeyManagers(), null, null);

            KeyStore certificates = KeyStore.getInstance("PKCS12");
            certificates.load(null, null);
            certificates.setCertificateEntry("receiver", store.getCertificate("receiver"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(certificates);
            trusting = SSLContext.getInstance("TLS");
            trusting.init(null, trust.getTrustManagers(), null);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
