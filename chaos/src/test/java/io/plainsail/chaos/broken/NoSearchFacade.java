package io.plainsail.chaos.broken;

import io.plainsail.chaos.subject.ChaosFacade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A facade that does not search for lost messages: not within the time of any run. */
public final class NoSearchFacade {
    private static final String SEARCHES = "missingAfter: PT10S";

    private NoSearchFacade() {}

    public static void main(String[] args) throws Exception {
        ChaosFacade.main(withoutSearch(args));
    }

    /** A facade's arguments, with a configuration that has it find none. */
    static String[] withoutSearch(String[] args) throws IOException {
        Path given = Path.of(args[1]);
        String text = Files.readString(given);
        if (!text.contains(SEARCHES)) {
            throw new IllegalArgumentException(given + " has no line \"" + SEARCHES + "\"");
        }
        Path changed =
                Files.writeString(given.resolveSibling("no-search.yaml"), text.replace(SEARCHES, "missingAfter: PT1H"));
        return new String[] {args[0], changed.toString()};
    }
}
