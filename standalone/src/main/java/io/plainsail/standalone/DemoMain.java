package io.plainsail.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./plainsail demo}: real jobs over HTTP against a standalone edition of its own, each state change shown as it
 * is seen. What did not go as it should is told at the end and in the exit code.
 */
public final class DemoMain {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Standalone standalone;
    private final DemoClient client;
    private final List<String> wrong = new ArrayList<>();

    private DemoMain(Standalone standalone) {
        this.standalone = standalone;
        client = new DemoClient(standalone.uri());
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = Arguments.of(args, "usage: demo [--exit] [--data DIR] [--invoice FILE]");
        boolean exit = arguments.flag("--exit");
        Path data = Path.of(arguments.text("--data", ".plainsail/demo"));
        Path invoice = Path.of(arguments.text("--invoice", "workers/document/examples/invoice.json"));
        arguments.finish();

        say("Starting facade, document worker and webhook worker in one JVM …");
        try (Standalone standalone = Standalone.start(0, data, "WARN")) {
            standalone.awaitReady();
            say("Ready at " + standalone.uri() + ", data in " + standalone.data());
            DemoMain demo = new DemoMain(standalone);
            demo.run(Files.readAllBytes(invoice));
            if (demo.wrong.isEmpty()) {
                say(
                        "\nAll went as it should: 3 jobs accepted, 2 succeeded, 1 failed as it had to and was told, 1 request"
                                + " refused.");
            } else {
                demo.wrong.forEach(finding -> say("\nWRONG: " + finding));
            }
            if (!exit) {
                say("The API stays up at " + standalone.uri() + "/v1/jobs until Ctrl-C.");
                standalone.join();
            }
            System.exit(demo.wrong.isEmpty() ? 0 : 1);
        }
    }

    private void run(byte[] invoice) throws Exception {
        say("\n1. An invoice, rendered to PDF");
        JsonNode rendered = follow(invoice);
        if (expect(rendered, "succeeded")) {
            keepDocument(rendered);
        }

        say("\n2. A webhook, signed and verified by its receiver");
        try (DemoReceiver receiver = DemoReceiver.start(standalone.webhookSecret())) {
            JsonNode delivered = follow(webhook(receiver.uri("/hook")));
            if (expect(delivered, "succeeded")) {
                check(
                        receiver.verified() == 1,
                        "the receiver verified " + receiver.verified() + " deliveries, not 1: "
                                + receiver.lastRefusal());
                say("   receiver: signature verified, body " + receiver.lastBody());
            }

            say("\n3. A request that breaks its contract");
            refused(webhook(URI.create("ftp://example.org/")));

            say("\n4. A job that fails, and whose end is told to whoever asked for it");
            JsonNode failed = follow(calling(webhook(receiver.uri("/gone")), receiver.uri("/hook")));
            if (expect(failed, "failed")) {
                say("   error: " + failed.at("/error/category").asText() + ", "
                        + failed.at("/error/message").asText());
                check(failed.at("/error/message").asText().contains("410"), "the failure does not name the status 410");
                awaitCallback(receiver, failed.get("id").asText());
            }
        }
    }

    private void awaitCallback(DemoReceiver receiver, String job) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (receiver.verified() < 2 && System.nanoTime() < end) {
            Thread.sleep(20);
        }
        JsonNode told = StrictJson.read(receiver.lastBody().getBytes(StandardCharsets.UTF_8));
        say("   receiver: signature verified, " + told.path("type").asText() + " at "
                + told.path("timestamp").asText());
        check(
                told.path("type").asText().equals("job.failed")
                        && told.at("/data/id").asText().equals(job),
                "the end of the job was not told: " + told);
    }

    private void keepDocument(JsonNode job) throws Exception {
        byte[] pdf = client.download(job.at("/links/result").asText());
        check(new String(pdf, 0, 5, StandardCharsets.US_ASCII).equals("%PDF-"), "the result is not a PDF");
        Path file = standalone.data().resolve("invoice.pdf");
        Files.write(file, pdf);
        say("   the PDF lies at " + file + " (" + pdf.length + " bytes, "
                + job.at("/output/pages").asText() + " page)");
        say("   and at " + standalone.uri() + job.at("/links/result").asText());
    }

    private static byte[] webhook(URI url) throws Exception {
        ObjectNode request = StrictJson.mapper().createObjectNode().put("type", "webhook.deliver");
        request.putObject("labels").put("demo", "webhook");
        ObjectNode input = request.putObject("input").put("url", url.toString());
        input.putObject("body").put("invoice", "2026-0042").put("state", "paid");
        return StrictJson.mapper().writeValueAsBytes(request);
    }

    private static byte[] calling(byte[] request, URI back) throws Exception {
        ObjectNode job = (ObjectNode) StrictJson.read(request);
        job.putObject("callback").put("url", back.toString());
        return StrictJson.mapper().writeValueAsBytes(job);
    }

    /** Submits a job and shows each state it is seen in. */
    private JsonNode follow(byte[] request) throws Exception {
        HttpResponse<byte[]> answer = client.submit(request);
        JsonNode job = StrictJson.read(answer.body());
        if (answer.statusCode() != 202) {
            check(false, "a valid job was answered " + answer.statusCode() + ": " + job);
            return job;
        }
        say("   202 " + job.get("type").asText() + " " + job.get("id").asText());
        String shown = "";
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            String now = job.get("state").asText()
                    + (job.has("progress") ? " " + job.at("/progress/message").asText() : "");
            if (!now.equals(shown)) {
                say("   " + now + (job.has("timings") ? "  " + job.get("timings") : ""));
                shown = now;
            }
            if (job.has("finishedAt")) {
                return job;
            }
            Thread.sleep(20);
            job = client.job(job.get("id").asText());
        }
        check(false, "the job did not finish within " + PATIENCE.toSeconds() + " s");
        return job;
    }

    private void refused(byte[] request) throws Exception {
        HttpResponse<byte[]> answer = client.submit(request);
        JsonNode problem = StrictJson.read(answer.body());
        say("   " + answer.statusCode() + " " + problem.get("title").asText());
        for (JsonNode error : problem.path("errors")) {
            say("   " + error.get("pointer").asText() + ": "
                    + error.get("detail").asText());
        }
        check(
                answer.statusCode() == 422
                        && problem.at("/errors/0/pointer").asText().equals("/input/url"),
                "the invalid request was not refused at /input/url: " + problem);
    }

    private boolean expect(JsonNode job, String state) {
        String found = job.path("state").asText();
        check(found.equals(state), "the job ended " + found + ", not " + state + ": " + job);
        return found.equals(state);
    }

    private void check(boolean fine, String otherwise) {
        if (!fine) {
            wrong.add(otherwise);
        }
    }

    private static void say(String line) {
        System.out.println(line);
    }
}
