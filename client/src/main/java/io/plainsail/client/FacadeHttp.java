package io.plainsail.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to a facade, and sends them again where that cannot do anything twice. Thread-safe.
 *
 * <ol>
 *   <li>A request is sent as bytes that stay the same through all its attempts, under one idempotency key if it has one.
 *   <li>Answered 2xx, its body is read. An answer that breaks off counts as none.
 *   <li>Not answered, or answered 429, 502, 503, 504, or 409 because the first attempt is still under way: sent again
 *       after a rest, if {@link Repeat} allows and the policy leaves attempts and time.
 *   <li>Anything else is the answer: it is thrown.
 * </ol>
 */
final class FacadeHttp {
    static final String KEY_HEADER = "Idempotency-Key";

    private static final String KEY_IN_PROGRESS = "urn:plainsail:problem:key-in-progress";

    private final String base;
    private final HttpClient http;
    private final Supplier<String> apiKey;
    private final Timing timing;
    private final Pace pace;
    private final ObjectMapper json;

    /**
     * @param request until an answer begins
     * @param silence in which nothing comes of an answer
     * @param maxAnswerBytes of an answer that is kept in memory
     */
    record Timing(Duration request, Duration silence, RetryPolicy retry, int maxAnswerBytes) {}

    /** @param apiKey asked for each attempt; an empty one is not sent */
    FacadeHttp(String base, HttpClient http, Supplier<String> apiKey, Timing timing, Pace pace, ObjectMapper json) {
        this.base = base;
        this.http = http;
        this.apiKey = apiKey;
        this.timing = timing;
        this.pace = pace;
        this.json = json;
    }

    /** When a request may be sent again. */
    enum Repeat {
        /** It does the same however often it is sent: it reads, names its effect by a key, or sets a state. */
        ALWAYS,
        /** Only if it surely was not taken: no connection was made, or it was answered 429. */
        IF_NOT_TAKEN
    }

    /**
     * A request.
     *
     * @param path after the facade's address, with its query
     * @param patience how much longer than usual its answer may take to begin
     * @param within no attempt begins later than so long after the first; null as the policy has it
     */
    record Call(
            String method,
            String path,
            Map<String, String> headers,
            byte @Nullable [] body,
            Repeat repeat,
            Duration patience,
            @Nullable Duration within) {

        static Call get(String path) {
            return new Call("GET", path, Map.of(), null, Repeat.ALWAYS, Duration.ZERO, null);
        }

        static Call delete(String path) {
            return new Call("DELETE", path, Map.of(), null, Repeat.ALWAYS, Duration.ZERO, null);
        }

        static Call post(String path, byte[] body, String mediaType, Repeat repeat) {
            return new Call("POST", path, Map.of("Content-Type", mediaType), body, repeat, Duration.ZERO, null);
        }

        Call with(String header, String value) {
            Map<String, String> more = new java.util.TreeMap<>(headers);
            more.put(header, value);
            return new Call(method, path, more, body, repeat, patience, within);
        }

        Call within(Duration limit) {
            return new Call(method, path, headers, body, repeat, patience, limit);
        }

        Call patience(Duration longer) {
            return new Call(method, path, headers, body, repeat, longer, within);
        }

        @Nullable
        String key() {
            return headers.get(KEY_HEADER);
        }
    }

    /** An answer of 2xx whose body is in memory. */
    record Answer(int status, HttpHeaders headers, byte[] body) {}

    /** What is made of an answer of 2xx; an {@code IOException} out of the body counts as no answer. */
    @FunctionalInterface
    interface Reading<T> {
        /** @param body to be closed by the reader, at once or later */
        T read(int status, HttpHeaders headers, AnswerBody body) throws IOException;
    }

    Pace pace() {
        return pace;
    }

    RetryPolicy retry() {
        return timing.retry();
    }

    Answer send(Call call) {
        return send(call, (status, headers, body) -> {
            try (body) {
                return new Answer(status, headers, inMemory(body));
            }
        });
    }

    <T> T send(Call call, Reading<T> reading) {
        Duration within = call.within() == null ? timing.retry().within() : call.within();
        long begin = pace.nanos();
        for (int attempt = 1; ; attempt++) {
            PlainsailException failure;
            boolean mayRepeat;
            try {
                HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                        http.send(request(call), HttpResponse.BodyHandlers.ofPublisher());
                AnswerBody body = AnswerBody.of(response.body(), timing.silence());
                int status = response.statusCode();
                if (status / 100 == 2) {
                    return reading.read(status, response.headers(), body);
                }
                try (body) {
                    failure = Problems.of(status, response.headers(), body, json, pace.now());
                }
                mayRepeat = mayRepeat(call, failure);
            } catch (ConnectException | HttpConnectTimeoutException e) {
                failure = unreachable(call, e);
                mayRepeat = true;
            } catch (InterruptedIOException | InterruptedException e) {
                throw interrupted(call, e);
            } catch (AnswerBody.OutOfTimeException e) {
                throw new PlainsailException(PlainsailException.Kind.TIMED_OUT, "the time to wait has passed", e);
            } catch (IOException e) {
                failure = unreachable(call, e);
                // Who is not trusted now is not trusted in a minute.
                mayRepeat = call.repeat() == Repeat.ALWAYS && !(e instanceof SSLException);
            }
            Duration rest = rest(attempt, failure);
            boolean late = pace.nanos() - begin + rest.toNanos() > within.toNanos();
            if (!mayRepeat || attempt >= timing.retry().attempts() || late) {
                throw failure.withKey(call.key());
            }
            rest(call, rest);
        }
    }

    private HttpRequest request(Call call) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + call.path()))
                .timeout(timing.request().plus(call.patience()))
                .header("User-Agent", "plainsail-java")
                .method(
                        call.method(),
                        call.body() == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(call.body()));
        call.headers().forEach(request::header);
        String key = apiKey.get();
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return request.build();
    }

    private static boolean mayRepeat(Call call, PlainsailException failure) {
        return switch (failure.status()) {
            case 429 -> true;
            case 502, 503, 504 -> call.repeat() == Repeat.ALWAYS;
            case 409 -> call.key() != null && failure.type().equals(KEY_IN_PROGRESS);
            default -> false;
        };
    }

    private Duration rest(int attempt, PlainsailException failure) {
        Duration own = timing.retry().restAfter(attempt, pace.random());
        // Those who were told the same time are not to come back at the same moment.
        return failure.retryAfter()
                .map(told -> told.plus(timing.retry().restAfter(1, pace.random())))
                .filter(told -> told.compareTo(own) > 0)
                .orElse(own);
    }

    private void rest(Call call, Duration rest) {
        try {
            pace.rest(rest);
        } catch (InterruptedException e) {
            throw interrupted(call, e);
        }
    }

    static PlainsailException interrupted(Exception e) {
        Thread.currentThread().interrupt();
        return new PlainsailException(PlainsailException.Kind.INTERRUPTED, "interrupted while waiting", e);
    }

    private static PlainsailException interrupted(Call call, Exception e) {
        return interrupted(e).withKey(call.key());
    }

    private PlainsailException unreachable(Call call, IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new PlainsailException(
                PlainsailException.Kind.UNREACHABLE,
                "no answer from " + base + " to " + call.method() + " " + call.path() + ": " + reason,
                e);
    }

    private byte[] inMemory(AnswerBody body) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] portion = new byte[16 * 1024];
        for (int count = body.read(portion); count >= 0; count = body.read(portion)) {
            if (read.size() + count > timing.maxAnswerBytes()) {
                throw new PlainsailException(
                        PlainsailException.Kind.NOT_UNDERSTOOD,
                        "the answer is longer than " + timing.maxAnswerBytes() + " bytes",
                        null);
            }
            read.write(portion, 0, count);
        }
        return read.toByteArray();
    }
}
