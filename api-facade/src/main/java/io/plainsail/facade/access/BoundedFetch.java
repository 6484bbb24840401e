package io.plainsail.facade.access;

import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.messaging.tls.TlsReasons;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HttpsURLConnection;
import org.jspecify.annotations.Nullable;

/**
 * Gets a document by HTTP: at most 256 KiB, within about ten seconds in all, no redirects. Java's other client has no bound
 * for the time that a body takes. Thread-safe.
 */
final class BoundedFetch implements IssuerKeys.Fetch {
    private static final int MAX_BYTES = 256 * 1024;
    private static final int WAIT_MILLIS = 3_000;
    private static final long ALL_NANOS = TimeUnit.SECONDS.toNanos(7);

    private final @Nullable Path caFile;

    /** @param caFile whom to trust; null for those that Java trusts */
    BoundedFetch(@Nullable Path caFile) {
        this.caFile = caFile;
        if (caFile != null) {
            PemFiles.trusting(caFile);
        }
    }

    @Override
    public byte[] get(URI from) throws IOException {
        long end = System.nanoTime() + ALL_NANOS;
        HttpURLConnection connection = (HttpURLConnection) from.toURL().openConnection();
        try {
            connection.setConnectTimeout(WAIT_MILLIS);
            connection.setReadTimeout(WAIT_MILLIS);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestProperty("Accept", "application/json");
            if (caFile != null && connection instanceof HttpsURLConnection https) {
                https.setSSLSocketFactory(PemFiles.trusting(caFile).getSocketFactory());
            }
            int status = connection.getResponseCode();
            if (status != 200) {
                throw new IOException(from + " answered " + status);
            }
            return read(connection.getInputStream(), end);
        } catch (IOException | IllegalArgumentException e) {
            String trusted = caFile == null ? "Java's own list" : caFile.toString();
            throw new IOException(from + ": " + TlsReasons.of(e, trusted).orElse(String.valueOf(e.getMessage())), e);
        } finally {
            connection.disconnect();
        }
    }

    private static byte[] read(InputStream in, long end) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] part = new byte[8 * 1024];
        for (int read = in.read(part); read >= 0; read = in.read(part)) {
            whole.write(part, 0, read);
            if (whole.size() > MAX_BYTES) {
                throw new IOException("longer than " + MAX_BYTES + " bytes");
            }
            if (System.nanoTime() > end) {
                throw new IOException("too slow");
            }
        }
        return whole.toByteArray();
    }
}
