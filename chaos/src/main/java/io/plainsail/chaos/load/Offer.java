package io.plainsail.chaos.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.chaos.load.Request.Answer;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sends job requests at a rate, whatever becomes of them, and keeps their history. What the jobs are like follows from
 * the seed. Thread-safe.
 */
public final class Offer {
    private static final int MAX_IN_FLIGHT = 400;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final URI uri;
    private final long seed;
    private final int longOnes;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
    private final Semaphore inFlight = new Semaphore(MAX_IN_FLIGHT);
    private final AtomicInteger numbers = new AtomicInteger();

    // Guarded by this.
    private final List<Request> history = new ArrayList<>();

    /**
     * @param longOnes of 1,000 jobs so many run for longer than a lease; 50 at most
     */
    public Offer(String facade, long seed, int longOnes) {
        this.uri = URI.create(facade + "/v1/jobs");
        this.seed = seed;
        this.longOnes = longOnes;
    }

    private record Job(String type, String kind, long millis) {}

    private Job job(int number) {
        Random random = new Random(seed * 1_000_003 + number);
        String type = random.nextInt(5) == 0 ? "chaos.ship" : "chaos.work";
        int dice = random.nextInt(1_000);
        if (dice < 900) {
            return new Job(type, "plain", random.nextInt(20));
        }
        if (dice < 940) {
            return new Job(type, "again", random.nextInt(20));
        }
        boolean longOne = dice >= 1_000 - longOnes;
        return new Job(type, "plain", longOne ? 12_000 : 200 + random.nextInt(1_500));
    }

    /** Sends the next request, unless too many have no answer yet. */
    public void send() {
        int number = numbers.getAndIncrement();
        send(number, job(number));
    }

    /** Sends a job that ends each process that runs it. */
    public void sendPoison() {
        send(numbers.getAndIncrement(), new Job("chaos.work", "poison", 0));
    }

    private void send(int number, Job job) {
        if (!inFlight.tryAcquire()) {
            return;
        }
        String body = "{\"type\":\"%s\",\"input\":{\"kind\":\"%s\",\"millis\":%d},\"labels\":{\"n\":\"%d\"}}"
                .formatted(job.type(), job.kind(), job.millis(), number);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        long sentAt = System.currentTimeMillis();
        http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()).whenComplete((answer, thrown) -> {
            inFlight.release();
            String id = answer != null && answer.statusCode() == 202 ? id(answer.body()) : null;
            keep(new Request(
                    number,
                    job.type(),
                    job.kind().equals("poison"),
                    job.kind().equals("again") ? 2 : 1,
                    sentAt,
                    System.currentTimeMillis(),
                    id == null ? withoutId(answer, thrown) : Answer.ACCEPTED,
                    id));
        });
    }

    private static @Nullable String id(byte[] body) {
        try {
            JsonNode id = StrictJson.read(body).get("id");
            return id == null ? null : id.asText();
        } catch (InvalidJsonException e) {
            return null;
        }
    }

    /** Only an answer that says so, or a connection that was never made, is a refusal. */
    private static Answer withoutId(@Nullable HttpResponse<byte[]> answer, @Nullable Throwable thrown) {
        if (answer != null) {
            boolean refused = answer.statusCode() == 422 || answer.statusCode() == 400;
            return refused ? Answer.REFUSED : Answer.UNKNOWN;
        }
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConnectException) {
                return Answer.REFUSED;
            }
        }
        return Answer.UNKNOWN;
    }

    private synchronized void keep(Request request) {
        history.add(request);
    }

    /** Waits until every request has its answer, or none will come. */
    public void awaitAnswers() throws InterruptedException {
        if (inFlight.tryAcquire(MAX_IN_FLIGHT, PATIENCE.toSeconds() + 10, TimeUnit.SECONDS)) {
            inFlight.release(MAX_IN_FLIGHT);
        }
    }

    public synchronized List<Request> history() {
        return List.copyOf(history);
    }
}
