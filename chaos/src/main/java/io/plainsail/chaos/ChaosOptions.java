package io.plainsail.chaos;

import io.plainsail.chaos.fault.Fault;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The command line.
 *
 * @param rate requests in a second
 * @param longOnes of 1,000 jobs so many run for longer than a lease
 * @param longMillis how long those run
 * @param drainSeconds how long it is waited for the end of all jobs after healing
 * @param processSeconds so long a process may outlive its job when nothing is wrong
 * @param postgresql whether the store is PostgreSQL, else H2
 */
record ChaosOptions(
        long seed,
        int seconds,
        int rate,
        Set<Fault> faults,
        boolean postgresql,
        int workers,
        int longOnes,
        int longMillis,
        int drainSeconds,
        int processSeconds) {
    private static final int DRAIN_SECONDS = 240;
    private static final int LONG_MILLIS = 12_000;

    /**
     * A worker asks once a second what it runs in vain, with 5 s of patience; a program has 3 s to end by itself, and killing
     * it takes up to 10. What a killed worker leaves is ended by the next one's start, which takes some seconds on a busy
     * machine.
     */
    private static final int PROCESS_SECONDS = 30;

    static final String USAGE =
            """
            usage: ./plainsail chaos [OPTIONS]

              --seed N            the same seed gives the same jobs and the same schedule; default: of the clock, told
              --seconds S         how long load is offered and faults begin; default 60
              --rate R            requests in a second; default 50
              --faults LIST       these faults alone, separated by commas; default all:
                                  %s
              --store NAME        postgresql (default) or h2
              --workers W         worker processes; default 2
              --long L            of 1,000 jobs so many run for longer than a lease; default 5
            """.formatted(Arrays.stream(Fault.values()).map(Fault::word).collect(Collectors.joining(", ")));

    /** A command line that cannot be followed; the message says why. */
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    static ChaosOptions of(String... args) throws UsageException {
        Deque<String> words = new ArrayDeque<>(List.of(args));
        long seed = System.currentTimeMillis() % 1_000_000;
        int seconds = 60;
        int rate = 50;
        Set<Fault> faults = EnumSet.allOf(Fault.class);
        boolean postgresql = true;
        int workers = 2;
        int longOnes = 5;
        while (!words.isEmpty()) {
            String option = words.pop();
            switch (option) {
                case "--seed" -> seed = whole(option, value(option, words), Integer.MAX_VALUE);
                case "--seconds" -> seconds = whole(option, value(option, words), 3_600);
                case "--rate" -> rate = whole(option, value(option, words), 1_000);
                case "--faults" -> faults = faults(value(option, words));
                case "--store" -> postgresql = isPostgresql(value(option, words));
                case "--workers" -> workers = whole(option, value(option, words), 16);
                case "--long" -> longOnes = whole(option, value(option, words), 50);
                default -> throw new UsageException("\"" + option + "\" is not an option");
            }
        }
        Set<Fault> possible = EnumSet.noneOf(Fault.class);
        possible.addAll(faults);
        if (postgresql) {
            possible.remove(Fault.DISK_FULL);
        } else {
            possible.remove(Fault.STORE_KILL);
            possible.remove(Fault.STORE_DISK_FULL);
            possible.remove(Fault.FACADE_STORE_CUT);
        }
        return new ChaosOptions(
                seed,
                seconds,
                rate,
                possible,
                postgresql,
                workers,
                longOnes,
                LONG_MILLIS,
                DRAIN_SECONDS,
                PROCESS_SECONDS);
    }

    private static String value(String option, Deque<String> words) throws UsageException {
        String value = words.poll();
        if (value == null || value.startsWith("--")) {
            throw new UsageException(option + " needs a value");
        }
        return value;
    }

    private static int whole(String option, String value, int most) throws UsageException {
        try {
            int number = Integer.parseInt(value);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new UsageException(option + " is \"" + value + "\": must be 1 to " + most);
    }

    private static Set<Fault> faults(String list) throws UsageException {
        Set<Fault> faults = EnumSet.noneOf(Fault.class);
        for (String word : list.split(",", -1)) {
            faults.add(Fault.ofWord(word).orElseThrow(() -> new UsageException("\"" + word + "\" is no fault")));
        }
        return faults;
    }

    private static boolean isPostgresql(String value) throws UsageException {
        return switch (value) {
            case "postgresql" -> true;
            case "h2" -> false;
            default -> throw new UsageException("--store is \"" + value + "\": must be postgresql or h2");
        };
    }

    String store() {
        return postgresql ? "postgresql" : "h2";
    }
}
