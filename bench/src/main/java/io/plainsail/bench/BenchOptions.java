package io.plainsail.bench;

import io.plainsail.bench.scenario.Settings.Store;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The command line.
 *
 * @param only scenarios to run; empty: all
 * @param out the JSON document's file; null: {@code bench/target/bench.json}
 */
record BenchOptions(
        Set<String> only,
        int seconds,
        int warmUpSeconds,
        Store store,
        @Nullable Path out,
        @Nullable Path profile) {

    static final String USAGE = """
            usage: ./plainsail bench [OPTIONS]

              --only NAME,…         these measurements alone: broker, http, accept, bulk, e2e, e2e-single, latency,
                                    history, standalone
              --seconds S           measured in each; default 20
              --warm-up S           load before, not measured; default 60: less, and the compiler is measured
              --store NAME          postgresql (default) or h2
              --out FILE.json       the document with every figure; default bench/target/bench.json
              --profile DIRECTORY   also records facade and worker with Flight Recorder, and says what is hot
            """;

    /** A command line that cannot be followed; the message says why. */
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    static BenchOptions of(String... args) throws UsageException {
        Deque<String> words = new ArrayDeque<>(List.of(args));
        Set<String> only = Set.of();
        int seconds = 20;
        int warmUp = 60;
        Store store = Store.POSTGRESQL;
        Path out = null;
        Path profile = null;
        while (!words.isEmpty()) {
            String option = words.pop();
            switch (option) {
                case "--only" -> only = Set.copyOf(List.of(value(option, words).split(",")));
                case "--seconds" -> seconds = seconds(option, value(option, words));
                case "--warm-up" -> warmUp = seconds(option, value(option, words));
                case "--store" -> store = store(value(option, words));
                case "--out" -> out = Path.of(value(option, words));
                case "--profile" -> profile = Path.of(value(option, words));
                default -> throw new UsageException("\"" + option + "\" is not an option");
            }
        }
        return new BenchOptions(only, seconds, warmUp, store, out, profile);
    }

    private static String value(String option, Deque<String> words) throws UsageException {
        String value = words.poll();
        if (value == null || value.startsWith("--")) {
            throw new UsageException(option + " needs a value");
        }
        return value;
    }

    private static int seconds(String option, String value) throws UsageException {
        try {
            int seconds = Integer.parseInt(value);
            if (seconds >= 1 && seconds <= 3_600) {
                return seconds;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new UsageException(option + " is \"" + value + "\": must be 1 to 3600");
    }

    private static Store store(String value) throws UsageException {
        for (Store store : Store.values()) {
            if (store.name().toLowerCase(Locale.ROOT).equals(value)) {
                return store;
            }
        }
        throw new UsageException("--store is \"" + value + "\": must be postgresql or h2");
    }
}
