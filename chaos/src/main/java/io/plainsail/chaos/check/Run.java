package io.plainsail.chaos.check;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a handler. Times are milliseconds of this machine's clock.
 *
 * @param endedAt null if it did not come to its end
 */
public record Run(
        String job,
        int attempt,
        long process,
        long startedAt,
        @Nullable Long endedAt) {

    /** Reads what the workers wrote down, oldest first. */
    public static List<Run> read(Path file) throws IOException {
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        Map<String, Long> ends = new HashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("end")) {
                ends.put(words[1] + " " + words[2] + " " + words[3], Long.parseLong(words[4]));
            }
        }
        List<Run> runs = new ArrayList<>();
        for (String line : lines) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("start")) {
                runs.add(new Run(
                        words[1],
                        Integer.parseInt(words[2]),
                        Long.parseLong(words[3]),
                        Long.parseLong(words[4]),
                        ends.get(words[1] + " " + words[2] + " " + words[3])));
            }
        }
        return runs;
    }
}
