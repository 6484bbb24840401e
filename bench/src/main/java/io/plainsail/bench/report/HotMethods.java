package io.plainsail.bench.report;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/** Where a JVM spent its time and what it allocated, by a Flight Recorder recording. */
public final class HotMethods {
    private static final int SHOWN = 40;

    private final Map<String, Double> threads = new HashMap<>();
    private final Map<String, Double> self = new HashMap<>();
    private final Map<String, Double> inclusive = new HashMap<>();
    private final Map<String, Double> allocated = new HashMap<>();
    private final Map<String, Double> allocators = new HashMap<>();

    private HotMethods() {}

    /** The text, of what was recorded from the given time on. */
    public static String of(Path recording, Instant from) throws IOException {
        HotMethods hot = new HotMethods();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                if (event.getStartTime().isAfter(from) && event.getStackTrace() != null) {
                    hot.add(event);
                }
            }
        }
        double samples = sum(hot.self);
        double bytes = sum(hot.allocated);
        return "Samples by thread\n" + top(hot.threads, samples)
                + "\nSamples by method, itself\n" + top(hot.self, samples)
                + "\nSamples by method, with what it calls\n" + top(hot.inclusive, samples)
                + "\nAllocation by class\n" + top(hot.allocated, bytes)
                + "\nAllocation by the nearest method outside the JDK\n" + top(hot.allocators, bytes);
    }

    private void add(RecordedEvent event) {
        List<RecordedFrame> frames = event.getStackTrace().getFrames();
        if (frames.isEmpty()) {
            return;
        }
        if (event.getEventType().getName().equals("jdk.ExecutionSample")) {
            String thread = event.getThread("sampledThread").getJavaName();
            count(threads, thread == null ? "?" : thread.replaceAll("\\d+", "N"), 1);
            count(self, name(frames.get(0)), 1);
            Set<String> once = new HashSet<>();
            frames.forEach(frame -> once.add(name(frame)));
            once.forEach(name -> count(inclusive, name, 1));
        } else if (event.getEventType().getName().equals("jdk.ObjectAllocationSample")) {
            double weight = (double) event.getLong("weight");
            count(allocated, event.getClass("objectClass").getName(), weight);
            count(allocators, allocator(event.getStackTrace()), weight);
        }
    }

    private static String allocator(RecordedStackTrace trace) {
        return trace.getFrames().stream()
                .map(HotMethods::name)
                .filter(name -> !name.startsWith("java.") && !name.startsWith("jdk.") && !name.startsWith("sun."))
                .findFirst()
                .orElse("(JDK)");
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static void count(Map<String, Double> counts, String name, double weight) {
        counts.merge(name, weight, Double::sum);
    }

    private static double sum(Map<String, Double> counts) {
        return counts.values().stream().mapToDouble(count -> count).sum();
    }

    private static String top(Map<String, Double> counts, double whole) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .limit(SHOWN)
                .map(entry -> "%6.1f %%  %s%n".formatted(100 * entry.getValue() / whole, entry.getKey()))
                .collect(Collectors.joining());
    }
}
