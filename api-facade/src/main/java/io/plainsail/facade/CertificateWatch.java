package io.plainsail.facade;

import io.plainsail.messaging.tls.PemFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over a certificate and its key whenever their files change. A pair that is not whole, as while it is being
 * replaced, changes nothing: the one before goes on serving, and the files are looked at again. Connections that are open
 * keep what they began with. For one thread, but for {@link #of}.
 */
final class CertificateWatch extends AbstractLifeCycle {
    private static final Logger log = LoggerFactory.getLogger(CertificateWatch.class);
    private static final long LOOK_MILLIS = 2_000;
    private static final Duration SOON = Duration.ofDays(14);
    private static final Duration BETWEEN_WARNINGS = Duration.ofDays(1);

    private final Path certFile;
    private final Path keyFile;
    private final SslContextFactory.Server tls;
    private final Clock clock;

    /** As they were when last looked at; empty if they could not be read. */
    private byte[] content;

    private Instant ends;
    private @Nullable Instant warned;
    private @Nullable Loop loop;

    private CertificateWatch(
            Path certFile, Path keyFile, SslContextFactory.Server tls, Clock clock, byte[] content, Instant ends) {
        this.certFile = certFile;
        this.keyFile = keyFile;
        this.tls = tls;
        this.clock = clock;
        this.content = content;
        this.ends = ends;
    }

    /**
     * Sets the files' certificate in {@code tls}, which is not started yet.
     *
     * @throws IllegalArgumentException if they cannot be used
     */
    static CertificateWatch of(Path certFile, Path keyFile, SslContextFactory.Server tls, Clock clock) {
        byte[] content = read(certFile, keyFile);
        PemFiles.Identity identity = PemFiles.identity(certFile, keyFile);
        serve(tls, identity);
        CertificateWatch watch = new CertificateWatch(certFile, keyFile, tls, clock, content, ends(identity));
        watch.warnOfTheEnd();
        return watch;
    }

    private static void serve(SslContextFactory tls, PemFiles.Identity identity) {
        tls.setKeyStore(identity.store());
        tls.setKeyStorePassword(identity.password());
    }

    private static Instant ends(PemFiles.Identity identity) {
        return identity.certificate().getNotAfter().toInstant();
    }

    @Override
    protected void doStart() {
        loop = Loop.every(LOOK_MILLIS, "certificate", this::look);
    }

    @Override
    protected void doStop() {
        if (loop != null) {
            loop.stop();
        }
    }

    /** The loop's body. */
    void look() {
        warnOfTheEnd();
        byte[] now = read(certFile, keyFile);
        if (Arrays.equals(now, content)) {
            return;
        }
        content = now;
        try {
            PemFiles.Identity identity = PemFiles.identity(certFile, keyFile);
            tls.reload(factory -> serve(factory, identity));
            ends = ends(identity);
            warned = null;
            log.info("New connections are served with the changed certificate in {}, valid until {}", certFile, ends);
            warnOfTheEnd();
        } catch (Exception e) { // What a reload declares.
            log.error(
                    "The changed certificate is not taken over, the one before goes on until {}: {}",
                    ends,
                    e.getMessage());
        }
    }

    private static byte[] read(Path certFile, Path keyFile) {
        try {
            byte[] certificate = Files.readAllBytes(certFile);
            byte[] key = Files.readAllBytes(keyFile);
            byte[] both = Arrays.copyOf(certificate, certificate.length + key.length);
            System.arraycopy(key, 0, both, certificate.length, key.length);
            return both;
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private void warnOfTheEnd() {
        Instant now = clock.instant();
        boolean due = warned == null || warned.plus(BETWEEN_WARNINGS).isBefore(now);
        if (due && now.plus(SOON).isAfter(ends)) {
            warned = now;
            if (now.isAfter(ends)) {
                log.error("The certificate in {} expired at {}: callers refuse it", certFile, ends);
            } else {
                log.warn("The certificate in {} expires at {}: callers will refuse it then", certFile, ends);
            }
        }
    }
}
