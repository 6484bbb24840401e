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
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code ./plainsail demo}: real jobs over HTTP against a standalone edition of its own, each state change shown as it
 * is seen. What did not go as it should is told at the end and in the exit code.
 */
public final class DemoMain {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Standalone standalone;
    private final DemoClient client;
    private final List<String> wrong = new ArrayList<>();
    private final Map<String, Integer> ended = new HashMap<>();
    private int accepted;
    private int skipped;

    private DemoMain(Standalone standalone, String key) {
        this.standalone = standalone;
        client = new DemoClient(standalone.uri(), key);
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = Arguments.of(args, "usage: demo [--exit] [--data DIR] [--sources DIR]");
        boolean exit = arguments.flag("--exit");
        Path data = Path.of(arguments.text("--data", ".plainsail/demo"));
        Path sources = arguments.path("--sources").orElse(Path.of("."));
        arguments.finish();

        say("Starting facade and workers in one JVM …");
        try (Standalone standalone = Standalone.start(0, data, "WARN", true, sources, Map.of())) {
            standalone.awaitReady();
            say("Ready at " + standalone.uri() + ", data in " + standalone.data());
            say("Workers: " + String.join(", ", standalone.started()));
            DemoMain demo = new DemoMain(
                    standalone, Files.readString(standalone.keyFile()).strip());
            demo.run(Files.readAllBytes(sources.resolve("workers/document/examples/invoice.json")));
            if (demo.wrong.isEmpty()) {
                say("\nAll went as it should: " + demo.summary() + ".");
            } else {
                demo.wrong.forEach(finding -> say("\nWRONG: " + finding));
            }
            if (!exit) {
                say("The API stays up at " + standalone.uri() + "/v1/jobs until Ctrl-C; after");
                say("  " + standalone.exports());
                say("  ./plainsail jobs shows them, and whatever else the command line can do.");
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

        say("\n5. A job type of its own, done by a Python program");
        if (runs("exec")) {
            JsonNode counted = follow(request("text.count", "{\"text\":\"to be or not to be\"}"));
            if (expect(counted, "succeeded")) {
                say("   output: " + counted.get("output"));
                check(counted.at("/output/words").asInt() == 6, "the words were counted wrong");
            }
        }

        say("\n6. A playbook, its tasks shown as they run");
        if (runs("ansible")) {
            JsonNode played = follow(request(
                    "ansible.playbook",
                    "{\"project\":\"example\",\"playbook\":\"hello.yml\",\"inventory\":\"inventory.yml\"}"));
            if (expect(played, "succeeded")) {
                say("   output: " + played.at("/output/hosts"));
                check(played.at("/output/hosts/localhost/changed").asInt() == 1, "the playbook changed nothing");
            }
        }
    }

    private boolean runs(String worker) {
        String reason = standalone.left().get(worker);
        if (reason != null) {
            skipped++;
            say("   skipped: " + reason);
        }
        return reason == null;
    }

    private static byte[] request(String type, String input) {
        return ("{\"type\":\"" + type + "\",\"input\":" + input + "}").getBytes(StandardCharsets.UTF_8);
    }

    private String summary() {
        return accepted + " jobs accepted, " + ended.getOrDefault("succeeded", 0) + " succeeded, "
                + ended.getOrDefault("failed", 0) + " failed as it had to and was told, 1 request refused"
                + (skipped == 0 ? "" : ", " + skipped + (skipped == 1 ? " step" : " steps") + " skipped");
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

    /** Submits a job and shows each state it is seen in, and its log. */
    private JsonNode follow(byte[] request) throws Exception {
        HttpResponse<byte[]> answer = client.submit(request);
        JsonNode job = StrictJson.read(answer.body());
        if (answer.statusCode() != 202) {
            check(false, "a valid job was answered " + answer.statusCode() + ": " + job);
            return job;
        }
        say("   202 " + job.get("type").asText() + " " + job.get("id").asText());
        accepted++;
        String shown = "";
        String line = "";
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            String now = job.get("state").asText()
                    + (job.has("progress") ? " " + job.at("/progress/message").asText() : "");
            if (!now.equals(shown)) {
                say("   " + now + (job.has("timings") ? "  " + job.get("timings") : ""));
                shown = now;
            }
            line = showLog(job, line);
            if (job.has("finishedAt")) {
                ended.merge(job.get("state").asText(), 1, Integer::sum);
                return job;
            }
            Thread.sleep(20);
            job = client.job(job.get("id").asText());
        }
        check(false, "the job did not finish within " + PATIENCE.toSeconds() + " s");
        return job;
    }

    /** Shows what is new of a job's log; returns the position of its last line. */
    private String showLog(JsonNode job, String after) throws Exception {
        String last = after;
        for (JsonNode line : client.log(job.get("id").asText(), after)) {
            if (!line.get("line").asText().isBlank()) {
                say("     | " + line.get("line").asText());
            }
            last = line.get("attempt").asText() + "." + line.get("sequence").asText();
        }
        return last;
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
