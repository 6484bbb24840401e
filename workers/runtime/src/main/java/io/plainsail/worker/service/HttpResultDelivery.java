package io.plainsail.worker.service;

import io.plainsail.contracts.wire.WireText;
import io.plainsail.worker.Outcome;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ExecutorService;

/**
 * Delivers result files over HTTP: {@code PUT {facade}/v1/jobs/{id}/attempts/{attempt}/result} with the attempt's token
 * as bearer token and a {@code Content-Digest} (RFC 9530), streamed from disk or memory. Thread-safe.
 */
public final class HttpResultDelivery implements ResultDelivery {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    private final String facade;
    private final ExecutorService executor;
    private final HttpClient http;

    /**
     * @param facadeUrl base of the facade's URLs
     * @param executor reads files and handles answers; two threads are enough. Ended by {@link #close}
     */
    public HttpResultDelivery(URI facadeUrl, ExecutorService executor) {
        String base = facadeUrl.toString();
        this.facade = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.executor = executor;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_PATIENCE)
                .executor(executor)
                .build();
    }

    @Override
    public Answer deliver(Upload upload, Duration patience) {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(
                            facade + "/v1/jobs/" + upload.jobId() + "/attempts/" + upload.attempt() + "/result"))
                    .timeout(patience)
                    .header("Authorization", "Bearer " + upload.token())
                    .header("Content-Type", upload.file().mediaType())
                    .header("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(upload.sha256()) + ":")
                    .PUT(body(upload.file()))
                    .build();
        } catch (FileNotFoundException | IllegalArgumentException e) {
            return new Answer(Verdict.REFUSED, "the file cannot be sent: " + e.getMessage());
        }
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            return answer(response);
        } catch (IOException e) {
            return new Answer(Verdict.UNAVAILABLE, "the facade at " + facade + " did not answer: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(Verdict.UNAVAILABLE, "interrupted while the file was on its way");
        }
    }

    private static HttpRequest.BodyPublisher body(Outcome.File file) throws FileNotFoundException {
        if (file instanceof Outcome.Bytes bytes) {
            return HttpRequest.BodyPublishers.ofByteArray(bytes.content());
        }
        if (file instanceof Outcome.OnDisk onDisk) {
            return HttpRequest.BodyPublishers.ofFile(onDisk.path());
        }
        throw new IllegalArgumentException("a kind of file that is not known: " + file.getClass());
    }

    private static Answer answer(HttpResponse<String> response) {
        int status = response.statusCode();
        String detail = "the facade answered " + status + " " + WireText.storable(response.body(), 300);
        if (status >= 200 && status < 300) {
            return new Answer(Verdict.TAKEN, detail);
        }
        return switch (status) {
            case 409 -> new Answer(Verdict.NOT_CURRENT, detail);
            case 413 -> new Answer(Verdict.TOO_LARGE, detail);
            case 408, 425, 429 -> new Answer(Verdict.UNAVAILABLE, detail);
            default -> new Answer(status >= 500 ? Verdict.UNAVAILABLE : Verdict.REFUSED, detail);
        };
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
