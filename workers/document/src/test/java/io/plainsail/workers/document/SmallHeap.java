package io.plainsail.workers.document;

import static java.util.Objects.requireNonNull;

import io.plainsail.worker.JobFailedException;
import java.awt.image.BufferedImage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** A process that renders what has no room in its small heap, and says what became of it; for {@link MemoryIT}. */
final class SmallHeap {
    private static final DocumentRenderHandler HANDLER = new DocumentRenderHandler(Rendered.CONTRACT);

    private SmallHeap() {}

    public static void main(String[] none) throws Exception {
        say("letter before", LargestDocuments.named("letter"));
        beside("table", FakeJob.html("<table>" + LargestDocuments.row("x").repeat(3_000) + "</table>"));
        beside("narrow", LargestDocuments.named("narrow"));
        System.out.println("goes on");
        say("image", FakeJob.html(LargestDocuments.image(BufferedImage.TYPE_BYTE_INDEXED, "gif", 5_000)));
    }

    /** With letters on another thread. */
    private static void beside(String name, FakeJob job) throws Exception {
        AtomicBoolean rendered = new AtomicBoolean();
        ExecutorService neighbour = Executors.newSingleThreadExecutor();
        Future<?> letters = neighbour.submit(() -> {
            while (!rendered.get()) {
                HANDLER.handle(LargestDocuments.named("letter"));
            }
            return null;
        });
        say(name, job);
        rendered.set(true);
        letters.get();
        neighbour.shutdown();
        System.out.println("letters beside " + name + " rendered");
    }

    private static void say(String name, FakeJob job) throws InterruptedException {
        try {
            System.out.println(name + " rendered "
                    + requireNonNull(HANDLER.handle(job).output()).path("mediaType"));
        } catch (JobFailedException e) {
            System.out.println(name + " failed " + e.category() + " " + e.code() + ": " + e.getMessage());
        }
    }
}
