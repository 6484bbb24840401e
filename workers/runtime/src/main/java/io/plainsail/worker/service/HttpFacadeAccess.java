package io.plainsail.worker.service;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.messaging.tls.TlsReasons;
import io.plainsail.worker.Outcome;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks to the facade over HTTP. Result files: {@code PUT {facade}/v1/jobs/{id}/attempts/{attempt}/result} with the attempt's token
 * as bearer token and a {@code Content-Digest} (RFC 9530), streamed from disk or memory. Thread-safe.
 */
public final class HttpFacadeAccess implements FacadeAccess {
    private static final Logger LOG = LoggerFactory.getLogger(HttpFacadeAccess.class);
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    /** For what is left of an answer whose headers came in time. */
    private static final Duration BODY_PATIENCE = Duration.ofSeconds(1);

    private final String facade;
    private final Secret key;

    /** Whose word is taken for who the facade is, for people. */
    private final String trusted;

    private final ExecutorService executor;
    private final HttpClient http;
    private final AtomicBoolean answers = new AtomicBoolean(true);

    /**
     * @param facadeUrl base of the facade's URLs
     * @param key API key for what takes no attempt's token; empty: none
     * @param caFile the authorities, in PEM, of which one must have signed the facade's certificate, for https; null for
     *     those that Java trusts
     * @param executor reads files and handles answers; two threads are enough. Ended by {@link #close}
     */
    public HttpFacadeAccess(URI facadeUrl, Secret key, @Nullable Path caFile, ExecutorService executor) {
        this.key = key;
        this.trusted = caFile == null ? "Java's own list" : caFile.toString();
        String base = facadeUrl.toString();
        this.facade = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        this.executor = executor;
        HttpClient.Builder client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_PATIENCE)
                .executor(executor);
        if (caFile != null) {
            client.sslContext(PemFiles.trusting(caFile));
        }
        this.http = client.build();
    }

    private String reason(IOException failure) {
        return TlsReasons.of(failure, trusted).orElseGet(failure::toString);
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
            return answer(send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            return new Answer(Verdict.UNAVAILABLE, "the facade at " + facade + " did not answer: " + reason(e));
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
    public Claimed claim(JobMessage job, AttemptClaim claim, Duration patience) {
        HttpRequest request;
        try {
            request = post("/v1/jobs/" + job.jobId() + "/attempts/" + job.attempt() + "/claim", patience)
                    .header("Authorization", "Bearer " + job.token())
                    .POST(HttpRequest.BodyPublishers.ofByteArray(claim.encode()))
                    .build();
        } catch (IllegalArgumentException e) {
            return new Refused("its token cannot be sent: it is no header value");
        }
        try {
            HttpResponse<byte[]> response = send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (isRefusal(response)) {
                String said = new String(response.body(), StandardCharsets.UTF_8);
                return new Refused("the facade answered " + response.statusCode() + " " + WireText.storable(said, 300));
            }
            return read(request, response, ClaimAnswer::decode)
                    .<Claimed>map(Answered::new)
                    .orElseGet(Unheard::new);
        } catch (ConnectException | HttpConnectTimeoutException | SSLHandshakeException e) {
            tell(false, reason(e));
            return new NotReached();
        } catch (IOException e) {
            tell(false, reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Unheard();
    }

    /** The facade's own word: what a proxy says before it may be over in a moment. */
    private static boolean isRefusal(HttpResponse<byte[]> response) {
        boolean problem = response.headers()
                .firstValue("Content-Type")
                .filter(type -> type.startsWith("application/problem+json"))
                .isPresent();
        return problem && (response.statusCode() == 400 || response.statusCode() == 403);
    }

    @Override
    public Optional<RunningCheck.Answer> check(String instance, RunningCheck check, Duration patience) {
        String segment = URLEncoder.encode(instance, StandardCharsets.UTF_8).replace("+", "%20");
        HttpRequest.Builder request = post("/v1/workers/" + segment + "/check", patience)
                .POST(HttpRequest.BodyPublishers.ofByteArray(check.encode()));
        if (!key.value().isEmpty()) {
            request.header("Authorization", "Bearer " + key.value());
        }
        return ask(request.build(), RunningCheck.Answer::decode);
    }

    private HttpRequest.Builder post(String path, Duration patience) {
        return HttpRequest.newBuilder(URI.create(facade + path))
                .timeout(patience)
                .header("Content-Type", "application/json");
    }

    private <T> Optional<T> ask(HttpRequest request, Function<byte[], T> decode) {
        try {
            return read(request, send(request, HttpResponse.BodyHandlers.ofByteArray()), decode);
        } catch (IOException e) {
            tell(false, reason(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return Optional.empty();
    }

    /** A request's own timeout ends with the headers of the answer: a body that never comes would hold its thread for good. */
    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        Duration patience = request.timeout().orElseThrow().plus(BODY_PATIENCE);
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request, body);
        try {
            return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("its answer was not whole within " + patience);
        } finally {
            answer.cancel(true);
        }
    }

    private <T> Optional<T> read(HttpRequest request, HttpResponse<byte[]> response, Function<byte[], T> decode) {
        if (response.statusCode() != 200) {
            tell(
                    false,
                    "it answered " + response.statusCode() + " to "
                            + request.uri().getPath());
            return Optional.empty();
        }
        try {
            T answer = decode.apply(response.body());
            tell(true, "");
            return Optional.of(answer);
        } catch (UndecodableMessageException e) {
            tell(false, e.toString());
            return Optional.empty();
        }
    }

    /** Once when it goes, once when it is back. */
    private void tell(boolean answers, String detail) {
        if (this.answers.getAndSet(answers) != answers) {
            if (answers) {
                LOG.info("The facade at {} answers", facade);
            } else {
                LOG.warn("The facade at {} does not answer: {}", facade, detail);
            }
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
