package io.plainsail.chaos.load;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.chaos.load.Request.Answer;
import io.plainsail.chaos.load.Request.Fate;
import io.plainsail.chaos.subject.ChaosExecWorker;
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
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
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

    /** One in so many jobs is a program. */
    private static final int PROGRAM_EVERY = 40;

    private static final int CANCEL_TRIES = 30;

    private final URI uri;
    private final long seed;
    private final int longOnes;
    private final int longMillis;
    private final boolean programs;
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
     * @param longMillis how long those run
     * @param programs whether there are exec workers, whose jobs begin with every so manyth
     */
    public Offer(String facade, long seed, int longOnes, int longMillis, boolean programs) {
        this.uri = URI.create(facade + "/v1/jobs");
        this.seed = seed;
        this.longOnes = longOnes;
        this.longMillis = longMillis;
        this.programs = programs;
    }

    /**
     * @param more members of the request beside type, input and labels, each with a comma before it
     * @param cancelAfterMillis after it was accepted; 0: never
     */
    private record Job(String type, String input, String more, Fate fate, int planned, int cancelAfterMillis) {
        static Job of(String type, String kind, long millis, Fate fate, int planned) {
            return new Job(type, "{\"kind\":\"%s\",\"millis\":%d}".formatted(kind, millis), "", fate, planned, 0);
        }

        static Job program(String kind, double seconds) {
            return new Job("exec.run", programInput(kind, seconds), "", Fate.SUCCESS, 1, 0);
        }

        /** It would run for ever. */
        static Job endlessProgram(String kind, int timeoutSeconds, int cancelAfterMillis) {
            return new Job(
                    "exec.run",
                    programInput(kind, 900),
                    ",\"timeout\":\"PT%dS\",\"retry\":{\"attempts\":1}".formatted(timeoutSeconds),
                    Fate.FORCED,
                    1,
                    cancelAfterMillis);
        }

        private static String programInput(String kind, double seconds) {
            return String.format(Locale.ROOT, "{\"handler\":\"%s\",\"input\":{\"seconds\":%.2f}}", kind, seconds);
        }
    }

    private Job job(int number) {
        Random random = new Random(seed * 1_000_003 + number);
        if (programs && number % PROGRAM_EVERY == 5) {
            return program(random);
        }
        String type = random.nextInt(5) == 0 ? "chaos.ship" : "chaos.work";
        int dice = random.nextInt(1_000);
        if (dice < 900) {
            return Job.of(type, "plain", random.nextInt(20), Fate.SUCCESS, 1);
        }
        if (dice < 940) {
            return Job.of(type, "again", random.nextInt(20), Fate.SUCCESS, 2);
        }
        boolean longOne = dice >= 1_000 - longOnes;
        return Job.of(type, "plain", longOne ? longMillis : 200 + random.nextInt(1_500), Fate.SUCCESS, 1);
    }

    private Job program(Random random) {
        String kind = random.nextBoolean() ? ChaosExecWorker.PLAIN : ChaosExecWorker.STUBBORN;
        return switch (random.nextInt(8)) {
            case 0 -> Job.endlessProgram(kind, 4, 0);
            case 1 -> Job.endlessProgram(kind, 30, 1_000 + random.nextInt(3_000));
            default -> Job.program(kind, random.nextInt(150) / 100.0);
        };
    }

    /** Sends the next request, unless too many have no answer yet. */
    public void send() {
        int number = numbers.getAndIncrement();
        send(number, job(number));
    }

    /** Sends a job that ends each process that runs it. */
    public void sendPoison() {
        send(numbers.getAndIncrement(), Job.of("chaos.work", "poison", 0, Fate.POISON, 1));
    }

    private void send(int number, Job job) {
        if (!inFlight.tryAcquire()) {
            return;
        }
        String body = "{\"type\":\"%s\",\"input\":%s,\"labels\":{\"n\":\"%d\"}%s}"
                .formatted(job.type(), job.input(), number, job.more());
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
                    job.fate(),
                    job.planned(),
                    sentAt,
                    System.currentTimeMillis(),
                    id == null ? withoutId(answer, thrown) : Answer.ACCEPTED,
                    id));
            if (id != null && job.cancelAfterMillis() > 0) {
                later(job.cancelAfterMillis(), () -> cancel(id, CANCEL_TRIES));
            }
        });
    }

    /** Again and again until there is an answer. */
    private void cancel(String id, int tries) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri + "/" + id + "/cancel"))
                .timeout(PATIENCE)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        http.sendAsync(request, HttpResponse.BodyHandlers.discarding()).whenComplete((answer, thrown) -> {
            if ((answer == null || answer.statusCode() >= 500) && tries > 1) {
                later(1_000, () -> cancel(id, tries - 1));
            }
        });
    }

    private static void later(int millis, Runnable what) {
        CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(what);
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
